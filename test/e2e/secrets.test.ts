import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { LOG_FORMATS, type Log } from '../../src/lib/log.ts'
import { createLog } from '../../src/lib/pino-log.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { type Ask, ask, type Reply } from '../web/fake-site.ts'
import { eventually, setUp } from './harness.ts'
import { startMain } from './program.ts'

const AUTH_KEY = 'Marked-auth + / & = key'
const STATS_TOKEN = 'Marked-stats/token+1=='
const WRONG_KEY = 'Marked-wrong key + / ='
const { clientSecret } = SANDBOX_CLIENT
/** All tokens and codes of Monzo begin like this, whatever is cut off behind. */
const TOKEN = 'eyJhbGci'

type Format = (typeof LOG_FORMATS)[number]

/** The ways in which a secret could be written. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ x: secret }).toString().slice(2),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  secret.replaceAll('&', '&amp;'),
]

function assertHoldsNone(text: string, secrets: readonly string[], where: string): void {
  for (const form of new Set(secrets.flatMap(formsOf)))
    assert.ok(!text.includes(form), `${where} holds ${form}:\n${text.slice(0, 2000)}`)
}

/** Two real logs at debug level, one in each format, that write what they are told together. */
function createLogs() {
  const texts: Record<Format, string> = { text: '', json: '' }
  const open = (format: Format): Log => {
    const stream = new PassThrough()
    stream.on('data', (chunk) => {
      texts[format] += chunk
    })
    return createLog({ level: 'debug', format, stream })
  }
  const logs = [open('text'), open('json')]
  const both =
    (level: keyof Log): Log[typeof level] =>
    (fields, message) => {
      for (const log of logs) log[level](fields, message)
    }
  const log: Log = {
    debug: both('debug'),
    info: both('info'),
    warn: both('warn'),
    error: both('error'),
  }
  return { log, texts }
}

