import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { scratchFolder, skip } from '../chaos/mounts.ts'
import { setUpLogin } from '../cli/sandbox-login.ts'
import { freePort } from '../fakes/free-port.ts'
import { ask } from '../web/fake-site.ts'
import { eventually } from './harness.ts'
import { findProgram, startMain } from './program.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A disk that a program serves, as a server does over a network; when that stops, nothing answers. */
async function servedDisk(t: TestContext) {
  const bindfs = findProgram(t, 'bindfs', 'bindfs')
  if (!bindfs) return undefined
  const { folder, run } = await scratchFolder(t)
  const [behind, mounted] = [join(folder, 'behind'), join(folder, 'mounted')]
  for (const one of [behind, mounted]) await mkdir(one)
  const server = spawn(bindfs, ['-f', behind, mounted], { stdio: 'ignore' })
  t.after(() => server.kill('SIGKILL'))
  const isMounted = () => readFile('/proc/mounts', 'utf8').then((text) => text.includes(mounted))
  while (server.exitCode === null && !(await isMounted())) await sleep(10)
  if (server.exitCode !== null) return skip(t, 'bindfs needs root')
  if (!run('true', [], ['umount', '--lazy', mounted])) return undefined
  return {
    behind,
    mounted,
    stop: () => server.kill('SIGSTOP'),
    goOn: () => server.kill('SIGCONT'),
  }
}

async function setUpOn(t: TestContext, disk: { behind: string; mounted: string }) {
  const { inFolder, sandbox } = await setUpLogin(t)
  const { cwd, tokensFile } = await inFolder([])
  await cp(tokensFile, join(disk.behind, 'tokens.json'))
  const start = async () => {
    const port = await freePort()
    const flags = [
      `--tokens-file=${join(disk.mounted, 'tokens.json')}`,
      `--server-addr=127.0.0.1:${port}`,
      '--poll-interval=5s',
    ]
    const program = startMain(t, flags, { cwd })
    const logs = (pattern: RegExp) => eventually(() => assert.match(program.stderr(), pattern))
    const shows = (pattern: RegExp, path = '/stats') =>
      eventually(async () =>
        assert.match((await ask(`http://127.0.0.1:${port}`, path)).text, pattern),
      )
    return { ...program, logs, shows }
  }
  const refreshToken = async () =>
    JSON.parse(await readFile(join(disk.behind, 'tokens.json'), 'utf8')).logins[0].refresh_token
  return { sandbox, start, refreshToken }
}

describe('A disk that does not answer', { timeout: 120_000 }, () => {
  it('costs no login and no token: that is said, and all goes on when it answers', async (t) => {
    const disk = await servedDisk(t)
    if (!disk) return
    const { sandbox, start, refreshToken } = await setUpOn(t, disk)
    const exporter = await start()
    await exporter.shows(/^monzo_up 1$/m)
    const before = await refreshToken()
    disk.stop()
    sandbox.expireAccess()
    await exporter.logs(/The disk of .*tokens\.json does not answer/)
    await exporter.shows(/^monzo_up 0$/m)
    await exporter.shows(/The disk of the tokens file does not answer: no login can be/, '/')
    assert.equal(await refreshToken(), before)
    disk.goOn()
    await exporter.logs(/Refreshing the access token works again/)
    await exporter.shows(/^monzo_up 1$/m)
    assert.notEqual(await refreshToken(), before)
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
  })

  it('is waited for at the start, and that is said', async (t) => {
    const disk = await servedDisk(t)
    if (!disk) return
    const { start } = await setUpOn(t, disk)
    disk.stop()
    const exporter = await start()
    await exporter.logs(/WARN {2}The disk of .*tokens\.json does not answer: waiting for it\./)
    disk.goOn()
    await exporter.shows(/^monzo_up 1$/m)
  })
})
