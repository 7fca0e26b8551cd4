import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { createGate } from '../../src/monzo/gate.ts'
import { FakeClock } from '../fakes/clock.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'

const never = new AbortController().signal

it('lets at most 60 pass in any minute, whatever is asked and paused in between', async () => {
  const asks = fc.array(
    fc.record({
      waitMs: fc.nat(20_000),
      calls: fc.nat(80),
      pauseMs: fc.option(fc.nat(90_000), { nil: 0 }),
    }),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(asks, async (plan) => {
      const clock = new FakeClock()
      const gate = createGate(clock)
      const passedMs: number[] = []
      for (const { waitMs, calls, pauseMs } of plan) {
        await clock.sleep(waitMs)
        gate.pauseFor(pauseMs)
        for (let call = 0; call < calls; call++)
          await gate.pass(never).then(
            () => passedMs.push(clock.elapsed()),
            (error: Error) => assert.match(error.message, /stay away for another \d+ s/),
          )
      }
      for (const [n, atMs] of passedMs.entries()) {
        const sixtieth = passedMs[n + 60]
        assert.ok(sixtieth === undefined || sixtieth - atMs > 60_000)
      }
    }),
    { numRuns: 50 },
  )
})
it('lets 240 pass in a minute while it is in a hurry, and 60 again after that', async () => {
  const clock = new FakeClock()
  const gate = createGate(clock)
  gate.hurryFor(300_000)
  const passedMs: number[] = []
  while (clock.elapsed() < 600_000) {
    await gate.pass(never)
    passedMs.push(clock.elapsed())
    await clock.sleep(10)
  }
  const inMinuteFrom = (startMs: number) =>
    passedMs.filter((atMs) => atMs >= startMs && atMs < startMs + 60_000).length
  for (const [n, atMs] of passedMs.entries()) {
    const overMost = passedMs[n + 240]
    assert.ok(overMost === undefined || overMost - atMs > 60_000)
    if (atMs > 300_000) assert.ok(inMinuteFrom(atMs) <= 60)
  }
  assert.equal(inMinuteFrom(0), 240)
  assert.equal(inMinuteFrom(400_000), 60)
})
it('obeys a pause in a hurry, too, and leaves polls some calls of every minute', async () => {
  const clock = new FakeClock()
  const gate = createGate(clock)
  gate.hurryFor(300_000)
  for (let call = 0; call < 219; call++) await gate.pass(never)
  assert.equal(gate.isShort(), false)
  await gate.pass(never)
  assert.equal(gate.isShort(), true)
  assert.equal(gate.msUntilRoom(20), 0)
  gate.pauseFor(40_000)
  await gate.pass(never)
  assert.equal(clock.elapsed(), 40_000)
})
it('holds back those who stand in line when a pause begins', async () => {
  const clock = new DrivenClock()
  const gate = createGate(clock)
  for (let call = 0; call < 60; call++) await gate.pass(never)
  let hasPassed = false
  const waiting = gate.pass(never).then(() => {
    hasPassed = true
  })
  await clock.advance(30_000)
  gate.pauseFor(55_000)
  await clock.advance(54_000)
  assert.equal(hasPassed, false)
  await clock.until(waiting)
  assert.equal(clock.elapsed(), 85_000)
})
it('is left by who gives up, and then serves the next', async () => {
  const clock = new DrivenClock()
  const gate = createGate(clock)
  for (let call = 0; call < 60; call++) await gate.pass(never)
  const impatient = new AbortController()
  const first = gate.pass(impatient.signal)
  const second = gate.pass(never)
  impatient.abort(new Error('enough'))
  await assert.rejects(first, /enough/)
  await clock.until(second)
  assert.equal(clock.waiting, 0)
})
it('is short of calls when forty were made within a minute, and while Monzo wants a pause', async () => {
  const clock = new DrivenClock()
  const gate = createGate(clock)
  for (let call = 0; call < 39; call++) await gate.pass(never)
  assert.equal(gate.isShort(), false)
  await gate.pass(never)
  assert.equal(gate.isShort(), true)
  await clock.advance(61_000)
  assert.equal(gate.isShort(), false)
  gate.pauseFor(1000)
  assert.equal(gate.isShort(), true)
})
it('tells when there will be room for some calls: as soon as the oldest are a minute old', async () => {
  const clock = new DrivenClock()
  const gate = createGate(clock)
  assert.equal(gate.msUntilRoom(60), 0)
  for (let call = 0; call < 58; call++) {
    await gate.pass(never)
    await clock.advance(100)
  }
  assert.equal(gate.msUntilRoom(2), 0)
  assert.equal(gate.msUntilRoom(3), 61_000 - 5800)
  assert.equal(gate.msUntilRoom(4), 61_000 - 5700)
  await clock.advance(61_000 - 5700)
  assert.equal(gate.msUntilRoom(4), 0)
  gate.pauseFor(1000)
  assert.equal(gate.msUntilRoom(1), 1000)
})
