import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { daysOf } from '../../src/history/days.ts'
import { Ledger } from '../../src/history/ledger.ts'
import type { LedgerLine } from '../../src/history/ledger-lines.ts'
import { pastOf } from '../../src/history/past.ts'
import { daySpan, londonDay, monthSpan, spendingPeriods } from '../../src/lib/london.ts'
import type { Posting } from '../../src/readings/posting.ts'
import { sumSpending } from '../../src/readings/spending.ts'
import { anyPosting, kept, known, ms, opening, posting } from './postings.ts'

const CREATED = '2024-02-10T12:00:00Z'
const NOW = '2026-11-22T10:00:00Z'

function ledgerOf(...lines: readonly LedgerLine[]): Ledger {
  const ledger = new Ledger({ accountId: 'acc_1', createdMs: ms(CREATED) })
  for (const line of lines) ledger.apply(line)
  return ledger
}
const at = (iso: string, told: Partial<Posting> = {}) =>
  kept(posting({ createdMs: ms(iso), ...told }))
const monthOf = (ledger: Ledger, name: string, now = NOW) =>
  pastOf(ledger, ms(now)).months.find(({ month }) => month === name)

const SPAN = [CREATED, NOW] as const
const postings = fc.array(anyPosting(...SPAN), { maxLength: 60 })
const present = fc.integer({ min: -1_000_000, max: 1_000_000 })

/** All of it is known, and the balance now. */
function knownLedger(list: readonly Posting[], balanceMinor: number): Ledger {
  const moved = list.reduce(
    (sum, one) => sum + (one.outcome === 'declined' ? 0 : one.amountMinor),
    0,
  )
  return ledgerOf(
    ...list.map((one) => kept(one)),
    known(...SPAN),
    opening(balanceMinor - moved, CREATED),
  )
}

describe('Walking back', () => {
  it('meets adding up from nothing at the end of every day, or the difference is told', () => {
    fc.assert(
      fc.property(postings, present, (list, balanceMinor) => {
        const ledger = knownLedger(list, balanceMinor)
        const moving = list.filter(({ outcome }) => outcome !== 'declined')
        const { unexplainedMinor } = pastOf(ledger, ms(NOW))
        const days = daysOf(ledger, ms(NOW))
        assert.equal(days.length, londonDay(ms(NOW)) - londonDay(ms(CREATED)))
        for (const { span, balanceMinor: told } of days) {
          const after = moving.filter(({ createdMs }) => createdMs >= span.endMs)
          const walkedBack = after.reduce((minor, one) => minor - one.amountMinor, balanceMinor)
          const before = moving.filter(({ createdMs }) => createdMs < span.endMs)
          const addedUp = before.reduce((minor, one) => minor + one.amountMinor, 0)
          assert.equal(told, walkedBack)
          assert.equal(walkedBack - addedUp, unexplainedMinor)
        }
      }),
      { numRuns: 30 },
    )
  })
  it('gives the same from wherever in the past the balance was noted', () => {
    const from = fc.integer({ min: ms(CREATED), max: ms(NOW) })
    fc.assert(
      fc.property(postings, present, from, (list, balanceMinor, fromMs) => {
        const ledger = knownLedger(list, balanceMinor)
        const minor = ledger.balanceBefore(fromMs) ?? Number.NaN
        const before = pastOf(ledger, ms(NOW))
        ledger.apply({ kind: 'opening', opening: { minor, currency: 'GBP', fromMs } })
        assert.deepEqual(pastOf(ledger, ms(NOW)), before)
      }),
    )
  })
  it('includes what is pending, and not what was declined', () => {
    const ledger = ledgerOf(
      at('2026-10-31T12:00:00Z', { amountMinor: -100, outcome: 'pending' }),
      at('2026-11-02T12:00:00Z', { amountMinor: -20, outcome: 'pending' }),
      at('2026-11-02T12:00:00Z', { amountMinor: -3, outcome: 'declined' }),
      known(...SPAN),
      opening(1000, CREATED),
    )
    assert.equal(monthOf(ledger, '2026-10')?.balanceMinor, 900)
    assert.equal(ledger.balanceBefore(ms('2026-11-03T00:00:00Z')), 880)
  })
  it('is not done over time that is not known, nor without a balance', () => {
    const ledger = ledgerOf(
      known(CREATED, '2025-06-10T00:00:00Z'),
      known('2026-08-20T00:00:00Z', NOW),
      opening(5000, '2026-08-20T00:00:00Z'),
    )
    const { months, unexplainedMinor, startMs } = pastOf(ledger, ms(NOW))
    assert.equal(startMs, ms('2026-08-20T00:00:00Z'))
    assert.equal(unexplainedMinor, undefined)
    const [newest] = months
    assert.deepEqual([newest?.month, newest?.balanceMinor], ['2026-10', 5000])
    assert.equal(monthOf(ledger, '2026-08'), undefined)
    assert.equal(monthOf(ledger, '2025-06'), undefined)
    assert.deepEqual(monthOf(ledger, '2025-05'), {
      ...{ month: '2025-05', spent: [], receivedMinor: 0, balanceMinor: undefined },
    })
    assert.equal(monthOf(ledgerOf(known(...SPAN)), '2026-10')?.balanceMinor, undefined)
  })
  it('goes on further back once older transactions are known', () => {
    const ledger = ledgerOf(
      at('2026-09-05T12:00:00Z', { amountMinor: -100 }),
      known('2026-08-20T00:00:00Z', NOW),
      opening(5000, '2026-08-20T00:00:00Z'),
      at('2024-03-05T12:00:00Z', { amountMinor: 7000, isInSpending: false }),
      at('2026-08-05T12:00:00Z', { amountMinor: -2100 }),
      known(CREATED, '2026-08-20T00:00:00Z'),
    )
    assert.equal(monthOf(ledger, '2026-07')?.balanceMinor, 7100)
    assert.equal(pastOf(ledger, ms(NOW)).unexplainedMinor, 100)
  })
})

