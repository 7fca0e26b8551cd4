import assert from 'node:assert/strict'
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { run } from '../../src/cli/run.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createContext } from '../fakes/context.ts'

const ID = 'oauth2client_0000Example'
const SECRET = 'mnzconf.c2Vj/cmV0+='

/** A person at a terminal, who types these lines as they are asked. */
async function atTerminal(t: TestContext, lines: readonly string[], args: readonly string[] = []) {
  const made = await createContext(t, ['init', ...args])
  const code = run({ ...made.context, isTerminal: true })
  for (const line of lines) made.stdin.write(`${line}\n`)
  const path = join(made.cwd, 'config.toml')
  return { ...made, code, path, load: () => loadConfig({ flags: {}, env: {}, cwd: made.cwd }) }
}

describe('init at a terminal', () => {
  it('asks for the everyday settings and writes a file that only its owner reads', async (t) => {
    const { code, path, load, stdout, stderr } = await atTerminal(t, ['', '', ID, SECRET, '', ''])
    assert.equal(await code, 0, stderr())
    const { config, warnings } = load()
    assert.equal(config.client_id, ID)
    assert.equal(config.client_secret, SECRET)
    assert.equal(config.account_id, undefined)
    assert.equal(config.redirect_uri.href, 'http://127.0.0.1:8080/')
    assert.match(config.auth_key ?? '', /^[\w-]{32}$/)
    assert.equal(config.history, true)
    assert.match(await readFile(path, 'utf8'), /^history = true$/m)
    assert.deepEqual(warnings, [])
    const [introduction = ''] = stdout().split('Address to listen on')
    assert.match(introduction, /^This sets up the Monzo exporter/)
    assert.ok(introduction.includes(`\nonly you can read, ${path}.\nNothing is sent anywhere.`))
    assert.match(introduction, /sign in at https:\/\/developers\.monzo\.com/)
    const lines = introduction.replaceAll(path, '').split('\n')
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    )
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.match(
      stdout(),
      /Confidentiality: Confidential\n +Redirect URLs: +http:\/\/127\.0\.0\.1:8080\/callback\n/,
    )
    assert.match(stdout(), /is written; only you can read it\.\n/)
    assert.ok(!stdout().includes(config.auth_key ?? ''))
  })
  it('makes a new key every time', async (t) => {
    const keys = new Set<string | undefined>()
    for (let n = 0; n < 2; n++) {
      const { code, load } = await atTerminal(t, ['', '', ID, SECRET, '', ''])
      await code
      keys.add(load().config.auth_key)
    }
    assert.equal(keys.size, 2)
  })
  it('proposes the URL of the address it was given', async (t) => {
    const lines = ['[::1]:9000', '', ID, SECRET, 'acc_00009Example', 'N']
    const { code, load } = await atTerminal(t, lines)
    assert.equal(await code, 0)
    const { config } = load()
    assert.equal(config.redirect_uri.href, 'http://[::1]:9000/')
    assert.equal(config.account_id, 'acc_00009Example')
    assert.equal(config.history, false)
  })
  it('asks again for what it can not use, saying why', async (t) => {
    const lines = [
      'here',
      ':8080',
      '',
      '',
      'abc',
      ID,
      ID,
      'foo',
      `"${SECRET}"`,
      SECRET,
      'user_1',
      '',
      'perhaps',
      'y',
    ]
    const { code, stdout } = await atTerminal(t, lines)
    assert.equal(await code, 0)
    assert.match(stdout(), /That is not it: expected host:port such as/)
    assert.match(stdout(), /It is empty\./)
    assert.match(stdout(), /That is not it: expected the id of a Monzo OAuth client/)
    assert.match(stdout(), /It is the id of a client, not its secret\./)
    assert.match(stdout(), /That is not it: expected the secret of a confidential client/)
    assert.match(stdout(), /It has quotes around it that count as part of the value/)
    assert.match(stdout(), /That is not it: expected the id of an account/)
    assert.match(stdout(), /That is not it: expected yes or no\./)
  })
  it('does not show the secret while it is typed', async (t) => {
    const { code, stdin, stdout } = await atTerminal(t, ['', '', ID])
    while (!stdout().includes('Client secret')) await setImmediate()
    stdin.write(`${SECRET}\n\n\n`)
    assert.equal(await code, 0)
    assert.ok(stdout().includes(ID))
    assert.ok(!stdout().includes(SECRET))
  })
  it('does not ask for what a flag says', async (t) => {
    const args = ['--client-id', ID, '--server-addr=:8080', '--redirect-uri=https://a.example']
    const { code, load, stdout } = await atTerminal(t, [SECRET, '', ''], args)
    assert.equal(await code, 0)
    assert.equal(load().config.redirect_uri.href, 'https://a.example/')
    assert.doesNotMatch(stdout(), /Client id:|Address to listen on/)
  })
  it('writes nothing when the person gives up', async (t) => {
    const { code, stdin, path, stderr } = await atTerminal(t, ['', ''])
    stdin.end()
    assert.equal(await code, 1)
    assert.equal(stderr(), 'error: Nothing was written, since not every question was answered.\n')
    await assert.rejects(stat(path), { code: 'ENOENT' })
  })
  it('writes nothing when it is told to stop', async (t) => {
    const { code, stop, path } = await atTerminal(t, [''])
    stop()
    assert.equal(await code, 1)
    await assert.rejects(stat(path), { code: 'ENOENT' })
  })
})

