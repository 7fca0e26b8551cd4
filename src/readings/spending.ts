import type { Instant } from '../lib/clock.ts'
import { type Span, type SpendingPeriods, spendingPeriods } from '../lib/london.ts'
import type { Outcome, Posting } from './posting.ts'

/** Money of one category, in minor units (pence). */
export interface CategoryAmount {
  readonly category: string
  readonly amountMinor: number
}

/** The Go exporter's sum: what all transactions of one description come to, money out negative. */
interface DescribedAmount extends CategoryAmount {
  readonly description: string
}

/** What an account's transactions come to, by Europe/London's clock. Amounts in minor units. */
export interface Spending {
  /** Since 04:00. Largest first, at most 50; money out is positive, and refunds count against it. */
  readonly spentToday: readonly CategoryAmount[]
  /** Since the first of the month, 00:00. Likewise. */
  readonly spentMonth: readonly CategoryAmount[]
  readonly receivedMonthMinor: number
  readonly outcomesMonth: Readonly<Record<Outcome, number>>
  /** When the newest one was made, of whatever kind; absent when none is known. Unix ms. */
  readonly newestAtMs?: number | undefined
  /** Since midnight. Empty unless descriptions are kept. */
  readonly describedToday: readonly DescribedAmount[]
  /** The moments at which these sums hold, in Unix ms. */
  readonly holds: Span
}

const MAX_CATEGORIES = 50
/** What the smallest categories are put together in; also one of its own that Monzo may have. */
const OTHER = 'other'

const isWithin = ({ startMs, endMs }: Span, atMs: number): boolean =>
  atMs >= startMs && atMs < endMs

/** Adds up whole minor units: nothing is rounded. @param olderNewestMs of records left out here. */
export function sumSpending(
  postings: Iterable<Posting>,
  { spendingDay, calendarDay, month }: SpendingPeriods,
  olderNewestMs?: number,
): Spending {
  const today = new Map<string, number>()
  const thisMonth = new Map<string, number>()
  const described = new Map<string, DescribedAmount>()
  const outcomes = { settled: 0, pending: 0, declined: 0 }
  let receivedMinor = 0
  let newestAtMs = olderNewestMs
  for (const posting of postings) {
    const { createdMs, outcome, amountMinor } = posting
    newestAtMs = Math.max(createdMs, newestAtMs ?? createdMs)
    if (isWithin(calendarDay, createdMs)) describe(described, posting)
    if (amountMinor === 0) continue
    const isInMonth = isWithin(month, createdMs)
    if (isInMonth) outcomes[outcome]++
    if (outcome === 'declined') continue
    if (posting.isInSpending) {
      if (isWithin(spendingDay, createdMs)) spend(today, posting)
      if (isInMonth) spend(thisMonth, posting)
    } else if (isInMonth && amountMinor > 0 && !posting.isPotMove) receivedMinor += amountMinor
  }
  return {
    spentToday: largest(today),
    spentMonth: largest(thisMonth),
    receivedMonthMinor: receivedMinor,
    outcomesMonth: outcomes,
    newestAtMs,
    describedToday: [...described.values()],
    holds: {
      startMs: Math.max(spendingDay.startMs, calendarDay.startMs, month.startMs),
      endMs: Math.min(spendingDay.endMs, calendarDay.endMs, month.endMs),
    },
  }
}

/** What the sums need: a transaction made before this counts in none of them. Unix ms. */
export const countsFromMs = ({ spendingDay, calendarDay, month }: SpendingPeriods): number =>
  Math.min(spendingDay.startMs, calendarDay.startMs, month.startMs)

/** The sums at a moment, in Unix ms; absent when what they need has not been read. */
export type SpendingAt = (nowMs: number) => Spending | undefined

/** What the transactions that were read at one instant come to, then and later. */
export interface TransactionsReading {
  readonly readAt: Instant
  /** The same function as long as nothing has changed, so that sums are made once. */
  readonly spendingAt: SpendingAt
}

/** Adds up when first asked, and again only when a day or month has ended since. */
export function createSpendingAt(
  postings: readonly Posting[],
  { readFromMs, olderNewestMs }: { readFromMs: number; olderNewestMs?: number | undefined },
): SpendingAt {
  let last: Spending | undefined
  return (nowMs) => {
    if (last && isWithin(last.holds, nowMs)) return last
    const periods = spendingPeriods(nowMs)
    if (countsFromMs(periods) < readFromMs) return undefined // the clock was set back
    last = sumSpending(postings, periods, olderNewestMs)
    return last
  }
}

function spend(sums: Map<string, number>, { category, amountMinor, split }: Posting): void {
  for (const [name, minor] of split ?? [[category, amountMinor] as const])
    if (minor !== 0) sums.set(name, (sums.get(name) ?? 0) - minor)
}

function describe(sums: Map<string, DescribedAmount>, posting: Posting): void {
  const { category, description, amountMinor } = posting
  if (description === undefined) return
  const key = JSON.stringify([category, description])
  const soFarMinor = sums.get(key)?.amountMinor ?? 0
  sums.set(key, { category, description, amountMinor: soFarMinor + amountMinor })
}

/** Largest first; where there are too many, the smallest are one with `other`. */
function largest(sums: ReadonlyMap<string, number>): readonly CategoryAmount[] {
  const all = [...sums].map(([category, amountMinor]) => ({ category, amountMinor }))
  if (all.length <= MAX_CATEGORIES) return all.sort(bySize)
  const named = all.filter(({ category }) => category !== OTHER).sort(bySize)
  const kept = named.slice(0, MAX_CATEGORIES - 1)
  const rest = named.slice(MAX_CATEGORIES - 1)
  const otherMinor = rest.reduce((sum, one) => sum + one.amountMinor, sums.get(OTHER) ?? 0)
  return [...kept, { category: OTHER, amountMinor: otherMinor }]
}

function bySize(one: CategoryAmount, other: CategoryAmount): number {
  return other.amountMinor - one.amountMinor || (one.category < other.category ? -1 : 1)
}