describe('No secret is told', () => {
  it('by any page, header, metric, error or log, whatever goes wrong', async (t) => {
    const { log, texts } = createLogs()
    const exporter = await setUp(t, {
      log,
      settings: { auth_key: AUTH_KEY, stats_token: STATS_TOKEN },
      knobs: { denyRedirect: 'access_denied' },
    })
    const { origin, sandbox, clock } = exporter
    const replies: [what: string, reply: Reply][] = []
    const visit = async (path: string, options: Ask = {}) => {
      const reply = await ask(origin, path, options)
      replies.push([`${options.method ?? 'GET'} ${path}`, reply])
      return reply
    }
    const form = (fields: Record<string, string>): Ask => ({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })
    const right = new URLSearchParams({ key: AUTH_KEY })
    const wrong = new URLSearchParams({ key: WRONG_KEY })
    const bearer = { authorization: `Bearer ${STATS_TOKEN}` }
    /** The pages that anybody can open, and what strangers try. */
    const lookAround = async () => {
      for (const path of ['/', '/nowhere', '/assets/script.js', '/callback', '/-/ready', '/stats'])
        for (const query of ['', `?${right}`, `?${right}&${right}`])
          await visit(path + query, { headers: bearer })
      await visit('/stats')
      await visit('/stats', { headers: { authorization: `Bearer ${WRONG_KEY}` } })
      await visit('/authorize')
      await visit(`/authorize?${wrong}`)
      await visit('/authorize', form({ key: WRONG_KEY }))
      await visit(`//authorize?${right}`)
      await visit(`/authorize?${right}&${right}`)
      await visit('/authorize', form({ key: AUTH_KEY + 'a'.repeat(9000) }))
      for (const method of ['OPTIONS', 'TRACE', 'PUT'])
        await visit(`/authorize?${right}`, { method, headers: bearer })
    }

    await lookAround()
    const secrets = new Set([AUTH_KEY, STATS_TOKEN, WRONG_KEY, clientSecret, TOKEN])
    const begin = async () => {
      // Its answer is for Monzo and this browser: the address and the cookie hold what binds them.
      const { headers, cookies } = await ask(origin, '/authorize', form({ key: AUTH_KEY }))
      const callback = await sandbox.logIn(headers.location ?? '')
      const [cookie = ''] = (cookies[0] ?? '').split(';')
      for (const one of [cookie.split('=')[1], callback.searchParams.get('state')])
        secrets.add(one ?? assert.fail())
      return { path: callback.pathname + callback.search, cookie }
    }
    const noteTokens = async () => {
      for (const { access_token, refresh_token } of (await exporter.tokens()).logins)
        for (const token of [access_token, refresh_token]) secrets.add(token)
    }

    for (const kind of ['status', 'not_json', 'truncated', 'wrong_types', 'reset'] as const) {
      const { path, cookie } = await begin()
      sandbox.addFault({ kind, endpoint: 'POST /oauth2/token' })
      await visit(path, { headers: { cookie } })
      sandbox.clearFaults()
      await visit(path, { headers: { cookie } })
    }
    const { path, cookie } = await begin()
    const query = new URL(path, origin).searchParams
    const fields = { code: query.get('code') ?? '', state: query.get('state') ?? '' }
    await visit(`${path}&state=twice`, { headers: { cookie } })
    await visit(`/callback?error=access_denied&state=${fields.state}`, { headers: { cookie } })
    await visit('/callback', form({ ...fields, code: '' }))
    // The one page that sends code and state back, from a browser that has to give the key.
    const elsewhere = await ask(origin, path)
    assertHoldsNone(elsewhere.text, [AUTH_KEY, clientSecret, cookie], 'the key form')
    await visit('/callback', form({ ...fields, key: AUTH_KEY }))
    await visit(path, { headers: { cookie } })
    await noteTokens()
    await lookAround()
    sandbox.approve()
    await clock.advance(15_000)
    await lookAround()

    for (const kind of ['not_json', 'truncated', 'html', 'wrong_types', 'ok_with_error'] as const) {
      sandbox.addFault({ kind, count: 3 })
      sandbox.expireAccess()
      await clock.advance(60_000)
      await noteTokens()
      await lookAround()
      sandbox.clearFaults()
    }
    sandbox.evict()
    await clock.advance(120_000)
    await lookAround()
    await exporter.stop()

    assert.ok(secrets.size > 10)
    assert.match(texts.text, /refresh|poll/i)
    assert.ok(texts.json.split('\n').length > 10)
    for (const [format, text] of Object.entries(texts))
      assertHoldsNone(text, [...secrets], `the log as ${format}`)
    for (const [what, { headers, text }] of replies) {
      assertHoldsNone(text, [...secrets], what)
      assertHoldsNone(JSON.stringify(headers), [...secrets], `a header of ${what}`)
      assert.doesNotMatch(JSON.stringify(headers), /"x-powered-by"|"server"/)
    }

    const sam = sandbox.bank.findPerson('sam@example.com') ?? assert.fail()
    const money = sandbox.bank.accountsOf(sam.id).flatMap(({ id }) => {
      const { balanceMinor } = sandbox.bank.balances(id)
      return Math.abs(balanceMinor) > 99 ? [(Math.abs(balanceMinor) / 100).toFixed(2)] : []
    })
    const personal = [sam.email, sam.name, sam.id, ...money]
    const ids = sandbox.bank.accountsOf(sam.id).map(({ id }) => id)
    const pages = replies.filter(([, { headers }]) =>
      /html|json/.test(headers['content-type'] ?? ''),
    )
    assert.ok(pages.length > 50)
    for (const [what, { text }] of pages) assertHoldsNone(text, [...personal, ...ids], what)
    for (const text of Object.values(texts))
      assertHoldsNone(text, [sam.email, sam.name, ...money], 'a log')
  })

  for (const format of LOG_FORMATS)
    it(`by a process of its own: not to ps, nor on standard error as ${format}, nor in any file but tokens.json`, async (t) => {
      const cwd = await createFolder(t)
      const origin = `http://127.0.0.1:${await freePort()}`
      const client = { ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }
      const sandbox = await startSandbox({ clock: systemClock, clients: [client] })
      t.after(() => sandbox.stop())
      const config = {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        server_addr: new URL(origin).host,
        redirect_uri: origin,
        auth_key: AUTH_KEY,
        stats_token: STATS_TOKEN,
        poll_interval: '5s',
        log_level: 'debug',
        log_format: format,
        monzo_api_url: sandbox.apiUrl,
        monzo_auth_url: sandbox.authUrl,
      }
      const toml = Object.entries(config).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
      await writeFile(join(cwd, 'config.toml'), toml.join('\n'), { mode: 0o600 })
      const exporter = startMain(t, [], { cwd })
      const [link = ''] = await exporter.says(/^http\S+\n/m)

      const authorize = await fetch(link.trim(), { redirect: 'manual' })
      const cookie = authorize.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const callback = await sandbox.logIn(authorize.headers.get('location') ?? '')
      const page = await (await fetch(callback, { headers: { cookie } })).text()
      sandbox.approve()
      const [, login = ''] = /data-login="([^"]+)"/.exec(page) ?? []
      await eventually(async () =>
        assert.match(await (await fetch(origin + login)).text(), /"connected"/),
      )
      const stats = () =>
        fetch(`${origin}/stats`, { headers: { authorization: `Bearer ${STATS_TOKEN}` } })
      await eventually(async () => assert.match(await (await stats()).text(), /^monzo_balance\{/m))

      const { access_token, refresh_token } = JSON.parse(
        await readFile(join(cwd, 'tokens.json'), 'utf8'),
      ).logins[0]
      const secrets = [AUTH_KEY, STATS_TOKEN, clientSecret, access_token, refresh_token, TOKEN]
      const ps = spawnSync('ps', ['-ww', '-o', 'args', '-p', `${exporter.child.pid}`], {
        encoding: 'utf8',
      })
      const argv = ps.stdout ?? (await readFile(`/proc/${exporter.child.pid}/cmdline`, 'utf8'))
      assert.match(argv, /dist\/main\.js|monzo-exporter/)
      assertHoldsNone(argv, secrets, 'ps')
      exporter.child.kill('SIGTERM')
      assert.equal(await exporter.ended(), 0)
      assert.match(exporter.stderr(), /connected/)
      assertHoldsNone(exporter.stderr(), secrets, 'standard error')
      assert.equal(exporter.stdout(), link, 'nothing but the link is printed')
      for (const name of await readdir(cwd)) {
        if (name === 'config.toml') continue
        const { mode } = await stat(join(cwd, name))
        if (name === 'tokens.json') assert.equal(mode & 0o077, 0)
        else assertHoldsNone(await readFile(join(cwd, name), 'utf8'), secrets, name)
      }
    })

  it('by a start that fails over them', async (t) => {
    const cwd = await createFolder(t)
    const secret = 'Marked-client-secret'
    const broken: [name: string, text: string][] = [
      ['tokens.json', `{"access_token":"${TOKEN}.Marked-token`],
      ['config.toml', `client_secret = "${secret}" oops`],
      [
        'config.toml',
        `client_id = 5\nclient_secret = "${secret}"\nauth_key = ""\nacces_tokens = ["${TOKEN}"]`,
      ],
    ]
    for (const [name, text] of broken) {
      await writeFile(join(cwd, 'config.toml'), `client_id = "x"\nclient_secret = "${secret}"\n`)
      await writeFile(join(cwd, name), text)
      const exporter = startMain(t, ['--server-addr', '127.0.0.1:0', '--log-level', 'debug'], {
        cwd,
      })
      assert.equal(await exporter.ended(), 78, exporter.stderr())
      assert.match(exporter.stderr(), /^error: /m)
      assertHoldsNone(exporter.stdout() + exporter.stderr(), [secret, TOKEN, 'Marked-token'], text)
    }
  })
})