describe('A month of the past', () => {
  it('has the sums that it had when it ended', () => {
    fc.assert(
      fc.property(postings, present, (list, balanceMinor) => {
        const past = pastOf(knownLedger(list, balanceMinor), ms(NOW))
        assert.equal(past.months.length, 24)
        assert.equal(past.transactions, list.length)
        for (const { month, spent, receivedMinor } of past.months) {
          const last = ms(`${month}-28T12:00:00Z`)
          const then = sumSpending(list, spendingPeriods(last))
          assert.deepEqual(
            { spent, receivedMinor },
            {
              ...{ spent: then.spentMonth, receivedMinor: then.receivedMonthMinor },
            },
          )
        }
      }),
      { numRuns: 30 },
    )
  })
  it('is told from the one in which the account began to the last that is over', () => {
    const { months } = pastOf(ledgerOf(known(...SPAN)), ms('2024-05-01T12:00:00Z'))
    assert.deepEqual(
      months.map(({ month }) => month),
      ['2024-04', '2024-03', '2024-02'],
    )
  })
  it('is over at midnight in London, not in Greenwich', () => {
    const ledger = ledgerOf(
      at('2026-05-31T22:59:59Z', { amountMinor: -1 }),
      at('2026-05-31T23:00:00Z', { amountMinor: -20 }),
      known(...SPAN),
      opening(0, CREATED),
    )
    const may = monthOf(ledger, '2026-05')
    assert.deepEqual(may?.spent, [{ category: 'eating_out', amountMinor: 1 }])
    assert.equal(may?.balanceMinor, -1)
    assert.equal(monthOf(ledger, '2026-05', '2026-05-31T22:59:59Z'), undefined)
    assert.equal(pastOf(ledger, ms('2026-05-31T22:59:59Z')).holds.endMs, ms('2026-05-31T23:00:00Z'))
  })
  it('follows what Monzo changes later: another category or amount, and what is gone', () => {
    const first = posting({ createdMs: ms('2026-10-05T12:00:00Z') })
    const second = posting({ createdMs: ms('2026-10-06T12:00:00Z'), amountMinor: -90 })
    const ledger = ledgerOf(kept(first), kept(second), known(...SPAN), opening(1000, CREATED))
    ledger.apply(kept({ ...first, category: 'holidays', amountMinor: -500 }))
    assert.deepEqual(monthOf(ledger, '2026-10')?.spent, [
      { category: 'holidays', amountMinor: 500 },
      { category: 'eating_out', amountMinor: 90 },
    ])
    ledger.apply({ kind: 'gone', id: second.id })
    assert.deepEqual(monthOf(ledger, '2026-10')?.spent, [
      { category: 'holidays', amountMinor: 500 },
    ])
    assert.equal(monthOf(ledger, '2026-10')?.balanceMinor, 500)
    assert.equal(ledger.count, 1)
  })
})

describe('A day of the past', () => {
  it('lasts from midnight to midnight in London, over both changes of the clock', () => {
    const ledger = ledgerOf(known(...SPAN), opening(0, CREATED))
    const days = daysOf(ledger, ms(NOW))
    for (const [n, { span }] of days.entries()) {
      assert.equal(span.startMs, days[n - 1]?.span.endMs ?? daySpan(londonDay(ms(CREATED))).startMs)
      const hours = (span.endMs - span.startMs) / 3_600_000
      const date = new Date(span.endMs - 1).toISOString().slice(0, 10)
      const odd: Record<string, number> = {
        ...{ '2024-03-31': 23, '2025-03-30': 23, '2026-03-29': 23 },
        ...{ '2024-10-27': 25, '2025-10-26': 25, '2026-10-25': 25 },
      }
      assert.equal(hours, odd[date] ?? 24, date)
    }
  })
  it('sums up to its month, in every category', () => {
    fc.assert(
      fc.property(postings, present, (list, balanceMinor) => {
        const ledger = knownLedger(list, balanceMinor)
        const { startMs, endMs } = monthSpan(2026 * 12 + 9) // October 2026: the clock is set back
        const days = daysOf(ledger, ms(NOW), {
          first: londonDay(startMs),
          last: londonDay(endMs) - 1,
        })
        assert.equal(days.length, 31)
        const month = monthOf(ledger, '2026-10')
        const sums = new Map<string, number>()
        for (const { spent } of days)
          for (const [name, minor] of spent) sums.set(name, (sums.get(name) ?? 0) + minor)
        assert.deepEqual(
          Object.fromEntries(sums),
          Object.fromEntries(month?.spent.map((one) => [one.category, one.amountMinor]) ?? []),
        )
        assert.equal(
          days.reduce((sum, { receivedMinor }) => sum + receivedMinor, 0),
          month?.receivedMinor,
        )
        assert.equal(days.at(-1)?.balanceMinor, month?.balanceMinor)
      }),
      { numRuns: 30 },
    )
  })
  it('is left out where not all of it is known', () => {
    const ledger = ledgerOf(
      known(CREATED, '2024-02-13T12:00:00Z'),
      known('2026-11-20T00:00:00Z', '2026-11-21T12:00:00Z'),
    )
    const ends = daysOf(ledger, ms(NOW)).map(({ span }) => new Date(span.endMs).toISOString())
    assert.deepEqual(ends, [
      ...['2024-02-11T00:00:00.000Z', '2024-02-12T00:00:00.000Z', '2024-02-13T00:00:00.000Z'],
      '2026-11-21T00:00:00.000Z',
    ])
  })
})
