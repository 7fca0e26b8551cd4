import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { parseDurationMs } from '../../src/config/kinds.ts'

const durations: readonly (readonly [text: string, ms: number | undefined])[] = [
  ['15s', 15_000],
  ['5m', 300_000],
  ['5ms', 5],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['0s', 0],
  ['', undefined],
  ['15', undefined],
  ['1.5h', undefined],
  ['30m1h', undefined],
  ['5 m', undefined],
  ['-5m', undefined],
]
for (const [text, ms] of durations) {
  it(`reads "${text}" as ${ms} ms`, () => assert.equal(parseDurationMs(text), ms))
}
it('adds up the parts of every duration', () => {
  const parts = fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 99 }), fc.nat({ max: 99 }))
  fc.assert(
    fc.property(parts, ([hours, minutes, seconds]) => {
      const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000
      assert.equal(parseDurationMs(`${hours}h${minutes}m${seconds}s`), ms)
    }),
  )
})
it('never reads other text as a duration', () => {
  fc.assert(fc.property(fc.string(), (text) => parseDurationMs(`${text}!`) === undefined))
})
