import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../e2e/harness.ts'
import type { Child } from './child.ts'
import { startExporter } from './exporter.ts'
import { createPatient } from './kills.ts'
import { oddClock, oddDisk } from './odd.ts'

async function setup(t: TestContext) {
  const patient = await createPatient(t, 'sam@example.com')
  await patient.logIn()
  return patient
}
const { errno: errnos } = constants
const YEAR_S = 365 * 86_400

describe('A clock that is set', { concurrency: true }, () => {
  for (const [title, seconds] of [
    ['ten minutes behind', -600],
    ['an hour behind', -3600],
    ['a year behind', -YEAR_S],
    ['ten minutes ahead', 600],
  ] as const)
    it(`does not keep the lock of a killed exporter alive: ${title} at the next start`, async (t) => {
      const patient = await setup(t)
      const clock = oddClock(t, patient.folder)
      if (!clock) return
      const first = await startExporter(t, patient, clock)
      await first.says('Serving')
      await first.kill()
      clock.set(seconds)
      const startedMs = performance.now()
      const second = await startExporter(t, patient, clock)
      await second.says('Serving')
      assert.match(second.output(), /Serving/)
      assert.ok(performance.now() - startedMs < 10_000, `${performance.now() - startedMs} ms`)
      await eventually(async () => assert.equal(await second.value('monzo_tokens_persisted'), 1))
    })
  it('does not cost a running exporter its lock, whichever way it is set, again and again', async (t) => {
    const patient = await setup(t)
    const clock = oddClock(t, patient.folder)
    if (!clock) return
    const first = await startExporter(t, patient, clock)
    await first.says('Serving')
    const second = await startExporter(t, patient)
    for (const seconds of [-600, 3600, -YEAR_S, YEAR_S, 0]) {
      clock.set(seconds)
      await sleep(2000)
    }
    assert.equal(await second.ended, 75)
    assert.equal(await first.value('monzo_tokens_persisted'), 1)
    assert.doesNotMatch(first.output(), /took over/)
  })
})

describe('A file system that keeps times in', { concurrency: true }, () => {
  for (const SHIM_COARSE of ['1', '2'])
    it(`steps of ${SHIM_COARSE} s: an exporter alone keeps its lock, and a second one is refused`, async (t) => {
      const env = oddDisk(t, { SHIM_COARSE })
      if (!env) return
      const patient = await setup(t)
      const first = await startExporter(t, patient, { env })
      await first.says('Serving')
      await sleep(10_000) // some marks
      const second = await startExporter(t, patient, { env })
      assert.equal(await second.ended, 75)
      assert.match(second.output(), /is held by another instance \(pid \d+ on /)
      assert.equal(await first.value('monzo_tokens_persisted'), 1)
      assert.doesNotMatch(first.output(), /took over/)
      await first.kill()
      const third = await startExporter(t, patient, { env })
      await third.says('Serving')
      assert.match(third.output(), /Serving/)
    })
})

describe('Of several exporters that start at the same moment', { concurrency: true }, () => {
  for (const round of [1, 2, 3])
    it(`after a kill -9, one takes over and the others exit with 75 (round ${round})`, async (t) => {
      const patient = await setup(t)
      const first = await startExporter(t, patient)
      await first.says('Serving')
      await first.kill()
      const all = await Promise.all([1, 2, 3].map(() => startExporter(t, patient)))
      const refused = new Set<Child>()
      for (const one of all) void one.ended.then(() => refused.add(one))
      await eventually(() => assert.equal(refused.size, 2))
      for (const one of refused) assert.equal(await one.ended, 75, one.output())
      const holder = all.find((one) => !refused.has(one))
      assert.match(holder?.output() ?? '', /Serving/)
      assert.equal(await holder?.value('monzo_tokens_persisted'), 1)
      assert.doesNotMatch(holder?.output() ?? '', /took over/)
    })
})

describe('A folder that can not be synced', { concurrency: true }, () => {
  for (const name of ['EPERM', 'EBADF', 'ENOSYS', 'EACCES', 'EINVAL', 'ENOTSUP'] as const)
    it(`(${name}) is no reason to withhold a refresh`, async (t) => {
      const seen = await refreshThrough(t, errnos[name])
      if (!seen) return
      assert.match(seen.output, /^refreshed saved$/m)
      assert.equal(seen.exchanges, 1)
    })
  it('because of an error of the disk (EIO) is one, and the hint is about the disk', async (t) => {
    const seen = await refreshThrough(t, errnos.EIO)
    if (!seen) return
    assert.match(
      seen.output,
      /reports an error \(EIO\)\. Check the disk of \S+, which may be failing/,
    )
    assert.equal(seen.exchanges, 0)
  })
})

/** Refreshes once where the sync of a folder fails so. */
async function refreshThrough(t: TestContext, number: number) {
  const env = oddDisk(t, { SHIM_FSYNCDIR: String(number) })
  if (!env) return undefined
  const patient = await setup(t)
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const keeper = await patient.startKeeper(1, ['env', ...variables])
  await keeper.says('done')
  await keeper.kill()
  return { output: keeper.output(), exchanges: patient.wire.exchanges.length }
}
