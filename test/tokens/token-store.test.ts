import assert from 'node:assert/strict'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import type { StoredLogin } from '../../src/tokens/schemas.ts'
import { renderTokens } from '../../src/tokens/token-file.ts'
import { createTokenStore } from '../../src/tokens/token-store.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { createFakeLog } from '../fakes/log.ts'
import { quietDisk } from '../fakes/quiet-disk.ts'
import { createFolder } from '../fakes/world.ts'

const HOUR_MS = 3_600_000
const login = (n: number, user = 'user_1'): StoredLogin => ({
  user_id: user,
  access_token: `a${n}`,
  refresh_token: `r${n}`,
  expires_at: `2026-11-22T1${n}:00:00.000Z`,
})

async function setup(t: TestContext, before?: string) {
  const folder = await createFolder(t)
  const path = join(folder, 'data', 'tokens.json')
  await mkdir(join(folder, 'data'))
  if (before !== undefined) await writeFile(path, before, { mode: 0o600 })
  const clock = new DrivenClock()
  clock.idle = quietDisk
  const log = createFakeLog()
  const lock = { isHeld: true, checks: 0, answer: Promise.resolve() }
  const merges: string[] = []
  const create = () =>
    createTokenStore({
      path,
      clock,
      random: () => 0.5,
      log,
      lock: {
        state: () => (lock.isHeld ? 'held' : 'lost'),
        async ensureHeld() {
          lock.checks++
          await lock.answer
          if (!lock.isHeld)
            throw new AppError('TOKENS_LOCKED', 'held by another', { hint: 'Stop.' })
        },
      },
      onChange: () => undefined,
    })
  const load = async (store: ReturnType<typeof create>) =>
    store.load((base, theirs) => {
      merges.push(`${names(base)} became ${names(theirs)}`)
      return theirs
    })
  const store = create()
  const onDisk = async () => names(JSON.parse(await readFile(path, 'utf8')).logins)
  /** The folder is gone, and comes back as it was. */
  const unplug = async () => {
    await rename(join(folder, 'data'), join(folder, 'elsewhere'))
    return () => rename(join(folder, 'elsewhere'), join(folder, 'data'))
  }
  return { folder, path, clock, log, lock, merges, create, load, store, onDisk, unplug }
}
const names = (logins: readonly StoredLogin[]) => logins.map((one) => one.access_token).join('+')

