import { type DayNumber, daySpan, londonDay, type Span } from '../lib/london.ts'
import { count, createTally, type Tally } from '../readings/spending.ts'
import type { Ledger } from './ledger.ts'

/** A calendar day in London that is over, and of which every transaction is known. Minor units. */
export interface PastDay extends Readonly<Tally> {
  readonly span: Span
  /** The balance when it ended; absent while no balance could be walked back to it. */
  readonly balanceMinor: number | undefined
}

/** Which days to look at, both included; without a limit, all of them. */
export interface DayLimits {
  readonly first?: DayNumber | undefined
  readonly last?: DayNumber | undefined
}

/** The days of an account that are over at `nowMs`, oldest first. Pure. */
export function daysOf(
  ledger: Ledger,
  nowMs: number,
  { first = Number.NEGATIVE_INFINITY, last = Number.POSITIVE_INFINITY }: DayLimits = {},
): readonly PastDay[] {
  const from = Math.max(first, londonDay(ledger.createdMs))
  const to = Math.min(last, londonDay(nowMs) - 1)
  if (from > to) return []
  const tallies = new Map<DayNumber, Tally>()
  const all = { startMs: daySpan(from).startMs, endMs: daySpan(to).endMs }
  for (const posting of ledger.postingsIn(all)) {
    const day = londonDay(posting.createdMs)
    const tally = tallies.get(day) ?? createTally()
    tallies.set(day, tally)
    count(tally, posting)
  }
  const days: PastDay[] = []
  for (let day = from; day <= to; day++) {
    const span = daySpan(day)
    if (!ledger.isKnown(span)) continue
    const balanceMinor = ledger.balanceBefore(span.endMs)
    days.push({ ...(tallies.get(day) ?? createTally()), span, balanceMinor })
  }
  return days
}
