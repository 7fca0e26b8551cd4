import type { Posting } from './posting.ts'
import { createSpendingAt, type SpendingAt } from './spending.ts'

/** An account's transactions since a moment. Immutable: news make another one. */
export interface Month {
  /** All that were made at this moment or later are known. Unix ms. */
  readonly fromMs: number
  /** Oldest first. */
  readonly postings: readonly Posting[]
  /** When the newest of those made before `fromMs` was made, if that is known. Unix ms. */
  readonly olderNewestMs: number | undefined
  /** When the oldest one that may still change was made; `Infinity` when there is none. Unix ms. */
  readonly pendingSinceMs: number
  /** What they come to. The same function for the same month, so that sums are made once. */
  readonly spendingAt: SpendingAt
}

/** @param postings in any order, none twice, none older than `fromMs`. */
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
 * What was read now takes the place of what was known of that time: a transaction that is not
 * listed any more has vanished.
 * @param sinceMs all that were made later than this were read. Unix ms.
 * @returns the very same month when nothing has changed.
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

/** Forgets what was made earlier, but for when the newest of that was made. */
export function startingAt(month: Month, fromMs: number): Month {
  if (fromMs <= month.fromMs) return month
  const start = countUntil(month.postings, fromMs - 1)
  const olderNewestMs = month.postings[start - 1]?.createdMs ?? month.olderNewestMs
  return createMonth(fromMs, month.postings.slice(start), olderNewestMs)
}

/** How many were made later than `sinceMs`, in Unix ms. */
export const countSince = ({ postings }: Month, sinceMs: number): number =>
  postings.length - countUntil(postings, sinceMs)

/** How many were made at `atMs` or before; by bisection. */
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

/** Card checks and refused payments are never settled: only what has an amount may change. */
const mayChange = ({ outcome, amountMinor }: Posting): boolean =>
  outcome === 'pending' && amountMinor !== 0

function isSamePosting(one: Posting, other: Posting | undefined): boolean {
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
