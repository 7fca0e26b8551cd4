import type { KeptReading } from './snapshot.ts'

/**
 * A poll's reading with what was read later of the same account. Pure. What was not read again
 * stays, and the whole is then no younger than that: no number is shown longer than `stale_after`.
 */
export function overlay(polled: KeptReading, later: KeptReading): KeptReading {
  const isAllNew = later.pots !== undefined || polled.pots === undefined
  return {
    ...later,
    readAt: isAllNew ? later.readAt : polled.readAt,
    pots: later.pots ?? polled.pots,
    transactions: later.transactions ?? polled.transactions,
  }
}
