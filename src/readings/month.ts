import type { Posting } from './posting.ts'
import { createSpendingAt, type SpendingAt } from './spending.ts'

/** An account's transactions since a given time. Immutable: changes make a new month. */
export interface Month {
  /** All transactions made at this time or later are known. Unix ms. */
  readonly fromMs: number
  /** Oldest first. */
  readonly postings: readonly Posting[]
  /** When the last transaction before `fromMs` was made, if known. Unix ms. */
  readonly olderNewestMs: number | undefined
  /** When the oldest transaction that may still change was made; `Infinity` if none. Unix ms. */
  readonly pendingSinceMs: number
  /** Their sums. The same function for the same month, so that sums are computed only once. */
  readonly spendingAt: SpendingAt
}

/** @param postings in any order, without duplicates, none older than `fromMs`. */
export function createMonth(
  fromMs: number,
  postings: readonly Posting[],
  olderNewestMs?: number,
): Month {
  const sorted = postings.toSorted(byTime)
  return {
    fromMs,
    postings: sorted,
    olderNewestMs,
    pendingSinceMs: sorted.find(mayChange)?.createdMs ?? Number.POSITIVE_INFINITY,
    spendingAt: createSpendingAt(sorted, { readFromMs: fromMs, olderNewestMs }),
  }
}

/**
 * Replaces everything known since `sinceMs` by what was just read: a transaction that is no longer
 * listed is dropped.
 * @param sinceMs all transactions made after this were read. Unix ms.
 * @returns the same object when nothing has changed.
 */
export function withRead(month: Month, sinceMs: number, read: readonly Posting[]): Month {
  const start = countUntil(month.postings, sinceMs)
  const sorted = read.toSorted(byTime)
  const isSame =
    month.postings.length - start === sorted.length &&
    sorted.every((posting, n) => isSamePosting(posting, month.postings[start + n]))
  if (isSame) return month
  const byId = new Map(month.postings.slice(0, start).map((posting) => [posting.id, posting]))
  for (const posting of sorted) byId.set(posting.id, posting)
  return createMonth(month.fromMs, [...byId.values()], month.olderNewestMs)
}

/** Drops transactions made before `fromMs`, but remembers when the last of them was made. */
export function startingAt(month: Month, fromMs: number): Month {
  if (fromMs <= month.fromMs) return month
  const start = countUntil(month.postings, fromMs - 1)
  const olderNewestMs = month.postings[start - 1]?.createdMs ?? month.olderNewestMs
  return createMonth(fromMs, month.postings.slice(start), olderNewestMs)
}

/** How many transactions were made after `sinceMs`, in Unix ms. */
export const countSince = ({ postings }: Month, sinceMs: number): number =>
  postings.length - countUntil(postings, sinceMs)

/** How many transactions were made at or before `atMs`; uses binary search. */
function countUntil(postings: readonly Posting[], atMs: number): number {
  let low = 0
  let high = postings.length
  while (low < high) {
    const middle = (low + high) >> 1
    const isEarlier = (postings[middle]?.createdMs ?? 0) <= atMs
    if (isEarlier) low = middle + 1
    else high = middle
  }
  return low
}

const byTime = (one: Posting, other: Posting): number =>
  one.createdMs - other.createdMs || (one.id < other.id ? -1 : 1)

/** Card checks and declined payments never settle: only a pending amount can change. */
const mayChange = ({ outcome, amountMinor }: Posting): boolean =>
  outcome === 'pending' && amountMinor !== 0

/** Whether Monzo has changed nothing that is kept. */
export function isSamePosting(one: Posting, other: Posting | undefined): boolean {
  return (
    other !== undefined &&
    one.id === other.id &&
    one.createdMs === other.createdMs &&
    one.amountMinor === other.amountMinor &&
    one.outcome === other.outcome &&
    one.isInSpending === other.isInSpending &&
    one.isPotMove === other.isPotMove &&
    one.category === other.category &&
    one.description === other.description &&
    isSameSplit(one.split, other.split)
  )
}

function isSameSplit(one: Posting['split'], other: Posting['split']): boolean {
  if (one === undefined || other === undefined) return one === other
  return JSON.stringify(one) === JSON.stringify(other)
}
