import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createWorld } from '../fakes/world.ts'

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
      /^error: unknown option '--poll-intervall=15s'\n[\s\S]*hint: Run `monzo-exporter --help`/,
    ],
    ['an unknown command', ['exprot'], {}, 64, /^error: .*\nhint: Run/],
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
      /^error: \S*tokens\.json is damaged\nhint: Move it away and authorize again/m,
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
      const { world, cwd, stdout, stderr } = await createWorld(t, args, files)
      assert.equal(await run(world), code)
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
    const { world, stderr } = await createWorld(t, [], files)
    assert.equal(await run(world), 69)
    assert.match(stderr(), new RegExp(`error: ${address} is in use\nhint: .*server_addr`))
  })
})

describe('The command line', () => {
  it('tells its version, with the revision', async (t) => {
    const { world, stdout } = await createWorld(t, ['--version'])
    assert.equal(await run(world), 0)
    assert.equal(stdout(), 'monzo-exporter 1.2.3 (abc)\n')
  })
  for (const args of [['--help'], ['serve', '--help'], ['demo', '--help']])
    it(`answers ${args.join(' ')} on standard output`, async (t) => {
      const { world, stdout, stderr } = await createWorld(t, args)
      assert.equal(await run(world), 0)
      assert.match(stdout(), /^Usage: monzo-exporter/)
      assert.equal(stderr(), '')
    })
  it('takes booleans as --pots, --no-pots and --pots=false', async (t) => {
    for (const flag of ['--pots', '--no-pots', '--pots=false']) {
      const args = ['check-config', flag]
      const { world, stderr } = await createWorld(t, args, { 'config.toml': CONFIG })
      assert.equal(await run(world), 0, stderr())
    }
  })
  it('says that a good configuration is good, and what is odd about it', async (t) => {
    const files = { 'config.toml': `${CONFIG}auth_key = "short"\n` }
    const { world, cwd, stdout, stderr } = await createWorld(t, ['check-config'], files)
    assert.equal(await run(world), 0)
    assert.equal(stdout(), `${join(cwd, 'config.toml')} is good.\n`)
    assert.match(stderr(), /^warning: auth_key is short/)
  })
})
