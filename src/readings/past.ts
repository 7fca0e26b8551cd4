import type { Span } from '../lib/london.ts'
import type { CategoryAmount } from './spending.ts'

/** A calendar month that is over, and of which every transaction is known. Amounts in minor units. */
export interface PastMonth {
  /** `2026-10` */
  readonly month: string
  /** As `spentMonth` of `Spending` was when it ended, with what Monzo has changed since. */
  readonly spent: readonly CategoryAmount[]
  readonly receivedMinor: number
  /** The balance when it ended; absent while no balance could be walked back to it. */
  readonly balanceMinor?: number | undefined
}

/** How far reading the past in is, for the waiting page: a year and a number, no money. */
export interface ReadingProgress {
  /** Absent until something was read. */
  readonly year?: number | undefined
  readonly transactions: number
}

/** What is kept of the past of a login's accounts, for people: no money. Times in Unix ms. */
export interface PastSummary {
  /** Absent while nothing is read in. */
  readonly progress?: ReadingProgress | undefined
  /** When the first account began of which everything is known; absent while nothing is. */
  readonly knownSinceMs?: number | undefined
  /** Since when everything is known of every account, if another login would tell more. */
  readonly incompleteSinceMs?: number | undefined
  /** Whether a file could not be read or written, so that something is not kept. */
  readonly isFailing?: boolean | undefined
  /** How many are kept. */
  readonly transactions: number
}

/** What is exported of one account's past. Amounts in minor units (pence). Immutable. */
export interface PastReading {
  readonly accountId: string
  /** Absent as long as neither a balance nor a transaction has told it. */
  readonly currency?: string | undefined
  /** Since when everything is known. Unix ms; absent while nothing is. */
  readonly startMs?: number | undefined
  /** How many transactions are kept, those without an amount included. */
  readonly transactions: number
  /** What the walk leaves at the account's beginning; absent until everything is known. */
  readonly unexplainedMinor?: number | undefined
  /** Newest first, at most 24. */
  readonly months: readonly PastMonth[]
  /** During this month; then another one is over. */
  readonly holds: Span
}
