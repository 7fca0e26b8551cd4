import { type DayNumber, londonDay } from '../../lib/london.ts'
import { type Entry, effectMinor } from './entry.ts'

/** What the bank's books say of one day in London. Amounts in minor units. */
export interface DayBooks {
  /** Such as `2026-11-21`. */
  readonly date: string
  /** The balance at the end of the day; of today, now. */
  readonly balanceMinor: number
  /** Money received, without refunds and pot moves. */
  readonly receivedMinor: number
  /** By category; refunds reduce it. */
  readonly spentMinor: Readonly<Record<string, number>>
  /** All of the day's transactions, declined ones and card checks too. */
  readonly transactions: number
}

/** The sum of what was created before `atMs` and not declined. */
export const balanceFrom = (entries: readonly Entry[], atMs: number): number =>
  entries.reduce((sum, entry) => (entry.createdMs < atMs ? sum + effectMinor(entry) : sum), 0)

/**
 * The books day by day, from the day the account was opened to today. They are worked out here
 * once more, on purpose, for the exporter's own sums to be compared with.
 */
export function daysOf(
  entries: readonly Entry[],
  account: {
    readonly createdMs: number
    readonly nowMs: number
    readonly unexplainedMinor: number
  },
): readonly DayBooks[] {
  const byDay = new Map<DayNumber, Entry[]>()
  for (const entry of entries) {
    const day = londonDay(entry.createdMs)
    const same = byDay.get(day)
    if (same) same.push(entry)
    else byDay.set(day, [entry])
  }
  const books: DayBooks[] = []
  let balanceMinor = account.unexplainedMinor
  for (let day = londonDay(account.createdMs); day <= londonDay(account.nowMs); day++) {
    const made = byDay.get(day) ?? []
    const counted = made.filter(({ declineReason }) => declineReason === undefined)
    balanceMinor += counted.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
    books.push({
      date: new Date(Date.UTC(1970, 0, 1 + day)).toISOString().slice(0, 10),
      balanceMinor,
      receivedMinor: counted.filter(isReceived).reduce((sum, entry) => sum + entry.amountMinor, 0),
      spentMinor: spentIn(counted.filter(({ isInSpending }) => isInSpending)),
      transactions: made.length,
    })
  }
  return books
}

const isReceived = ({ amountMinor, isInSpending, scheme }: Entry): boolean =>
  amountMinor > 0 && !isInSpending && scheme !== 'uk_retail_pot'

function spentIn(spending: readonly Entry[]): Readonly<Record<string, number>> {
  const spent: Record<string, number> = {}
  for (const entry of spending)
    for (const [category, amountMinor] of partsOf(entry))
      spent[category] = (spent[category] ?? 0) - amountMinor
  return spent
}

/** An entry's amounts by category. A split counts only if it adds up. */
function partsOf({ amountMinor, category, categories }: Entry): readonly [string, number][] {
  const parts = Object.entries(categories ?? {})
  const totalMinor = parts.reduce((sum, [, minor]) => sum + minor, 0)
  return parts.length > 0 && totalMinor === amountMinor ? parts : [[category, amountMinor]]
}
