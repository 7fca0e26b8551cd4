import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { createLog } from '../../src/lib/pino-log.ts'
import { type LockState, sayLockState, takeTokensLock } from '../../src/tokens/tokens-lock.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFolder } from '../fakes/world.ts'

async function setup(t: TestContext) {
  const folder = await createFolder(t)
  const path = join(folder, 'tokens.json')
  const clock = new FakeClock()
  let ids = 0
  const take = async (pid = 1) => {
    const states: LockState[] = []
    const id = `id-${++ids}`
    const onChange = () => states.push(lock.state())
    const lock = await takeTokensLock({ path, clock, pid, host: 'pod-1', id, onChange })
    t.after(() => lock.release())
    return { lock, states }
  }
  return { folder, path, clock, take, lockFolder: `${path}.lock` }
}

/** What a kill -9 leaves: a lock that nobody keeps fresh. */
async function leaveLock(path: string, ageMs: number): Promise<void> {
  await mkdir(path)
  const seconds = (Date.now() - ageMs) / 1000
  await utimes(path, seconds, seconds)
}

describe('The lock of a tokens file', () => {
  it('is held by one, refused to a second one by name, and free after its release', async (t) => {
    const { path, clock, take, folder } = await setup(t)
    const { lock } = await take(42)
    assert.equal(lock.state(), 'held')
    await assert.rejects(take(43), {
      code: 'TOKENS_LOCKED',
      message: `${path} is held by another instance (pid 42 on pod-1)`,
      hint: /stop the other one, or give this one a tokens_file of its own/,
    })
    assert.ok(clock.elapsed() >= 7000 && clock.elapsed() < 10_000, `${clock.elapsed()} ms`)
    await lock.ensureHeld()
    await lock.release()
    assert.deepEqual(await readdir(folder), [])
    assert.equal((await take(43)).lock.state(), 'held')
  })
  it('is taken over when its holder was killed, though a process has that pid', async (t) => {
    const { path, clock, take, lockFolder } = await setup(t)
    await writeFile(`${path}.holder`, JSON.stringify({ id: 'dead', pid: process.pid, host: 'x' }))
    await leaveLock(lockFolder, 7100)
    const { lock } = await take(1)
    assert.equal(lock.state(), 'held')
    assert.equal(clock.elapsed(), 0)
    await lock.ensureHeld()
    assert.equal(JSON.parse(await readFile(`${path}.holder`, 'utf8')).id, 'id-1')
  })
  it('is not taken over from one that showed a sign of life a moment ago', async (t) => {
    const { take, lockFolder } = await setup(t)
    await leaveLock(lockFolder, 5000)
    await assert.rejects(take(), {
      code: 'TOKENS_LOCKED',
      message: /held by another instance$/,
    })
  })
  it('is noticed to be lost before anything is spent, and taken again when free', async (t) => {
    const { path, take, lockFolder } = await setup(t)
    const { lock, states } = await take(1)
    await writeFile(`${path}.holder`, JSON.stringify({ id: 'other', pid: 7, host: 'pod-2' }))
    await assert.rejects(lock.ensureHeld(), { code: 'TOKENS_LOCKED', message: /pid 7 on pod-2/ })
    await assert.rejects(lock.ensureHeld(), { code: 'TOKENS_LOCKED' })
    assert.deepEqual(states, ['lost'])
    await lock.release()
    assert.ok(await stat(lockFolder), 'the lock of the other one is left alone')
    await rm(lockFolder, { recursive: true })
    await lock.ensureHeld()
    assert.deepEqual(states, ['lost', 'held'])
  })
  it('is impossible where there is no folder for it: that is said, and hinders nothing', async (t) => {
    const { path, take, folder } = await setup(t)
    await rm(folder, { recursive: true })
    const { lock, states } = await take()
    assert.equal(lock.state(), 'impossible')
    assert.equal(
      lock.obstacle()?.message,
      `No lock can be made beside ${path}: there is no such file or folder (ENOENT)`,
    )
    assert.equal(
      lock.obstacle()?.hint,
      `Make the folder ${folder}, which does not exist, and start no second exporter meanwhile.`,
    )
    await lock.ensureHeld()
    assert.deepEqual(states, [])
    await mkdir(folder)
    await lock.ensureHeld()
    assert.deepEqual(states, ['held'])
  })
  it('is impossible in a folder that takes none, which takes something else to mend', async (t) => {
    const { folder, clock } = await setup(t)
    const loop = join(folder, 'loop')
    await symlink('loop', loop) // even root gets no lock there
    const path = join(loop, 'tokens.json')
    const who = { pid: 1, host: 'h', id: 'i', onChange: () => undefined }
    const lock = await takeTokensLock({ path, clock, ...who })
    assert.equal(lock.state(), 'impossible')
    assert.equal(
      lock.obstacle()?.hint,
      `Make ${loop} writable for this program, and start no second exporter meanwhile.`,
    )
  })
  it('is one and the same through a link to the file', async (t) => {
    const { path, folder, take } = await setup(t)
    await writeFile(path, '')
    await symlink(path, join(folder, 'link.json'))
    await take()
    const viaLink = takeTokensLock({
      path: join(folder, 'link.json'),
      clock: new FakeClock(),
      pid: 2,
      host: 'h',
      id: 'i',
      onChange: () => undefined,
    })
    await assert.rejects(viaLink, { code: 'TOKENS_LOCKED' })
  })
})

it('says in one line, without the words of the system, that none can be made', async (t) => {
  const { take, folder, path } = await setup(t)
  await rm(folder, { recursive: true })
  const { lock } = await take()
  const stream = new PassThrough()
  sayLockState(createLog({ level: 'info', format: 'text', stream }), lock)
  assert.equal(
    String(stream.read()).replace(/^\S+/, 'now'),
    `now WARN  No lock can be made beside ${path}: there is no such file or folder (ENOENT). Make the folder ${folder}, which does not exist, and start no second exporter meanwhile.\n`,
  )
})

it('says what it means for the operator', async (t) => {
  const { take } = await setup(t)
  const { lock } = await take()
  const said = (state: LockState) => {
    const log = createFakeLog()
    sayLockState(log, { ...lock, state: () => state })
    return log.lines.join()
  }
  assert.match(said('lost'), /^error: Another instance took over .* Stop one of the two\.$/)
  assert.match(said('held'), /^info: .* held by this instance again\.$/)
})
