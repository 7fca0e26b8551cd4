import type { Names } from '../lib/names.ts'
import type { Account } from '../monzo/schemas.ts'
import type { PastReading, PastSummary } from '../readings/past.ts'
import type { Posting } from '../readings/posting.ts'

/** The past of one account, as far as polls tell it something. */
export interface AccountPast {
  balanceRead(minor: number, currency: string): void
  /** A list of transactions is about to be read. @returns what to tell it to. */
  reading(): (list: { readonly sinceMs: number; readonly postings: readonly Posting[] }) => void
}

/** What a login tells the history, and shows of it. There is none unless `history` is set. */
export interface LoginPast {
  /** Pots and the month wait meanwhile. */
  readonly isReadingIn: boolean
  readonly summary: PastSummary
  /** What is exported of its accounts. @param names what to call categories. */
  pastsAt(nowMs: number, names: Names): readonly PastReading[]
  find(accountId: string): AccountPast | undefined
  /** A person has just approved the access: Monzo shows everything for a few minutes. */
  approved(): void
  /** These accounts are exported. */
  accountsRead(accounts: readonly Account[]): void
  /** Reads what is due. Never rejects. */
  read(signal: AbortSignal): Promise<void>
}