describe('init without a terminal', () => {
  it('asks nothing, and says which flags it needs', async (t) => {
    const { context, stdout, stderr } = await createContext(t, ['init'])
    assert.equal(await run(context), 64)
    assert.equal(stdout(), '')
    assert.equal(
      stderr(),
      'error: init can only ask at a terminal, and without one it needs --client-id and --client-secret\n' +
        'hint: A secret is better given by --client-secret-file; other settings have defaults.\n',
    )
  })
  it('writes what the flags say, with a key of its own', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret', SECRET, '--config=mine.toml']
    const { context, cwd, stderr } = await createContext(t, args)
    assert.equal(await run(context), 0, stderr())
    const { config } = loadConfig({ flags: { config: 'mine.toml' }, env: {}, cwd })
    assert.equal(config.client_secret, SECRET)
    assert.match(config.auth_key ?? '', /^[\w-]{32}$/)
    assert.equal(config.history, true)
  })
  it('keeps no history where a flag says so', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret', SECRET, '--no-history']
    const { context, cwd, stderr } = await createContext(t, args)
    assert.equal(await run(context), 0, stderr())
    assert.match(await readFile(join(cwd, 'config.toml'), 'utf8'), /^history = false$/m)
  })
  it('takes no name for the file that only a shell would understand', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret', SECRET]
    const { context, stderr } = await createContext(t, args)
    assert.equal(await run({ ...context, env: { MONZO_EXPORTER_CONFIG: '"~/c.toml"' } }), 78)
    assert.match(stderr(), /^error: the name of config\.toml: has quotes around it/)
  })
  it('refuses a secret that is none, unless the client is as old as such secrets', async (t) => {
    for (const [id, code] of [
      [ID, 78],
      ['oauthclient_000098Example', 0],
    ] as const) {
      const args = ['init', '--client-id', id, '--client-secret', 'foo']
      const { context, stderr } = await createContext(t, args)
      assert.equal(await run(context), code, stderr())
      const fault = /--client-secret: expected the secret of a confidential client/
      assert.equal(fault.test(stderr()), code === 78)
    }
  })
  it('keeps a secret in the file it is in', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret-file=s.txt']
    const { context, cwd } = await createContext(t, args, { 's.txt': `${SECRET}\n` })
    assert.equal(await run(context), 0)
    const toml = await readFile(join(cwd, 'config.toml'), 'utf8')
    assert.ok(toml.includes(`client_secret_file = "${join(cwd, 's.txt')}"`))
    assert.ok(!toml.includes(SECRET))
    assert.equal(loadConfig({ flags: {}, env: {}, cwd }).config.client_secret, SECRET)
  })
  it('never overwrites a file', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret', SECRET]
    const { context, cwd, stderr } = await createContext(t, args, { 'config.toml': '# mine\n' })
    assert.equal(await run(context), 1)
    assert.equal(
      stderr(),
      `error: ${join(cwd, 'config.toml')} is there already, and is not overwritten.\n` +
        'hint: Edit it, move it away, or name another file with --config.\n',
    )
    assert.equal(await readFile(join(cwd, 'config.toml'), 'utf8'), '# mine\n')
  })
  it('says why a file can not be written', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret', SECRET, '--config=no/config.toml']
    const { context, cwd, stderr } = await createContext(t, args)
    assert.equal(await run(context), 78)
    const folder = join(cwd, 'no')
    assert.equal(
      stderr(),
      `error: ${folder}/config.toml can't be written: there is no such file or folder (ENOENT)\n` +
        `hint: Make the folder ${folder}, which does not exist, or name another file with --config.\n`,
    )
  })
  it('says to make a folder writable that is there', async (t) => {
    const args = ['init', '--client-id', ID, '--client-secret', SECRET, '--config=loop/c.toml']
    const { context, cwd, stderr } = await createContext(t, args)
    await symlink('loop', join(cwd, 'loop')) // even root can't write there
    assert.equal(await run(context), 78)
    assert.equal(
      stderr(),
      `error: ${cwd}/loop/c.toml can't be written: too many symbolic links (ELOOP)\n` +
        `hint: Make ${cwd}/loop writable for this program, or name another file with --config.\n`,
    )
  })
  for (const [args, env, next] of [
    [[], {}, 'monzo-exporter'],
    [['--config=./config.toml'], {}, 'monzo-exporter'],
    [['--config=my.toml'], {}, 'monzo-exporter --config my.toml'],
    [["--config=it's mine.toml"], {}, "monzo-exporter --config 'it'\\''s mine.toml'"],
    [[], { MONZO_EXPORTER_CONFIG: 'my.toml' }, 'monzo-exporter --config my.toml'],
    [
      ['--config=config.toml'],
      { MONZO_EXPORTER_CONFIG: 'other.toml' },
      'monzo-exporter --config config.toml',
    ],
  ] as const)
    it(`names the command that finds the file: ${JSON.stringify([args, env])}`, async (t) => {
      const made = await createContext(
        t,
        ['init', '--client-id', ID, '--client-secret-file=s.txt', ...args],
        { 's.txt': SECRET },
      )
      assert.equal(await run({ ...made.context, env }), 0, made.stderr())
      const [, , last] = made.stdout().split('\n')
      assert.equal(last, `Next: run \`${next}\`, and open the link that it prints.`)
      assert.equal(made.stderr(), '')
    })
  it('warns of a short key and of secrets that others see, as check-config does', async (t) => {
    const secrets = ['--client-secret', SECRET, '--auth-key', 'short']
    const { context, cwd, stderr } = await createContext(t, ['init', '--client-id', ID, ...secrets])
    assert.equal(await run(context), 0)
    const warnings = [
      'warning: auth_key is short: 12 characters or more are hard to guess.\n',
      'warning: --client-secret shows its secret to every user of this machine (in "ps"): use MONZO_EXPORTER_CLIENT_SECRET or --client-secret-file.\n',
      'warning: --auth-key shows its secret to every user of this machine (in "ps"): use MONZO_EXPORTER_AUTH_KEY or --auth-key-file.\n',
    ]
    assert.deepEqual(
      stderr()
        .split(/(?<=\n)/)
        .toSorted(),
      warnings.toSorted(),
    )
    const checked = await createContext(t, ['check-config', ...secrets])
    assert.equal(await run({ ...checked.context, cwd }), 0)
    assert.equal(checked.stderr(), stderr())
  })
  it('names every flag it can not use, and never its value', async (t) => {
    const args = ['init', '--client-id=hunter2', '--client-secret=mnzpub.hunter2']
    args.push('--auth-key=hunter2', '--auth-key-file=key', '--server-addr=hunter2')
    const { context, cwd, stderr } = await createContext(t, args)
    await mkdir(join(cwd, 'key'))
    await writeFile(join(cwd, 'key', 'x'), '')
    assert.equal(await run(context), 78)
    assert.deepEqual(
      [...stderr().matchAll(/^--([\w-]+):/gm)].map(([, name]) => name),
      ['client-id', 'client-secret', 'server-addr', 'auth-key-file'],
    )
    assert.doesNotMatch(stderr(), /hunter2/)
  })
})
