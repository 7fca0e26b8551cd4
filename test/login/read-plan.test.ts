import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callsFor, planRead, type ReadNeeds } from '../../src/login/read-plan.ts'
import { createMonth } from '../../src/readings/month.ts'
import type { Posting } from '../../src/readings/posting.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const FROM_MS = Date.parse('2026-11-01T00:00:00Z')

/** One every hour since the first of the month. */
const hourly = (count: number, isPending: (n: number) => boolean = () => false): Posting[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `tx_${n}`,
    createdMs: FROM_MS + n * HOUR_MS,
    amountMinor: -100,
    outcome: isPending(n) ? 'pending' : 'settled',
    isInSpending: true,
    isPotMove: false,
    category: 'general',
  }))
const plan = ({
  postings = hourly(50),
  ...needs
}: Partial<ReadNeeds> & { readonly postings?: readonly Posting[] }) =>
  planRead({
    ...{ month: createMonth(FROM_MS, postings), nowMs: FROM_MS + 30 * 24 * HOUR_MS },
    ...{ isWholeDue: false, credit: 2, ...needs },
  })

it('knows that a full page may not be the last', () => {
  assert.deepEqual([0, 1, 99, 100, 199, 200].map(callsFor), [1, 1, 1, 2, 2, 3])
})
it('reads all of an account in which nothing has happened: that is one call', () => {
  assert.equal(plan({ postings: [] }).isWhole, true)
})

describe('In between it', () => {
  it('reads what is new even if one is dated far ahead, or a whole page of them is', () => {
    const nowMs = FROM_MS + 100 * HOUR_MS
    const [one] = hourly(1)
    assert.ok(one)
    const ahead = (count: number) =>
      Array.from({ length: count }, (_, n) => ({
        ...one,
        ...{ id: `tx_9999_${n}`, createdMs: Date.parse('9999-12-31T23:59:59Z') },
      }))
    for (const count of [1, 95, 250]) {
      const { sinceMs } = plan({ postings: [...hourly(50), ...ahead(count)], nowMs })
      assert.ok(sinceMs <= nowMs - 10 * MINUTE_MS, `${count}`)
    }
  })
  it('reads what is new, and a little before it, since transactions may come late', () => {
    const { sinceMs, isWhole, calls } = plan({})
    assert.equal(sinceMs, FROM_MS + 49 * HOUR_MS - 10 * MINUTE_MS)
    assert.deepEqual([isWhole, calls], [false, 1])
  })
  it('reads from the oldest pending one on', () => {
    const { sinceMs } = plan({ postings: hourly(50, (n) => n === 30 || n === 40) })
    assert.equal(sinceMs, FROM_MS + 30 * HOUR_MS - 1)
  })
  it('does not wait for card checks to settle', () => {
    const postings = hourly(50, (n) => n === 30).map((one) => ({ ...one, amountMinor: 0 }))
    assert.ok(plan({ postings }).sinceMs > FROM_MS + 48 * HOUR_MS)
  })
  it('does not go back behind the first moment that counts', () => {
    const { sinceMs } = plan({ postings: hourly(1) })
    assert.equal(sinceMs, FROM_MS - 1)
  })
  const old = hourly(300, (n) => n === 10)
  it('follows a pending one over several pages when it may', () => {
    assert.deepEqual(plan({ postings: old, credit: 3 }), {
      sinceMs: FROM_MS + 10 * HOUR_MS - 1,
      isWhole: false,
      calls: 3,
    })
  })
  it('reads the newest page, with room for new ones, when it may not', () => {
    assert.deepEqual(plan({ postings: old, credit: 2 }), {
      sinceMs: FROM_MS + 209 * HOUR_MS,
      isWhole: false,
      calls: 1,
    })
  })
})

describe('When all of it is due, it', () => {
  it('is read as soon as there is credit for its pages', () => {
    const postings = hourly(300)
    assert.equal(plan({ postings, isWholeDue: true, credit: 4 }).isWhole, true)
    assert.equal(plan({ postings, isWholeDue: true, credit: 3 }).isWhole, false)
  })
  it('is saved for: no credit goes into pending ones then', () => {
    const postings = hourly(300, (n) => n === 10)
    assert.equal(plan({ postings, isWholeDue: true, credit: 3 }).calls, 1)
  })
})
