import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { GO_SETTINGS } from '../../src/config/go-settings.ts'
import { flagOptions } from '../../src/config/settings.ts'
import { createContext } from '../fakes/context.ts'

const CLIENT = 'client_id = "oauth2client_0000A"\nclient_secret = "mnzconf.a"\n'
const CONFIG = `${CLIENT}server_addr = "127.0.0.1:0"\n`

describe('What is wrong on the command line or in a file', () => {
  const cases: [
    what: string,
    args: string[],
    files: Record<string, string>,
    code: number,
    text: RegExp,
  ][] = [
    [
      'nothing configured',
      [],
      {},
      64,
      /^error: Nothing is configured[\s\S]*client_id[\s\S]*access_tokens[\s\S]*hint: .*demo/,
    ],
    [
      'an unknown flag',
      ['--poll-intervall=15s'],
      {},
      64,
      /^error: unknown option '--poll-intervall'\n[\s\S]*hint: Run `monzo-exporter --help`/,
    ],
    ['a flag without its value', ['--log-level'], {}, 64, /^error: .*argument missing\nhint: Run/],
    [
      'a file that is not there',
      ['--config', 'mine.toml'],
      {},
      78,
      /^error: .*mine\.toml.*no such file/,
    ],
    [
      'an unknown key, the nearest one suggested',
      [],
      { 'config.toml': `${CONFIG}pol_interval = "15s"\n` },
      78,
      /config\.toml:4: pol_interval.*poll_interval/,
    ],
    [
      'malformed TOML',
      [],
      { 'config.toml': 'client_secret = "hunter2\n' },
      78,
      /^error: .*config\.toml:1/,
    ],
    [
      'a damaged tokens.json',
      [],
      { 'config.toml': CONFIG, 'tokens.json': '{"access_token":"hunter2"' },
      78,
      /^error: \S*tokens\.json is damaged.*\nhint: Move it away and authorize again/m,
    ],
    [
      'a certificate that is not there',
      [],
      { 'config.toml': `${CONFIG}tls_cert_file = "c.pem"\ntls_key_file = "k.pem"\n` },
      78,
      /^error: \S*c\.pem can't be read: there is no such file or folder \(ENOENT\)$/m,
    ],
  ]
  for (const [what, args, files, code, text] of cases)
    it(`is told in a sentence and exit code ${code}: ${what}`, async (t) => {
      const { context, cwd, stdout, stderr } = await createContext(t, args, files)
      assert.equal(await run(context), code)
      assert.match(stderr(), text)
      assert.doesNotMatch(stderr() + stdout(), /hunter2|node:internal|\.ts:/)
      for (const [name, before] of Object.entries(files))
        assert.equal(await readFile(join(cwd, name), 'utf8'), before)
    })
  it('is told in a sentence and exit code 69: an address in use', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await once(other, 'listening')
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`
    const files = { 'config.toml': `${CLIENT}server_addr = "${address}"\n` }
    const { context, stderr } = await createContext(t, [], files)
    assert.equal(await run(context), 69)
    assert.match(stderr(), new RegExp(`error: ${address} is in use\nhint: .*server_addr`))
  })
})

const COMMANDS = [
  'serve',
  'init',
  'check-config',
  'doctor',
  'logout',
  'healthcheck',
  'demo',
  'sandbox',
  'licenses',
]

const headings = (help: string) => help.match(/^[A-Z][^\n]*:$/gm) ?? []

describe('The command line', () => {
  it('tells its version, with the revision', async (t) => {
    const { context, stdout } = await createContext(t, ['--version'])
    assert.equal(await run(context), 0)
    assert.equal(stdout(), 'monzo-exporter 1.2.3 (abc)\n')
  })
  for (const args of [
    ['--help'],
    ...COMMANDS.map((command) => [command, '--help']),
    ...COMMANDS.map((command) => ['help', command]),
  ])
    it(`answers ${args.join(' ')} on standard output`, async (t) => {
      const { context, stdout, stderr } = await createContext(t, args)
      assert.equal(await run(context), 0)
      assert.match(stdout(), /^Usage: monzo-exporter/)
      assert.equal(stderr(), '')
    })
  it('fits its help on a screen of 80 by 24, commands first, and colors nothing', async (t) => {
    const { context, stdout } = await createContext(t, ['--help'])
    await run({ ...context, columns: 80, env: { FORCE_COLOR: '1' } })
    assert.ok(!stdout().includes('\u001b'))
    assert.deepEqual(headings(stdout()), ['Commands:', 'Options:'])
    const lines = stdout().trimEnd().split('\n')
    assert.ok(lines.length < 24, stdout()) // the prompt takes the last
    for (const line of lines) assert.ok(line.length <= 80, line)
    for (const command of COMMANDS) assert.match(stdout(), new RegExp(`^  ${command} .+`, 'm'))
  })
  for (const command of COMMANDS.filter((name) => name !== 'serve'))
    it(`fits the help of ${command} on a screen of 80 by 40`, async (t) => {
      const { context, stdout } = await createContext(t, [command, '--help'])
      await run({ ...context, columns: 80 })
      assert.ok(stdout().split('\n').length < 40, stdout())
    })
  it('promises every setting of --help --all only where it lists them', async (t) => {
    const about: boolean[] = []
    for (const command of ['serve', 'history', 'init', 'demo', 'sandbox', 'licenses']) {
      const { context, stdout } = await createContext(t, [command, '--help'])
      await run(context)
      about.push(stdout().includes('--all'))
    }
    assert.deepEqual(about, [true, false, false, false, false, false])
  })
  it('says what init takes for the history when it is not told', async (t) => {
    const { context, stdout } = await createContext(t, ['init', '--help'])
    await run({ ...context, columns: 300 })
    assert.match(stdout(), /--history .+ \(default: true\)/)
  })
  for (const args of [
    ['--help', '--all'],
    ['--all', '--help'],
    ['serve', '--help'],
    ['help', 'serve'],
    ['doctor', '--help', '--all'],
  ])
    it(`lists every setting in groups: ${args.join(' ')}`, async (t) => {
      const { context, stdout } = await createContext(t, args)
      assert.equal(await run({ ...context, columns: 80 }), 0)
      assert.deepEqual(
        headings(stdout()).filter((heading) => !/^(?:Commands|Options):$/.test(heading)),
        [
          'Everyday settings:',
          'More settings:',
          'The Go exporter (tlwr/monzo-exporter): its flags work unchanged:',
        ],
      )
      for (const { flag } of [...flagOptions(), ...GO_SETTINGS])
        assert.match(stdout(), new RegExp(`^  ${flag} .+`, 'm'))
      for (const { variable } of GO_SETTINGS)
        assert.match(stdout(), new RegExp(`\\b${variable}\\b`))
      assert.match(stdout(), / MONZO_OAUTH_REFRESH_INTERVAL, which is accepted and ignored\./)
      const described = stdout()
        .split('\n')
        .filter((line) => line.startsWith('  '))
      assert.ok(described.every((line) => line.length <= 80))
    })
  it('takes --all with --help only', async (t) => {
    const { context, stderr } = await createContext(t, ['--all'])
    assert.equal(await run(context), 64)
    assert.match(stderr(), /^error: unknown option '--all'/)
  })
  for (const args of [
    ['--monzo-access-tokens=one,two', '--scrape-interval=7'],
    ['--monzo-access-tokens', 'one,two', '--scrape-interval', '7'],
    [
      '--monzo-oauth-client-id=oauth2client_0000Go',
      '--monzo-oauth-client-secret',
      'mnzconf.R28=',
      '--monzo-oauth-external-url=https://a.example',
      '--monzo-oauth-port=1',
      '--metrics-port',
      '2',
      '--monzo-oauth-refresh-interval=600',
    ],
  ])
    it(`takes the Go exporter's ${args.join(' ')}`, async (t) => {
      const { context, stdout, stderr } = await createContext(t, ['check-config', ...args])
      assert.equal(await run(context), 0, stderr())
      assert.equal(stdout(), 'The configuration is good.\n')
    })
  it("does not take the Go exporter's flags with one dash: it did not either", async (t) => {
    const { context, stderr } = await createContext(t, ['-monzo-access-tokens=one'])
    assert.equal(await run(context), 64)
    assert.match(stderr(), /^error: unknown option/)
  })
  it('takes booleans as --pots, --no-pots and --pots=false', async (t) => {
    for (const flag of ['--pots', '--no-pots', '--pots=false']) {
      const args = ['check-config', flag]
      const { context, stderr } = await createContext(t, args, { 'config.toml': CONFIG })
      assert.equal(await run(context), 0, stderr())
    }
  })
  it('says that a good configuration is good, and what is odd about it', async (t) => {
    const files = { 'config.toml': `${CONFIG}auth_key = "short"\n` }
    const { context, cwd, stdout, stderr } = await createContext(t, ['check-config'], files)
    assert.equal(await run(context), 0)
    assert.equal(stdout(), `${join(cwd, 'config.toml')} is good.\n`)
    assert.match(stderr(), /^warning: auth_key is short/)
  })
})
