import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { chown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fetchNode, NODE_IN_BINARY } from '../../scripts/fetch-node.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import { skip } from '../chaos/mounts.ts'
import { eventually } from '../e2e/harness.ts'
import { findProgram, startProgram } from '../e2e/program.ts'
import { createFolder } from '../fakes/world.ts'
import { BINARY, folderWithBinary, runToEnd, STRANGER } from './executables.ts'

const MOST_BYTES = 120e6
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

describe('The one binary', () => {
  it('has at most 120 MB', () => {
    const { size } = statSync(BINARY)
    assert.ok(size <= MOST_BYTES, `${size} bytes`)
  })
  it('needs no file beside it and no environment to say its version, with the git revision', async (t) => {
    const cwd = await folderWithBinary(t)
    const { status, stdout, stderr } = runToEnd('./monzo-exporter', ['--version'], { cwd })
    assert.match(stdout, /^monzo-exporter \S+ \([0-9a-f]{12}\)\n$/)
    assert.ok(stdout.startsWith(`monzo-exporter ${version} `))
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(await readdir(cwd), ['monzo-exporter'])
  })
  it('explains every command, and takes none of its flags for flags of Node', () => {
    const { status, stdout, stderr } = runToEnd(BINARY, ['--help'])
    const commands = ['serve', 'init', 'check-config', 'doctor', 'logout', 'healthcheck', 'demo']
    for (const command of [...commands, 'sandbox', 'licenses'])
      assert.match(stdout, new RegExp(`^ {2}${command}\\b`, 'm'))
    assert.deepEqual([status, stderr], [0, ''])
    assert.equal(runToEnd(BINARY, ['--eval', '1']).status, 64)
  })
  it('prints the licenses of all that it contains, to the last line also into a pipe', () => {
    const { status, stdout, stderr } = runToEnd(BINARY, ['licenses'])
    assert.deepEqual([status, stderr], [0, ''])
    for (const name of ['commander', 'express', 'oauth4webapi', 'pino', 'prom-client', 'zod'])
      assert.match(stdout, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'))
    assert.ok(stdout.includes(readFileSync('LICENSE', 'utf8').trim()))
    const ofNode = readFileSync(join(fetchNode(NODE_IN_BINARY), 'LICENSE'), 'utf8')
    assert.ok(stdout.endsWith(`${ofNode.trim()}\n`))
  })
  it('starts with code that was compiled when it was built', () => {
    const refused = /Code cache data rejected/
    const start = (env = {}) => runToEnd(BINARY, ['--version'], { env }).stderr
    assert.doesNotMatch(start(), refused)
    // V8 refuses code that was compiled under other flags, and Node says so.
    assert.match(start({ NODE_OPTIONS: '--interpreted-frames-native-stack' }), refused)
  })
})

describe('The one binary, run by a stranger in a folder that it can only read', () => {
  it('plays the demo, shows its pages, and leaves nothing behind', async (t) => {
    if (process.getuid?.() !== 0) return skip(t, 'to become somebody else needs root')
    const cwd = await folderWithBinary(t)
    const TMPDIR = join(cwd, 'tmp')
    await mkdir(TMPDIR)
    await chown(TMPDIR, STRANGER, STRANGER)
    const become = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups', '--']
    const args = [...become, './monzo-exporter', 'demo', '--approve']
    const demo = startProgram(t, 'setpriv', args, { cwd, env: { TMPDIR } })
    const [, url = ''] = await demo.says(/curl -s (\S+\/stats)/)
    let stats = ''
    await eventually(async () => {
      stats = await (await fetch(url)).text()
      assert.match(stats, /^monzo_balance\{account_id="acc_\w+",currency="GBP"\} -?\d+(\.\d+)?$/m)
    })
    assert.ok(stats.includes(`node_version="v${NODE_IN_BINARY}"`))
    const page = await (await fetch(new URL('/', url))).text()
    const assets = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path)
    assert.ok(assets.length > 0, page)
    for (const path of assets) assert.equal((await fetch(new URL(path ?? '', url))).status, 200)
    const promtool = findProgram(t, 'promtool', 'prometheus')
    if (promtool) execFileSync(promtool, ['check', 'metrics'], { input: stats })
    demo.child.kill('SIGTERM')
    assert.equal(await demo.ended(), 0)
    assert.equal(demo.stderr(), '')
    assert.deepEqual(await readdir(cwd), ['monzo-exporter', 'tmp'])
    assert.deepEqual(await readdir(TMPDIR), [])
  })
})

describe('doctor in the one binary', () => {
  it('asks Monzo, looks at files and ports, and says what to do', async (t) => {
    const sandbox = await startSandbox({ clock: systemClock })
    t.after(() => sandbox.stop())
    const cwd = await createFolder(t)
    const env = {
      MONZO_EXPORTER_CLIENT_ID: SANDBOX_CLIENT.clientId,
      MONZO_EXPORTER_CLIENT_SECRET: SANDBOX_CLIENT.clientSecret,
      MONZO_EXPORTER_AUTH_KEY: 'a key that is long enough',
      MONZO_EXPORTER_SERVER_ADDR: '127.0.0.1:0',
      MONZO_EXPORTER_MONZO_API_URL: sandbox.apiUrl,
      MONZO_EXPORTER_MONZO_AUTH_URL: sandbox.authUrl,
    }
    const doctor = startProgram(t, BINARY, ['doctor'], { cwd, env })
    assert.equal(await doctor.ended(), 1)
    assert.deepEqual(doctor.stdout().match(/^FAULT .*$/gm), ['FAULT  Nobody is logged in.'])
    assert.match(doctor.stdout(), /^ok {5}Monzo's API at \S+ can be reached\.$/m)
    assert.equal(doctor.stderr(), '')
  })
})
