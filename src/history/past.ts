import { londonMonth, monthName, monthSpan } from '../lib/london.ts'
import type { Names } from '../lib/names.ts'
import type { PastMonth, PastReading } from '../readings/past.ts'
import { largest, NO_NAMES } from '../readings/spending.ts'
import type { Ledger } from './ledger.ts'

const MOST_MONTHS = 24

/** What `/stats` shows of an account's past at `nowMs`. Pure. @param names what to call categories. */
export function pastOf(ledger: Ledger, nowMs: number, names: Names = NO_NAMES): PastReading {
  const { accountId, createdMs, currency, knownSinceMs } = ledger
  const thisMonth = londonMonth(nowMs)
  const months: PastMonth[] = []
  for (let month = thisMonth - 1; month >= londonMonth(createdMs); month--) {
    if (months.length === MOST_MONTHS) break
    const span = monthSpan(month)
    if (!ledger.isKnown(span)) continue
    const { spent, receivedMinor } = ledger.tallyOf(month)
    const balanceMinor = ledger.balanceBefore(span.endMs)
    months.push({
      month: monthName(month),
      spent: largest(spent, names),
      receivedMinor,
      balanceMinor,
    })
  }
  return {
    accountId,
    currency,
    startMs: knownSinceMs,
    transactions: ledger.count,
    unexplainedMinor: ledger.balanceBefore(createdMs),
    months,
    holds: monthSpan(thisMonth),
  }
}
