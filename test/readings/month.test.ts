import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  countSince,
  createMonth,
  type Month,
  startingAt,
  withRead,
} from '../../src/readings/month.ts'
import type { Posting } from '../../src/readings/posting.ts'

const posting = (n: number, more: Partial<Posting> = {}): Posting => ({
  ...{ id: `tx_${n}`, createdMs: n * 1000, amountMinor: -100, outcome: 'settled' },
  ...{ isInSpending: true, isPotMove: false, category: 'general' },
  ...more,
})
const ids = ({ postings }: Month) => postings.map(({ id }) => id)
const month = createMonth(0, [posting(3), posting(1), posting(2)])

it('keeps postings in the order of time', () => {
  assert.deepEqual(ids(month), ['tx_1', 'tx_2', 'tx_3'])
})
it('is the very same month when a reading has no news', () => {
  assert.equal(withRead(month, 1000, [posting(3), posting(2)]), month)
  assert.equal(withRead(month, 3000, []), month)
})
const news: [what: string, read: Posting[], ids: string[]][] = [
  ['a new one', [posting(2), posting(3), posting(4)], ['tx_1', 'tx_2', 'tx_3', 'tx_4']],
  ['one that vanished', [posting(3)], ['tx_1', 'tx_3']],
  ['another amount', [posting(2, { amountMinor: -5 }), posting(3)], ['tx_1', 'tx_2', 'tx_3']],
  ['another outcome', [posting(2, { outcome: 'pending' }), posting(3)], ['tx_1', 'tx_2', 'tx_3']],
  ['another category', [posting(2, { category: 'x' }), posting(3)], ['tx_1', 'tx_2', 'tx_3']],
  ['a split', [posting(2, { split: [['x', -100]] }), posting(3)], ['tx_1', 'tx_2', 'tx_3']],
  ['a description', [posting(2, { description: 'x' }), posting(3)], ['tx_1', 'tx_2', 'tx_3']],
  [
    'one out of spending',
    [posting(2, { isInSpending: false }), posting(3)],
    ['tx_1', 'tx_2', 'tx_3'],
  ],
  ['a pot move', [posting(2, { isPotMove: true }), posting(3)], ['tx_1', 'tx_2', 'tx_3']],
]
for (const [what, read, expected] of news)
  it(`is another month after ${what}, with what was read`, () => {
    const now = withRead(month, 1000, read)
    assert.notEqual(now, month)
    assert.notEqual(now.spendingAt, month.spendingAt)
    assert.deepEqual(ids(now), expected)
    assert.deepEqual(now.postings.slice(1), read)
  })
it('knows since when something may still change: card checks and refused payments do not', () => {
  assert.equal(month.pendingSinceMs, Number.POSITIVE_INFINITY)
  const pending = { outcome: 'pending' } as const
  const rows = [posting(1, { ...pending, amountMinor: 0 }), posting(2, { outcome: 'declined' })]
  assert.equal(
    createMonth(0, [...rows, posting(5, pending), posting(9, pending)]).pendingSinceMs,
    5000,
  )
})
it('forgets what is older, but for when the newest of it was made', () => {
  const later = startingAt(month, 2500)
  assert.deepEqual([ids(later), later.fromMs, later.olderNewestMs], [['tx_3'], 2500, 2000])
  assert.equal(startingAt(later, 2500), later)
  assert.equal(startingAt(later, 9000).olderNewestMs, 3000)
})
it('counts those made since a moment, and ends as a list that was filtered would', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 50 })),
      fc.uniqueArray(fc.integer({ min: 0, max: 50 })),
      fc.integer({ min: -1, max: 51 }),
      (before, after, since) => {
        const known = createMonth(
          0,
          before.map((n) => posting(n)),
        )
        const read = after.filter((n) => n > since)
        const now = withRead(
          known,
          since * 1000,
          read.map((n) => posting(n)),
        )
        const expected = [...before.filter((n) => n <= since), ...read].sort((a, b) => a - b)
        assert.deepEqual(
          ids(now),
          expected.map((n) => `tx_${n}`),
        )
        assert.equal(countSince(now, since * 1000), read.length)
      },
    ),
  ))
