import assert from 'node:assert/strict'
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import type { Clock } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/pino-log.ts'
import { type LockState, sayLockState, takeTokensLock } from '../../src/tokens/tokens-lock.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { quietDisk } from '../fakes/quiet-disk.ts'
import { createFolder } from '../fakes/world.ts'

const YEAR_MS = 365 * 86_400_000

async function setup(t: TestContext) {
  const folder = await createFolder(t)
  const path = join(folder, 'tokens.json')
  const clock = new DrivenClock()
  clock.idle = quietDisk
  const said: string[] = []
  let ids = 0
  /** @param wallMs how far its wall clock is off. */
  const take = async (pid = 1, { wallMs = 0, at = path } = {}) => {
    const states: LockState[] = []
    const own: Clock = {
      now: () => clock.now() + wallMs,
      elapsed: () => clock.elapsed(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      within: (ms, task, signal) => clock.within(ms, task, signal),
      every: (ms, task) => clock.every(ms, task),
    }
    const taking = takeTokensLock({
      path: at,
      clock: own,
      ...{ pid, host: 'pod-1', id: `id-${++ids}` },
      onChange: () => states.push(lock.state()),
      onWait: (sentence) => said.push(sentence),
    })
    const lock = await clock.until(taking, 250)
    t.after(() => lock.release())
    return { lock, states }
  }
  const lockFolder = `${path}.lock`
  return { folder, path, clock, take, lockFolder, said }
}

/** What a kill -9 leaves: a lock that nobody marks any more. */
async function leaveLock(path: string, atMs: number): Promise<void> {
  await mkdir(path)
  await utimes(path, atMs / 1000, atMs / 1000)
}

describe('The lock of a tokens file', () => {
  it('is held by one, refused to a second one by name, and free after its release', async (t) => {
    const { path, clock, take, folder, said } = await setup(t)
    const { lock } = await take(42)
    assert.ok(clock.elapsed() <= 250)
    assert.equal(lock.state(), 'held')
    await assert.rejects(take(43), {
      code: 'TOKENS_LOCKED',
      message: `${path} is held by another instance (pid 42 on pod-1)`,
      hint: /stop the other one, or give this one a tokens_file of its own/,
    })
    assert.ok(clock.elapsed() >= 7000 && clock.elapsed() < 10_000, `${clock.elapsed()} ms`)
    assert.deepEqual(said, [
      `${path} is held by another instance (pid 42 on pod-1): waiting a few seconds to see whether that one is alive.`,
    ])
    await lock.ensureHeld()
    await lock.release()
    assert.deepEqual(await readdir(folder), [])
    assert.equal((await take(43)).lock.state(), 'held')
  })
  it('says within a second why it waits', async (t) => {
    const { clock, take, said } = await setup(t)
    await take()
    const second = take(2)
    second.catch(() => undefined)
    await clock.advance(1000)
    assert.equal(said.length, 1)
    await assert.rejects(clock.until(second, 250), { code: 'TOKENS_LOCKED' })
  })

  const ages: readonly (readonly [string, ms: number])[] = [
    ['a moment ago', 100],
    ['an hour ago', 3_600_000],
    ['ten minutes ahead, as it looks after a power cut', -600_000],
    ['a year ahead', -YEAR_MS],
    ['in 1970', Date.now()],
  ]
  for (const [when, agoMs] of ages)
    it(`is taken over when its holder was killed, though a process has that pid; last mark: ${when}`, async (t) => {
      const { path, clock, take, lockFolder } = await setup(t)
      await writeFile(`${path}.holder`, JSON.stringify({ id: 'dead', pid: process.pid, host: 'x' }))
      await leaveLock(lockFolder, Date.now() - agoMs)
      const { lock } = await take(1)
      assert.equal(lock.state(), 'held')
      assert.ok(clock.elapsed() >= 7000 && clock.elapsed() <= 8000, `${clock.elapsed()} ms`)
      await lock.ensureHeld()
      assert.equal(JSON.parse(await readFile(`${path}.holder`, 'utf8')).id, 'id-1')
      const young = await take(2).catch((error: Error) => error.message)
      assert.match(String(young), /held by another instance \(pid 1 /, 'it is marked from now on')
    })
  for (const [title, wallMs] of [
    ['a year behind', -YEAR_MS],
    ['a year ahead', YEAR_MS],
  ] as const)
    it(`is not taken from a live holder by one whose clock is ${title}`, async (t) => {
      const { take } = await setup(t)
      const { lock, states } = await take(1)
      await assert.rejects(take(2, { wallMs }), { code: 'TOKENS_LOCKED' })
      await lock.ensureHeld()
      assert.deepEqual(states, [])
    })
  it('changes its mark even while the clock is set back', async (t) => {
    const { clock, lockFolder, path } = await setup(t)
    let wallMs = Date.now()
    const own: Clock = {
      now: () => wallMs,
      elapsed: () => clock.elapsed(),
      sleep: (ms) => clock.sleep(ms),
      within: (ms, task) => clock.within(ms, task),
      every: (ms, task) => clock.every(ms, task),
    }
    const quiet = { onChange: () => undefined, onWait: () => undefined }
    const who = { pid: 1, host: 'h', id: 'i' }
    const lock = await takeTokensLock({ path, clock: own, ...who, ...quiet })
    const evenSeconds = new Set<number>()
    for (let n = 0; n < 20; n++) {
      evenSeconds.add(Math.floor((await stat(lockFolder)).mtimeMs / 2000))
      wallMs -= [4000, 2000, 3_600_000, 0][n % 4] ?? 0
      await clock.advance(4000)
    }
    assert.equal(evenSeconds.size, 20)
    assert.equal(lock.state(), 'held')
    await lock.release()
  })
  it('is kept where the file system stores whole or even seconds, and is respected there', async (t) => {
    const { clock, take, lockFolder } = await setup(t)
    const { lock, states } = await take(1)
    const coarse = clock.every(500, () => {
      void stat(lockFolder).then(({ mtimeMs }) => {
        const seconds = Math.floor(mtimeMs / 2000) * 2
        return utimes(lockFolder, seconds, seconds)
      })
    })
    await clock.advance(60_000)
    await assert.rejects(take(2), { code: 'TOKENS_LOCKED' })
    await lock.ensureHeld()
    assert.deepEqual(states, [])
    coarse()
  })
  it('is respected while an older exporter marks it, every 3.5 s', async (t) => {
    const { clock, take, lockFolder } = await setup(t)
    await leaveLock(lockFolder, Date.now() - 3000)
    const older = clock.every(3500, () => {
      const seconds = Date.now() / 1000 + clock.elapsed() / 1000
      void utimes(lockFolder, seconds, seconds)
    })
    await assert.rejects(take(), { code: 'TOKENS_LOCKED', message: /held by another instance$/ })
    older()
  })
  it('looks alive to an older exporter: its mark is younger than seven seconds by the clock', async (t) => {
    const { clock, take, lockFolder } = await setup(t)
    await take()
    for (let n = 0; n < 40; n++) {
      await clock.advance(1000)
      const ageMs = clock.now() - (await stat(lockFolder)).mtimeMs
      assert.ok(ageMs < 5000, `${ageMs} ms`)
    }
  })
  it('is taken over from one that is killed while another waits, rather than given up', async (t) => {
    const { clock, take, lockFolder } = await setup(t)
    await leaveLock(lockFolder, Date.now())
    const taking = take()
    await clock.advance(3000)
    await utimes(lockFolder, 1000, 1000) // its last mark
    const { lock } = await clock.until(taking, 250)
    assert.equal(lock.state(), 'held')
    assert.ok(clock.elapsed() <= 11_500, `${clock.elapsed()} ms`)
  })
  it('goes to exactly one of many that take over at the same moment', async (t) => {
    for (let round = 0; round < 10; round++) {
      const { clock, take, lockFolder } = await setup(t)
      await leaveLock(lockFolder, Date.now())
      const all = [1, 2, 3, 4].map((pid) => take(pid).catch(() => undefined))
      const taken = await clock.until(Promise.all(all), 250)
      await clock.advance(10_000)
      const held = taken.filter((one) => one?.lock.state() === 'held')
      assert.equal(held.length, 1, `round ${round}`)
      assert.deepEqual(held[0]?.states, [], 'it was never lost')
    }
  })

  it('is noticed to be lost before anything is spent, and taken again when free', async (t) => {
    const { path, clock, take, lockFolder } = await setup(t)
    const { lock, states } = await take(1)
    await writeFile(`${path}.holder`, JSON.stringify({ id: 'other', pid: 7, host: 'pod-2' }))
    await assert.rejects(lock.ensureHeld(), { code: 'TOKENS_LOCKED', message: /pid 7 on pod-2/ })
    await assert.rejects(lock.ensureHeld(), { code: 'TOKENS_LOCKED' })
    assert.deepEqual(states, ['lost'])
    await lock.release()
    assert.ok(await stat(lockFolder), 'the lock of the other one is left alone')
    await rm(lockFolder, { recursive: true })
    await clock.until(lock.ensureHeld(), 250)
    assert.deepEqual(states, ['lost', 'held'])
  })
  it('is noticed to be lost within seconds by one that was frozen meanwhile', async (t) => {
    const { path, clock, take, lockFolder } = await setup(t)
    const { lock, states } = await take(1)
    await rm(lockFolder, { recursive: true })
    await leaveLock(lockFolder, Date.now())
    await writeFile(`${path}.holder`, JSON.stringify({ id: 'other', pid: 7, host: 'pod-2' }))
    await clock.advance(5000)
    assert.deepEqual(states, ['lost'])
    assert.equal(lock.state(), 'lost')
  })
  it('is kept when somebody touches it, and made again when somebody removes it', async (t) => {
    const { clock, take, lockFolder } = await setup(t)
    const { lock, states } = await take(1)
    await utimes(lockFolder, 1000, 1000)
    await clock.advance(5000)
    await rm(lockFolder, { recursive: true })
    await clock.advance(5000)
    assert.ok((await stat(lockFolder)).isDirectory())
    await lock.ensureHeld()
    assert.deepEqual(states, [])
  })
  it('is impossible while the folder is gone, and held again when it is back', async (t) => {
    const { clock, take, folder } = await setup(t)
    const { lock, states } = await take(1)
    await rename(folder, `${folder}-away`)
    await clock.advance(5000)
    assert.deepEqual(states, ['impossible'])
    await rename(`${folder}-away`, folder)
    await clock.until(lock.ensureHeld(), 250)
    assert.deepEqual(states, ['impossible', 'held'])
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
    const { folder, take } = await setup(t)
    const loop = join(folder, 'loop')
    await symlink('loop', loop) // even root gets no lock there
    const { lock } = await take(1, { at: join(loop, 'tokens.json') })
    assert.equal(lock.state(), 'impossible')
    assert.equal(
      lock.obstacle()?.hint,
      `Make ${loop} writable for this program, and start no second exporter meanwhile.`,
    )
  })
  const obstacles: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
    ['a file', (path) => writeFile(path, 'mine')],
    ['a folder with something in it', (path) => mkdir(join(path, 'mine'), { recursive: true })],
    [
      'a link to a folder',
      async (path) => {
        await mkdir(`${path}.real`)
        await symlink(`${path}.real`, path)
      },
    ],
  ]
  for (const [what, plant] of obstacles)
    it(`is impossible where ${what} has its name, which is left alone`, async (t) => {
      const { take, lockFolder } = await setup(t)
      await plant(lockFolder)
      const { lock } = await take()
      assert.equal(lock.state(), 'impossible')
      assert.equal(
        lock.obstacle()?.hint,
        `Remove ${lockFolder}, and start no second exporter meanwhile.`,
      )
      await lock.ensureHeld()
      await rm(lockFolder, { recursive: true })
      await lock.ensureHeld()
      assert.equal(lock.state(), 'held')
    })
  it('is one and the same through a link to the file', async (t) => {
    const { path, folder, take } = await setup(t)
    await writeFile(path, '')
    await symlink(path, join(folder, 'link.json'))
    await take()
    const viaLink = take(2, { at: join(folder, 'link.json') })
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
