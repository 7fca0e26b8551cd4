import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { compareClocks } from '../../src/cli/doctor/monzo.ts'
import { run } from '../../src/cli/run.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { takeTokensLock } from '../../src/tokens/tokens-lock.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createContext } from '../fakes/context.ts'
import { freePort } from '../fakes/free-port.ts'
import { EXPIRED_TLS } from '../web/self-signed.ts'
import { setUpLogin } from './sandbox-login.ts'

const TLS_FLAGS = ['--tls-cert-file=c.pem', '--tls-key-file=k.pem']
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString()
const LOGIN = { user_id: 'user_1', access_token: 'a', refresh_token: 'r' }
const faultsIn = (text: string) =>
  [...text.matchAll(/^FAULT {2}(.+)\n {7}→ (.+)$/gm)].map(([, what, todo]) => [what, todo])

describe('doctor', () => {
  it('says of a healthy exporter that nothing is wrong', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const { context, cwd, stdout, stderr } = await inFolder(['doctor'])
    assert.equal(await run(context), 0, stdout() + stderr())
    assert.deepEqual(
      stdout()
        .replaceAll(cwd, '/here')
        .replaceAll(logins[0]?.user_id ?? '', 'user_1')
        .replace(/until \S+Z/, 'until then')
        .split('\n'),
      [
        'ok     /here/config.toml is good.',
        'ok     Exactly this redirect URL must be registered at Monzo:',
        '       http://127.0.0.1:8080/callback',
        'ok     Tokens can be saved in /here.',
        'ok     The login of user_1 has an access token until then.',
        'ok     The address of server_addr is free: no exporter is running there.',
        `ok     Monzo's API at ${new URL(sandbox.apiUrl).host} can be reached.`,
        `ok     Monzo's login pages at ${new URL(sandbox.authUrl).host} can be reached.`,
        "ok     This machine's clock agrees with Monzo's.",
        'ok     The login of user_1 works: it sees 4 accounts to export.',
        '',
        'Nothing is wrong.',
        '',
      ],
    )
  })
  it('works beside a running exporter: takes no lock, spends no token, leaves nothing', async (t) => {
    const { sandbox, logins, inFolder } = await setUpLogin(t)
    const running = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
    t.after(() => running.close())
    await once(running, 'listening')
    const { port } = running.address() as AddressInfo
    const args = ['doctor', `--server-addr=127.0.0.1:${port}`]
    const { context, cwd, tokensFile, stdout } = await inFolder(args)
    const lock = await takeTokensLock({
      path: tokensFile,
      clock: systemClock,
      pid: 12,
      host: 'box',
      id: 'exporter',
      onChange: () => {},
      onWait: () => {},
    })
    t.after(() => lock.release())
    const before = (await readdir(cwd)).toSorted()
    assert.equal(await run(context), 0, stdout())
    assert.match(stdout(), /An exporter runs and is healthy at http:\/\/127\.0\.0\.1:\d+\./)
    assert.equal(lock.state(), 'held')
    await lock.ensureHeld()
    assert.deepEqual((await readdir(cwd)).toSorted(), before)
    assert.deepEqual(JSON.parse(await readFile(tokensFile, 'utf8')).logins, logins)
    assert.equal(sandbox.requests.filter(({ path }) => path === '/oauth2/token').length, 1)
  })
  it('says what to do when nobody is logged in', async (t) => {
    const { inFolder } = await setUpLogin(t, [])
    const { context, stdout } = await inFolder(['doctor'])
    assert.equal(await run(context), 1)
    assert.deepEqual(faultsIn(stdout()), [
      ['Nobody is logged in.', 'Run `monzo-exporter`, and open the link that it prints.'],
    ])
    assert.match(stdout(), /\n\n1 fault was found\.\n$/)
  })
  it('sends who is not logged in to the exporter that runs, rather than have a second one started', async (t) => {
    const { inFolder } = await setUpLogin(t, [])
    const running = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
    t.after(() => running.close())
    await once(running, 'listening')
    const { port } = running.address() as AddressInfo
    const args = ['doctor', `--server-addr=127.0.0.1:${port}`]
    const { context, stdout } = await inFolder(args)
    assert.equal(await run(context), 1)
    assert.deepEqual(faultsIn(stdout()), [
      [
        'Nobody is logged in.',
        'Open the link that the running exporter has printed, or its status page: http://127.0.0.1:8080/',
      ],
    ])
    const old = await inFolder(args, [
      { ...LOGIN, authorized_at: daysAgo(91), expires_at: daysAgo(1) },
    ])
    assert.equal(await run(old.context), 1)
    assert.equal(
      faultsIn(old.stdout())[0]?.[1],
      'Log in again: open the status page of the running exporter: http://127.0.0.1:8080/',
    )
  })
  it('tells of a tokens folder that others may write to', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, cwd, stdout } = await inFolder(['doctor'])
    await chmod(cwd, 0o770)
    assert.equal(await run(context), 0)
    assert.match(
      stdout(),
      /^note {3}Others may write to the folder of tokens\.json, which has mode 0770: [^\n]+\n {7}→ Make it yours alone: chmod 700 /m,
    )
  })

  it('tells a configuration with faults as check-config does', async (t) => {
    const files = { 'config.toml': 'pots = 1\nclient_id = "hunter2"\n' }
    const { context, stdout } = await createContext(t, ['doctor'], files)
    assert.equal(await run(context), 1)
    assert.match(stdout(), /^FAULT {2}3 faults in the configuration:\n {7}config\.toml:1: pots: /)
    assert.doesNotMatch(stdout(), /hunter2/)
  })
  it('tells that nothing is configured', async (t) => {
    const { context, stdout } = await createContext(t, ['doctor'])
    assert.equal(await run(context), 1)
    assert.match(stdout(), /^FAULT {2}Nothing is configured: /)
  })
  it('tells of tokens and secrets that other users can read', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, cwd, tokensFile, stdout } = await inFolder(['doctor'])
    await chmod(tokensFile, 0o644)
    await chmod(join(cwd, 'config.toml'), 0o644)
    assert.equal(await run(context), 1)
    assert.deepEqual(faultsIn(stdout()), [
      [
        `Other users of this machine may read ${tokensFile}, and use its tokens.`,
        `chmod 600 ${tokensFile}`,
      ],
    ])
    assert.match(
      stdout(),
      /^note {3}Other users of this machine may read client_secret in \S+config\.toml\.\n {7}→ Move that into .*client_secret_file/m,
    )
  })
  it('lets others read a configuration without secrets, as a service of another user must', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, cwd, stdout } = await inFolder(['doctor'])
    const path = join(cwd, 'config.toml')
    const text = await readFile(path, 'utf8')
    const [, secret = ''] = /^client_secret = "(.*)"$/m.exec(text) ?? []
    await writeFile(join(cwd, 'client_secret'), secret)
    await writeFile(
      path,
      text.replace(/^client_secret = .*$/m, 'client_secret_file = "client_secret"'),
    )
    await chmod(path, 0o644)
    assert.equal(await run(context), 0, stdout())
    assert.doesNotMatch(stdout(), /chmod|Other users/)
  })
  it('tells of a tokens file that is damaged, without opening it further', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, tokensFile, stdout } = await inFolder(['doctor'], undefined)
    await writeFile(tokensFile, '{"access_token":"hunter2"', { mode: 0o600 })
    assert.equal(await run(context), 1)
    assert.match(faultsIn(stdout())[0]?.[0] ?? '', /tokens\.json is damaged/)
    assert.doesNotMatch(stdout(), /hunter2/)
  })
  it('tells of a folder in which no tokens can be kept', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, cwd, stdout } = await inFolder(['doctor', '--tokens-file=gone/tokens.json'])
    await symlink('/proc/nothing', join(cwd, 'gone'))
    assert.equal(await run(context), 1)
    assert.match(faultsIn(stdout())[0]?.[0] ?? '', /gone\/tokens\.json can't be written: /)
  })
  it('tells of a port that another program has', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const other = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    t.after(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { context, stdout } = await inFolder(['doctor', `--server-addr=127.0.0.1:${port}`])
    assert.equal(await run(context), 1)
    const [[what, todo] = []] = faultsIn(stdout())
    assert.equal(what, `127.0.0.1:${port} is in use.`)
    assert.match(todo ?? '', /stop it, or change server_addr\.$/)
  })
  it('tells of a certificate that is not there', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, stdout } = await inFolder(['doctor', ...TLS_FLAGS])
    assert.equal(await run(context), 1)
    assert.match(faultsIn(stdout())[0]?.[0] ?? '', /c\.pem can't be read: there is no such file/)
  })
  it('tells of a certificate that has expired', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, cwd, stdout } = await inFolder(['doctor', ...TLS_FLAGS])
    await writeFile(join(cwd, 'c.pem'), EXPIRED_TLS.cert)
    await writeFile(join(cwd, 'k.pem'), EXPIRED_TLS.key)
    assert.equal(await run(context), 1)
    assert.match(faultsIn(stdout())[0]?.[0] ?? '', /expired at 2020-01-01T/)
  })
  for (const [what, fault] of [
    ['a firewall, with 403', { kind: 'html', status: 403 }],
    ["a network's login page, with 200", { kind: 'html', status: 200 }],
    ['a proxy, with 401 in JSON', { kind: 'no_code', status: 401 }],
    ['a redirect', { kind: 'redirect' }],
    ['another protocol', { kind: 'switched' }],
  ] as const)
    it(`tells what answers in place of Monzo: ${what}`, async (t) => {
      const { sandbox, inFolder } = await setUpLogin(t)
      sandbox.addFault({ ...fault, count: 'forever' })
      const { context, stdout } = await inFolder(['doctor'])
      assert.equal(await run(context), 1)
      const { host } = new URL(sandbox.apiUrl)
      const [[said = '', todo = ''] = []] = faultsIn(stdout())
      assert.match(
        said,
        new RegExp(`^Something else answers in place of Monzo's API at ${host}, with \\d+\\.$`),
      )
      assert.match(todo, /a firewall, a proxy/)
      assert.equal(faultsIn(stdout()).length, 1)
    })
  it('does not say that there is nothing to do', async (t) => {
    const { sandbox, inFolder } = await setUpLogin(t)
    sandbox.addFault({ kind: 'closed', endpoint: 'GET /accounts', count: 'forever' })
    const { context, stdout } = await inFolder(['doctor'])
    const sleep: Clock['sleep'] = async () => undefined
    assert.equal(await run({ ...context, clock: { ...systemClock, sleep } }), 1)
    const [[said = '', todo = ''] = []] = faultsIn(stdout())
    assert.match(said, /^The login of user_\w+: GET \/accounts: no reply \(ECONNRESET\)\.$/)
    assert.equal(todo, 'Try again in a minute, when Monzo can be reached.')
  })
  it('tells that Monzo can not be reached, and asks it no more', async (t) => {
    const { sandbox, inFolder } = await setUpLogin(t)
    const { context, stdout } = await inFolder(['doctor'])
    await sandbox.stop()
    assert.equal(await run(context), 1)
    const hosts = [sandbox.apiUrl, sandbox.authUrl].map((url) => new URL(url).host)
    assert.deepEqual(
      faultsIn(stdout()).map(([what]) => what),
      [
        `Monzo's API at ${hosts[0]} can't be reached: nothing listens there (ECONNREFUSED).`,
        `Monzo's login pages at ${hosts[1]} can't be reached: nothing listens there (ECONNREFUSED).`,
      ],
    )
  })
  it('tells that the clock is wrong', async (t) => {
    const { inFolder } = await setUpLogin(t)
    const { context, stdout } = await inFolder(['doctor'])
    const clock = new FakeClock(new Date(Date.now() + 5 * 60_000).toISOString())
    assert.equal(await run({ ...context, clock }), 1)
    assert.deepEqual(faultsIn(stdout())[0], [
      "This machine's clock is 5 minutes ahead of Monzo's.",
      'Set it, and keep it right: timedatectl set-ntp true',
    ])
  })

  const logins: readonly (readonly [what: string, change: object, fault: RegExp | undefined])[] = [
    [
      'an access token that has expired is worth a note: it is renewed',
      { expires_at: daysAgo(1) },
      undefined,
    ],
    ['consent that ends soon is worth a note', { authorized_at: daysAgo(85) }, undefined],
    [
      'consent that has ended',
      { authorized_at: daysAgo(91) },
      /is over: Monzo's consent ended on \d{4}-\d\d-\d\d\.$/,
    ],
    [
      'a login made with another client',
      { client_id: 'oauth2client_0000Other' },
      /was made with another client_id, so it can't be refreshed\.$/,
    ],
    [
      'a login whose user is not known, from the Rust exporter',
      { user_id: undefined, access_token: 'x' },
      /refuses the access token of the login whose user is not known yet\.$/,
    ],
  ]
  for (const [what, change, fault] of logins)
    it(`looks at a login: ${what}`, async (t) => {
      const { logins: good, inFolder } = await setUpLogin(t)
      const { context, stdout } = await inFolder(
        ['doctor'],
        good.map((login) => ({ ...login, ...change })),
      )
      assert.equal(await run(context), fault ? 1 : 0, stdout())
      const [[said] = []] = faultsIn(stdout())
      if (fault) assert.match(said ?? '', fault)
      else assert.match(stdout(), /^note {3}The login of /m)
    })
  it('lets Monzo say what is wrong with a login', async (t) => {
    const { sandbox, inFolder } = await setUpLogin(t)
    const { context, stdout } = await inFolder(['doctor'])
    sandbox.lapse()
    assert.equal(await run(context), 1)
    assert.match(faultsIn(stdout())[0]?.[0] ?? '', /^The login of user_\w+ may not read accounts: /)
    const elsewhere = await inFolder(['doctor', '--account-id=acc_000000'])
    sandbox.approve()
    assert.equal(await run(elsewhere.context), 1)
  })
  it('looks at tokens of the playground, and at no file for them', async (t) => {
    const { sandbox } = await setUpLogin(t, [])
    const toml = [
      'access_tokens = ["eyJ.one"]',
      'server_addr = "127.0.0.1:0"',
      `monzo_api_url = "${sandbox.apiUrl}"`,
      `monzo_auth_url = "${sandbox.authUrl}"`,
    ].join('\n')
    const { context, stdout } = await createContext(t, ['doctor'], { 'config.toml': toml })
    assert.equal(await run(context), 1)
    assert.deepEqual(faultsIn(stdout()), [
      [
        'Monzo refuses the access token of token 1 of access_tokens.',
        "Copy a new token from Monzo's playground: they last about six hours.",
      ],
    ])
    assert.doesNotMatch(stdout(), /eyJ|tokens\.json|redirect URL/)
  })
  it('does not ask for login pages where tokens of the playground never need them', async (t) => {
    const { sandbox, logins } = await setUpLogin(t)
    const toml = [
      `access_tokens = ["${logins[0]?.access_token}"]`,
      'server_addr = "127.0.0.1:0"',
      `monzo_api_url = "${sandbox.apiUrl}"`,
      `monzo_auth_url = "http://127.0.0.1:${await freePort()}"`,
    ].join('\n')
    const { context, cwd, stdout } = await createContext(t, ['doctor'], { 'config.toml': toml })
    await chmod(join(cwd, 'config.toml'), 0o600)
    assert.equal(await run(context), 0, stdout())
    assert.deepEqual(stdout().replaceAll(cwd, '/here').split('\n'), [
      'ok     /here/config.toml is good.',
      'ok     The address of server_addr is free: no exporter is running there.',
      `ok     Monzo's API at ${new URL(sandbox.apiUrl).host} can be reached.`,
      "ok     This machine's clock agrees with Monzo's.",
      'ok     Token 1 of access_tokens works: it sees 4 accounts to export.',
      '',
      'Nothing is wrong.',
      '',
    ])
  })
})

it('compares clocks to the minute, whichever is ahead', () => {
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT'
  const at = (time: string) => compareClocks(date, Date.parse(`2026-11-22T${time}Z`))
  assert.equal(at('10:00:59')?.kind, 'ok')
  assert.equal(at('09:59:10')?.kind, 'ok')
  assert.match(at('10:01:10')?.what ?? '', /clock is a minute ahead of Monzo's\.$/)
  assert.match(at('08:00:00')?.what ?? '', /clock is 120 minutes behind Monzo's\.$/)
  assert.equal(compareClocks(null, 0), undefined)
  assert.equal(compareClocks('soon', 0), undefined)
})
