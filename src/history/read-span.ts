import type { Span } from '../lib/london.ts'
import type { Transaction } from '../monzo/schemas.ts'
import { toPosting } from '../readings/posting.ts'
import type { AccountHistory } from './account-history.ts'

/** Transactions come in the order of ids, which is not quite that of time. */
const OVERLAP_MS = 10 * 60_000

/** The part of Monzo's client that reading needs. */
export interface PagesOfMonzo {
  /** Those made in a span, up to a hundred at a time, oldest first. Both limits in Unix ms, and exclusive. */
  readTransactions(
    accountId: string,
    span: { readonly sinceMs: number; readonly beforeMs: number },
    signal: AbortSignal,
  ): AsyncIterable<{
    readonly transactions: readonly Transaction[]
    /** How many could not be read. */
    readonly skipped: number
  }>
}

/**
 * Reads a span page by page. What was kept counts, wherever it ends: the next reading goes on there.
 * @throws {AppError} whatever Monzo's client throws; as AccountHistory.keep.
 */
export async function readSpan(
  account: AccountHistory,
  span: Span,
  {
    monzo,
    signal,
    onPage,
  }: {
    readonly monzo: PagesOfMonzo
    readonly signal: AbortSignal
    /** A page was kept. @param newestMs when its newest transaction was made, in Unix ms. */
    readonly onPage: (newestMs: number) => void
  },
): Promise<void> {
  const ids = new Set<string>()
  let isWhole = true
  const limits = { sinceMs: span.startMs - 1, beforeMs: span.endMs }
  const pages = monzo.readTransactions(account.accountId, limits, signal)
  for await (const { transactions, skipped } of pages) {
    if (skipped > 0) isWhole = false
    const postings = transactions.map((one) => toPosting(one, false))
    for (const { id } of postings) ids.add(id)
    await account.keep(postings)
    const newestMs = postings.reduce((ms, one) => Math.max(ms, one.createdMs), span.startMs)
    await account.knows({ startMs: span.startMs, endMs: newestMs - OVERLAP_MS })
    onPage(newestMs)
  }
  if (isWhole) await account.hasRead(span, ids)
  else await account.knows(span) // what is missing may only be unreadable, so nothing is gone
}