describe('The token store', () => {
  it('keeps in memory what the disk does not take, says so once, and saves it when it can', async (t) => {
    const { store, load, unplug, clock, log, onDisk } = await setup(t, renderTokens([login(1)]))
    await load(store)
    const plugIn = await unplug()
    await store.save([login(2)])
    assert.equal(store.isPersisted(), false)
    await clock.advance(30 * 60_000)
    assert.equal(log.lines.length, 1)
    assert.match(
      log.lines[0] ?? '',
      /^error: New tokens are only in memory: .* \(ENOENT\)\. Make the folder .*, which does not exist;/,
    )
    await clock.advance(HOUR_MS)
    assert.equal(log.lines.length, 2)
    await plugIn()
    await clock.advance(60_000)
    assert.equal(await onDisk(), 'a2')
    assert.equal(store.isPersisted(), true)
    assert.match(log.lines.at(-1) ?? '', /^info: The tokens file holds the newest tokens again/)
    assert.equal(clock.waiting, 0)
  })
  it('lets a refresh go ahead once the file lags behind and protects nothing', async (t) => {
    const { store, load, unplug } = await setup(t, renderTokens([login(1)]))
    await load(store)
    await unplug()
    await assert.rejects(store.prepare(), { code: 'TOKENS_UNWRITABLE' })
    await store.save([login(2)])
    await store.prepare()
  })
  it('waits no longer than a poll may for a disk that does not answer, and says so', async (t) => {
    const { store, load, lock, clock, log, onDisk } = await setup(t, renderTokens([login(1)]))
    await load(store)
    let answer = () => {}
    lock.answer = new Promise((resolve) => {
      answer = resolve
    })
    const refused = assert.rejects(store.prepare(), {
      code: 'TOKENS_UNWRITABLE',
      message: /^The disk of .*tokens\.json does not answer$/,
    })
    await clock.advance(14_000)
    assert.deepEqual(store.warnings, [])
    await clock.advance(2000)
    await refused
    assert.match(store.warnings.join(), /^The disk of the tokens file does not answer: no login/)
    for (let times = 0; times < 3; times++) await Promise.all([store.look(), clock.advance(16_000)])
    const saved = store.save([login(2)])
    await clock.advance(16_000)
    await saved
    assert.equal(store.isPersisted(), false)
    const said = log.lines.filter((line) => line.includes('does not answer'))
    assert.match(
      said[0] ?? '',
      /^error: The disk of .*: no login can be refreshed until it answers/,
    )
    assert.match(said[1] ?? '', /^error: New tokens are only in memory: The disk of/)
    assert.equal(said.length, 2)
    answer()
    await clock.advance(60_000)
    await store.look()
    assert.equal(await onDisk(), 'a2')
    assert.equal(store.isPersisted(), true)
    assert.deepEqual(store.warnings, [])
    assert.match(log.lines.join('\n'), /info: The disk of .*tokens\.json answers again\./)
    await store.stop()
  })
  it('tries a few more times when it is stopped, and ends all the same', async (t) => {
    const { store, load, unplug, clock, onDisk, log } = await setup(t)
    await load(store)
    const plugIn = await unplug()
    await store.save([login(1)])
    const stopped = store.stop()
    await clock.advance(1000)
    await plugIn()
    await clock.until(stopped)
    assert.equal(await onDisk(), 'a1')

    await unplug()
    const before = clock.elapsed()
    await store.save([login(2)])
    await clock.until(store.stop())
    assert.ok(clock.elapsed() - before <= 10_000)
    assert.match(log.lines.at(-1) ?? '', /^error: Stopping without having saved the newest tokens/)
  })
  it('spends and writes nothing while another instance holds the lock, and says so', async (t) => {
    const { store, load, lock, onDisk, clock, log } = await setup(t, renderTokens([login(1)]))
    await load(store)
    lock.isHeld = false
    assert.equal(store.isPersisted(), false)
    await assert.rejects(store.prepare(), { code: 'TOKENS_LOCKED' })
    await store.save([login(2)])
    await clock.advance(60_000)
    assert.equal(await onDisk(), 'a1')
    assert.match(log.lines.join(), /only in memory: held by another\. Stop\./)
    lock.isHeld = true
    await clock.advance(60_000)
    assert.equal(await onDisk(), 'a2')
  })
})

describe('What somebody else writes into the tokens file', () => {
  it('is noticed and used, whoever asks first: a look, a refresh, or a save', async (t) => {
    const { store, load, path, merges, onDisk } = await setup(t, renderTokens([login(1)]))
    await load(store)
    await store.look()
    assert.deepEqual(merges, [])
    await writeFile(path, renderTokens([login(2)]))
    await store.look()
    await store.look()
    await writeFile(path, `${renderTokens([login(2), login(3, 'user_2')])}\n`)
    await store.prepare()
    await writeFile(path, renderTokens([login(4)]))
    await store.save([login(5), login(3, 'user_2')])
    assert.deepEqual(merges, ['a1 became a2', 'a2 became a2+a3', 'a2+a3 became a4'])
    assert.equal(await onDisk(), 'a4')
    assert.equal(store.isPersisted(), true)
  })
  for (const [what, text] of [
    ['empty', ''],
    ['damaged', '{"version":1,"logi'],
    ['of a newer version', '{"version":2}'],
    ['of another program', '{"name":"package"}'],
  ] as const)
    it(`is never written over when it is ${what}, until a person mends or removes it`, async (t) => {
      const { store, load, path, log, clock, onDisk } = await setup(t, renderTokens([login(1)]))
      await load(store)
      await writeFile(path, text)
      await store.look()
      assert.equal(store.isPersisted(), false)
      await store.save([login(2)])
      await clock.advance(5 * 60_000)
      assert.equal(await readFile(path, 'utf8'), text)
      assert.equal(log.lines.length, 1)
      assert.match(log.lines[0] ?? '', /^error: New tokens are only in memory: .*tokens\.json/)
      await store.prepare() // the file protects nothing: refreshes go ahead
      await rm(path)
      await clock.advance(61_000)
      assert.equal(await onDisk(), 'a2')
      assert.equal(store.isPersisted(), true)
    })
  it('is taken away from others who may read it, at the start and later, and that is said', async (t) => {
    const { store, load, path, log } = await setup(t, renderTokens([login(1)]))
    await chmod(path, 0o644)
    await load(store)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await rm(path)
    await writeFile(path, renderTokens([login(2)]), { mode: 0o604 })
    await store.look()
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const said = log.lines.filter((line) => line.startsWith('warn: Other users'))
    assert.deepEqual(
      said.map((line) => /\(its mode was .*\)/.exec(line)?.[0]),
      ['(its mode was 0644, and is 0600 now)', '(its mode was 0604, and is 0600 now)'],
    )
  })
  it('is written again when it was removed', async (t) => {
    const { store, load, path, onDisk, clock } = await setup(t, renderTokens([login(1)]))
    await load(store)
    await rm(path)
    await store.look()
    assert.equal(store.isPersisted(), false)
    await clock.advance(1000)
    assert.equal(await onDisk(), 'a1')
  })
})

