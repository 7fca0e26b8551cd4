import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { firstTurnsMs, slotMs } from '../../src/login/spread.ts'

const SECOND_MS = 1000

it('polls a login that is alone at once', () => {
  assert.deepEqual(firstTurnsMs(0, 1, 15_000), [0])
})
it('polls a few soon, one after the other, and then in turns of their own', () => {
  const turns = [0, 1, 2].map((index) => firstTurnsMs(index, 3, 15_000))
  assert.deepEqual(turns, [[0], [100, 5000], [200, 10_000]])
})
it('spreads a thousand evenly from the first second on', () => {
  const perSecond = new Array<number>(15).fill(0)
  for (let index = 0; index < 1000; index++) {
    const [firstMs = 0, ...more] = firstTurnsMs(index, 1000, 15_000)
    assert.deepEqual(more, [])
    const second = Math.floor(firstMs / SECOND_MS)
    perSecond[second] = (perSecond[second] ?? 0) + 1
  }
  assert.ok(Math.max(...perSecond) - Math.min(...perSecond) <= 1, String(perSecond))
})
it('lets no login wait longer than the interval, and ends in its own slot', () => {
  const some = fc.tuple(fc.nat(5000), fc.integer({ min: 1, max: 5000 }), fc.nat(3_600_000))
  fc.assert(
    fc.property(some, ([index, more, extraMs]) => {
      const count = index + more
      const intervalMs = 5000 + extraMs
      const turns = firstTurnsMs(index, count, intervalMs)
      assert.equal(turns.at(-1), slotMs(index, count, intervalMs))
      assert.ok(turns.every((ms) => ms >= 0 && ms < intervalMs))
      assert.deepEqual(
        turns,
        turns.toSorted((a, b) => a - b),
      )
    }),
  )
})
