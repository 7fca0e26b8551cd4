import type { Instant } from '../lib/clock.ts'
import { type Span, type SpendingPeriods, spendingPeriods } from '../lib/london.ts'
import { type Names, nameOf } from '../lib/names.ts'
import type { Outcome, Posting } from './posting.ts'

/** The sum of one category, in minor units (pence). */
export interface CategoryAmount {
  readonly category: string
  readonly amountMinor: number
}

/** The Go exporter's sum of all transactions with one description; money out is negative. */
interface DescribedAmount extends CategoryAmount {
  readonly description: string
}

/** The sums of an account's transactions, by Europe/London time. Amounts in minor units. */
export interface Spending {
  /** Since 04:00. Largest first, at most 50; money out is positive, and refunds count against it. */
  readonly spentToday: readonly CategoryAmount[]
  /** Since 00:00 on the first of the month; otherwise like `spentToday`. */
  readonly spentMonth: readonly CategoryAmount[]
  readonly receivedMonthMinor: number
  readonly outcomesMonth: Readonly<Record<Outcome, number>>
  /** When the last transaction of any kind was made; absent when none is known. Unix ms. */
  readonly newestAtMs?: number | undefined
  /** Since midnight. Empty unless descriptions are kept. */
  readonly describedToday: readonly DescribedAmount[]
  /** The period during which these sums are valid, in Unix ms. */
  readonly holds: Span
}

const MAX_CATEGORIES = 50
/** The category that collects the smallest ones; Monzo may also use this name itself. */
export const OTHER = 'other'

const isWithin = ({ startMs, endMs }: Span, atMs: number): boolean =>
  atMs >= startMs && atMs < endMs

/**
 * Adds up whole minor units, without rounding.
 * @param olderNewestMs when the last transaction older than `postings` was made. Unix ms.
 * @param names what to call categories; those of one name are added up.
 */
export function sumSpending(
  postings: Iterable<Posting>,
  { spendingDay, calendarDay, month }: SpendingPeriods,
  olderNewestMs?: number,
  names: Names = NO_NAMES,
): Spending {
  const today = createTally()
  const thisMonth = createTally()
  const described = new Map<string, DescribedAmount>()
  const outcomes = { settled: 0, pending: 0, declined: 0 }
  let newestAtMs = olderNewestMs
  for (const posting of postings) {
    const { createdMs, outcome, amountMinor } = posting
    // A wrong date, such as the year 9999, must not pass for the newest one until then.
    if (createdMs < calendarDay.endMs) newestAtMs = Math.max(createdMs, newestAtMs ?? createdMs)
    if (isWithin(calendarDay, createdMs)) describe(described, posting)
    if (isWithin(spendingDay, createdMs)) count(today, posting)
    if (!isWithin(month, createdMs)) continue
    count(thisMonth, posting)
    if (amountMinor !== 0) outcomes[outcome]++
  }
  return {
    spentToday: largest(today.spent, names),
    spentMonth: largest(thisMonth.spent, names),
    receivedMonthMinor: thisMonth.receivedMinor,
    outcomesMonth: outcomes,
    newestAtMs,
    describedToday: [...described.values()],
    holds: {
      startMs: Math.max(spendingDay.startMs, calendarDay.startMs, month.startMs),
      endMs: Math.min(spendingDay.endMs, calendarDay.endMs, month.endMs),
    },
  }
}

/** The start of the earliest period: earlier transactions count in none of the sums. Unix ms. */
export const countsFromMs = ({ spendingDay, calendarDay, month }: SpendingPeriods): number =>
  Math.min(spendingDay.startMs, calendarDay.startMs, month.startMs)

/** Every category keeps the name that Monzo gave it. */
export const NO_NAMES: Names = {}

/** The sums at a given time, in Unix ms; `undefined` if the transactions they need were not read. */
export type SpendingAt = (nowMs: number, names?: Names) => Spending | undefined

/** The sums of the transactions read at one time, for that time and later ones. */
export interface TransactionsReading {
  readonly readAt: Instant
  /** The same function as long as nothing has changed, so that sums are computed only once. */
  readonly spendingAt: SpendingAt
}

/** Computes the sums at the first call, and again only after a day or month has ended, or with other names. */
export function createSpendingAt(
  postings: readonly Posting[],
  { readFromMs, olderNewestMs }: { readFromMs: number; olderNewestMs?: number | undefined },
): SpendingAt {
  let last: Spending | undefined
  let lastNames = NO_NAMES
  return (nowMs, names = NO_NAMES) => {
    if (last && names === lastNames && isWithin(last.holds, nowMs)) return last
    const periods = spendingPeriods(nowMs)
    if (countsFromMs(periods) < readFromMs) return undefined // the clock was set back
    last = sumSpending(postings, periods, olderNewestMs, names)
    lastNames = names
    return last
  }
}

/** What was spent and received in some time. Amounts in minor units (pence). */
export interface Tally {
  /** By category; money out is positive, and refunds count against it. */
  readonly spent: Map<string, number>
  receivedMinor: number
}

export const createTally = (): Tally => ({ spent: new Map(), receivedMinor: 0 })

/** Counts one transaction: the only place that says what is spending and what was received. */
export function count(tally: Tally, posting: Posting): void {
  const { amountMinor, outcome, isInSpending, isPotMove } = posting
  if (amountMinor === 0 || outcome === 'declined') return
  if (isInSpending) spend(tally.spent, posting)
  else if (amountMinor > 0 && !isPotMove) tally.receivedMinor += amountMinor
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

/** By what people call the categories; those of one name are added up. */
export function withNames(ofMonzo: ReadonlyMap<string, number>, names: Names): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [category, minor] of ofMonzo) {
    const name = nameOf(names, category) ?? category
    sums.set(name, (sums.get(name) ?? 0) + minor)
  }
  return sums
}

/** Named, and sorted by size, largest first; if there are too many, adds the smallest ones to `other`. */
export function largest(
  ofMonzo: ReadonlyMap<string, number>,
  names: Names = NO_NAMES,
): readonly CategoryAmount[] {
  const sums = withNames(ofMonzo, names)
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