describe('After a kill -9', () => {
  it('tokens that were on disk, but not yet in place, are recovered', async (t) => {
    const { store, load, path, onDisk, log } = await setup(t, renderTokens([login(1)]))
    await writeFile(`${path}.1`, renderTokens([login(2)]), { mode: 0o600 })
    assert.equal(names(await load(store)), 'a2')
    assert.equal(await onDisk(), 'a2')
    assert.deepEqual(await readdir(join(path, '..')), ['tokens.json'])
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.match(log.lines[0] ?? '', /^warn: The last run was cut off .* recovered/)
  })
  it('also those of a first login', async (t) => {
    const { store, load, path, onDisk } = await setup(t)
    await writeFile(`${path}.1`, renderTokens([login(1)]))
    assert.equal(names(await load(store)), 'a1')
    assert.equal(await onDisk(), 'a1')
  })
  for (const [what, text, ageMs] of [
    ['half written', renderTokens([login(2)]).slice(0, -20), 0],
    ['a proof that there is room', ' '.repeat(1000), 0],
    ['older than the file', renderTokens([login(2)]), HOUR_MS],
  ] as const)
    it(`a temporary file that is ${what} is only removed`, async (t) => {
      const { store, load, path, onDisk } = await setup(t, renderTokens([login(1)]))
      await writeFile(`${path}.7`, text)
      const seconds = (Date.now() - ageMs) / 1000
      await utimes(`${path}.7`, seconds, seconds)
      assert.equal(names(await load(store)), 'a1')
      assert.equal(await onDisk(), 'a1')
      assert.deepEqual(await readdir(join(path, '..')), ['tokens.json'])
    })
  it('nothing is touched while the file is damaged: a person may need it', async (t) => {
    const { store, load, path } = await setup(t, '{')
    await writeFile(`${path}.1`, renderTokens([login(2)]))
    await assert.rejects(load(store), { code: 'TOKENS_DAMAGED' })
    assert.deepEqual((await readdir(join(path, '..'))).sort(), ['tokens.json', 'tokens.json.1'])
  })
})

describe('A thousand logins that refresh at once', () => {
  it('prove together that their tokens could be saved', async (t) => {
    const { load, store, lock } = await setup(t, renderTokens([login(1)]))
    await load(store)
    const before = lock.checks
    await Promise.all(Array.from({ length: 1000 }, () => store.prepare()))
    assert.ok(lock.checks - before <= 2, `${lock.checks - before} times`)
  })
  it('are all refused when they could not be', async (t) => {
    const { load, store, unplug } = await setup(t, renderTokens([login(1)]))
    await load(store)
    await unplug()
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => store.prepare()))
    assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']))
  })
  it('are saved together, and each before it goes on', async (t) => {
    const { load, store, lock, path } = await setup(t, renderTokens([]))
    await load(store)
    const before = lock.checks
    const logins: StoredLogin[] = []
    await Promise.all(
      Array.from({ length: 1000 }, async (_, n) => {
        await new Promise((resolve) => setImmediate(resolve)) // some while others are being written
        logins.push({ ...login(1, `user_${n}`), access_token: `a${n}`, refresh_token: `r${n}` })
        await store.save([...logins])
        if (n % 100 === 0) assert.match(await readFile(path, 'utf8'), new RegExp(`"a${n}"`))
      }),
    )
    assert.equal(JSON.parse(await readFile(path, 'utf8')).logins.length, 1000)
    assert.ok(lock.checks - before < 20, `${lock.checks - before} times`)
  })
  it('still prove it when the tokens of one are about to be saved', async (t) => {
    const { load, store, path } = await setup(t, renderTokens([login(1)]))
    await load(store)
    await rm(join(path, '..'), { recursive: true })
    const preparing = store.prepare()
    const saving = store.save([login(2)]) // its turn comes after the other's
    await assert.rejects(preparing, { code: 'TOKENS_UNWRITABLE' })
    await saving
  })
})
