import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { eventually } from './harness.ts'
import { logIn } from './log-in.ts'
import { mainCommand, startMain, startProgram } from './program.ts'

const CONFIG = `
client_id = "oauth2client_0000A"
client_secret = "mnzconf.hunter-secret"
server_addr = "127.0.0.1:0"
auth_key = "hunter key/1"
`

describe('The demo', () => {
  it('does the clicks with --approve, and exports a balance within seconds', async (t) => {
    const demo = startMain(t, ['demo', '--approve'])
    const [, url = ''] = await demo.says(/curl -s (\S+\/stats)/)
    await eventually(async () => {
      const text = await (await fetch(url)).text()
      assert.match(text, /^monzo_balance\{account_id="acc_\w+",currency="GBP"\} -?\d+(\.\d+)?$/m)
      assert.match(text, /^monzo_up 1$/m)
    })
    await eventually(async () => {
      const text = await (await fetch(url)).text()
      const months = text.match(/^monzo_received_past_month\{.*month="[^"]*"/gm) ?? []
      assert.equal(new Set(months.map((line) => line.slice(-8, -1))).size, 24)
    })
    demo.child.kill('SIGINT')
    assert.equal(await demo.ended(), 0)
    assert.equal(demo.stderr(), '')
  })
  it('prints what to click next, step by step', async (t) => {
    const demo = startMain(t, ['demo'])
    const [link = ''] = await demo.says(/^http:\S+\/authorize\?key=\S+$/m)
    const [, mail = ''] = await demo.says(/which is at (\S+\/mail)/)
    const { page, authUrl } = await logIn(link)
    assert.equal(mail, `${authUrl}/mail`)
    assert.match(page, /approve/i)
    await demo.says(/^Step 2: approve the access in the Monzo app: \S+\/phone$/m)
    demo.child.kill('SIGTERM')
    assert.equal(await demo.ended(), 0)
  })
})

describe('The exporter as a process', () => {
  it('prints the link alone on its line on standard output, also with JSON logs, and ends with 0', async (t) => {
    const cwd = await createFolder(t)
    await writeFile(join(cwd, 'config.toml'), `${CONFIG}log_format = "json"\n`)
    const exporter = startMain(t, [], { cwd })
    await exporter.says(/\n/)
    assert.equal(exporter.stdout(), 'http://127.0.0.1:8080/authorize?key=hunter%20key%2F1\n')
    for (const line of exporter.stderr().trim().split('\n')) assert.ok(JSON.parse(line).msg)
    assert.doesNotMatch(exporter.stderr(), /hunter/)
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
  })
  it('takes its settings from the environment, secrets from files', async (t) => {
    const cwd = await createFolder(t)
    await writeFile(join(cwd, 'secret'), 'mnzconf.hunter-secret\n')
    const exporter = startMain(t, ['--server-addr', '127.0.0.1:0'], {
      cwd,
      env: {
        MONZO_EXPORTER_CLIENT_ID: 'oauth2client_0000A',
        MONZO_EXPORTER_CLIENT_SECRET_FILE: 'secret',
        MONZO_EXPORTER_AUTH_KEY: 'a long enough key',
      },
    })
    await exporter.says(/authorize\?key=a%20long%20enough%20key\n/)
    exporter.child.kill('SIGINT')
    assert.equal(await exporter.ended(), 0)
  })
  it('survives that nobody reads what it prints', async (t) => {
    const cwd = await createFolder(t)
    const port = await freePort()
    await writeFile(join(cwd, 'config.toml'), CONFIG.replace(/:0"/, `:${port}"`))
    const exporter = startMain(t, [], { cwd })
    exporter.child.stdout?.destroy()
    exporter.child.stderr?.destroy()
    await eventually(() => fetch(`http://127.0.0.1:${port}/-/healthy`))
    exporter.child.kill('SIGTERM') // it has printed the link by then, and prints that it stops
    assert.equal(await exporter.ended(), 0)
  })
  it('is called monzo-exporter by the system', {
    skip: process.platform !== 'linux',
  }, async (t) => {
    const cwd = await createFolder(t)
    await writeFile(join(cwd, 'config.toml'), CONFIG)
    const exporter = startMain(t, [], { cwd })
    await exporter.says(/\n/)
    assert.equal(await readFile(`/proc/${exporter.child.pid}/comm`, 'utf8'), 'monzo-exporter\n')
  })
  it('tells the journal how serious a line is, and no time; the link stays alone on its line', async (t) => {
    const { exporter, journal } = await startInJournal(t, CONFIG)
    await exporter.says(/\n/)
    assert.equal(exporter.stdout(), 'http://127.0.0.1:8080/authorize?key=hunter%20key%2F1\n')
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
    const lines = (await journal()).trimEnd().split('\n')
    assert.match(lines[0] ?? '', /^<6>INFO {2}Serving \/stats at /)
    assert.match(lines[1] ?? '', /^<4>WARN {2}Nobody is logged in/)
    assert.equal(lines.at(-1), '<6>INFO  Stopping.')
  })
  it('tells the journal of a start that failed as of an error', async (t) => {
    const { exporter, journal } = await startInJournal(t, `${CONFIG}bogus = 1\nwrong = 2\n`)
    assert.equal(await exporter.ended(), 78)
    const lines = (await journal()).trimEnd().split('\n')
    assert.equal(lines.length, 4)
    for (const line of lines) assert.match(line, /^<3>\S/)
  })
})

/** Any file does: the variable says which one leads to the journal. */
async function startInJournal(t: TestContext, config: string) {
  const cwd = await createFolder(t)
  const path = join(cwd, 'journal')
  await writeFile(join(cwd, 'config.toml'), config)
  await writeFile(path, '')
  const { dev, ino } = await stat(path, { bigint: true })
  const args = ['-c', 'exec "$0" "$@" 2>>journal', ...mainCommand()]
  const exporter = startProgram(t, '/bin/sh', args, {
    cwd,
    env: { JOURNAL_STREAM: `${dev}:${ino}` },
  })
  return { exporter, journal: () => readFile(path, 'utf8') }
}
