import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { gapsIn, isKnown, type KnownTime, withKnown } from '../../src/history/known-time.ts'

const span = (startMs: number, endMs: number) => ({ startMs, endMs })
const spansOf = (known: KnownTime) => known.map(({ startMs, endMs }) => [startMs, endMs])

describe('Known time', () => {
  const cases: [title: string, given: [number, number][], known: number[][], gaps: number[][]][] = [
    ['is nothing at first', [], [], [[0, 10]]],
    [
      'joins spans that touch',
      [
        [2, 4],
        [4, 6],
      ],
      [[2, 6]],
      [
        [0, 2],
        [6, 10],
      ],
    ],
    [
      'keeps apart what does not',
      [
        [5, 6],
        [2, 4],
      ],
      [
        [2, 4],
        [5, 6],
      ],
      [
        [0, 2],
        [4, 5],
        [6, 10],
      ],
    ],
    [
      'closes a gap',
      [
        [0, 3],
        [6, 9],
        [2, 7],
      ],
      [[0, 9]],
      [[9, 10]],
    ],
    ['has no gap when all is known', [[-5, 20]], [[-5, 20]], []],
    [
      'ignores a span without length',
      [
        [3, 3],
        [5, 4],
      ],
      [],
      [[0, 10]],
    ],
  ]
  for (const [title, given, expected, gaps] of cases)
    it(title, () => {
      const known = given.reduce<KnownTime>((all, [from, to]) => withKnown(all, span(from, to)), [])
      assert.deepEqual(spansOf(known), expected)
      assert.deepEqual(spansOf(gapsIn(known, span(0, 10))), gaps)
    })

  it('knows a moment exactly when a span had it, and its gaps are all the others', () => {
    const moment = fc.integer({ min: 0, max: 20 })
    fc.assert(
      fc.property(fc.array(fc.tuple(moment, moment)), (pairs) => {
        const known = pairs.reduce<KnownTime>((all, [a, b]) => withKnown(all, span(a, b)), [])
        const gaps = gapsIn(known, span(0, 20))
        for (let at = 0; at < 20; at++) {
          const isGiven = pairs.some(([from, to]) => from <= at && at < to)
          assert.equal(isKnown(known, span(at, at + 1)), isGiven)
          assert.equal(isKnown(gaps, span(at, at + 1)), !isGiven)
        }
      }),
    )
  })
})
