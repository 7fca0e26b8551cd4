import type { Posting } from '../readings/posting.ts'

/** As many as Monzo gives at once. */
const PAGE = 100
const ROOM_FOR_NEW = 10 // in the one page that is read where no more are affordable
const OVERLAP_MS = 10 * 60_000 // transactions may come late, and not quite in order

/** What of an account's transactions to read now. */
export interface ReadPlan {
  /** Those made later than this, in Unix ms. */
  readonly sinceMs: number
  /** All that is needed: what is not among them has vanished. */
  readonly isWhole: boolean
  /** How many calls that will probably take. */
  readonly calls: number
}

/** What the decision depends on. */
export interface ReadNeeds {
  /** What is known. */
  readonly postings: readonly Posting[]
  /** From when on transactions are needed, in Unix ms. */
  readonly fromMs: number
  /** `must`: what is known does not reach back far enough. */
  readonly whole: 'must' | 'due' | 'not_due'
  /** Calls that may be made, so that there are not more than two per poll in the long run. */
  readonly credit: number
}

/** How many calls it takes to read so many transactions: a full page may not be the last. */
export const callsFor = (count: number): number => Math.floor(count / PAGE) + 1

/**
 * All of it when that is due; else from the oldest pending one on, since pending ones change.
 * What takes more calls than there is credit for waits; one page, the newest, is always read.
 */
export function planRead({ postings, fromMs, whole, credit }: ReadNeeds): ReadPlan {
  const all = { sinceMs: fromMs - 1, isWhole: true, calls: callsFor(postings.length) }
  if (whole === 'must' || postings.length === 0) return all
  if (whole === 'due' && all.calls <= credit) return all
  const since = Math.max(all.sinceMs, changingSince(postings))
  const calls = callsFor(postings.filter(({ createdMs }) => createdMs > since).length)
  if (calls === 1 || (whole === 'not_due' && calls <= credit))
    return { sinceMs: since, isWhole: false, calls }
  return { sinceMs: newestPageSince(postings), isWhole: false, calls: 1 }
}

/** Card checks and refused payments are never settled: only what has an amount may change. */
function changingSince(postings: readonly Posting[]): number {
  let oldestPendingMs = Number.POSITIVE_INFINITY
  let newestMs = Number.NEGATIVE_INFINITY
  for (const { createdMs, outcome, amountMinor } of postings) {
    newestMs = Math.max(newestMs, createdMs)
    if (outcome === 'pending' && amountMinor !== 0)
      oldestPendingMs = Math.min(oldestPendingMs, createdMs)
  }
  return Math.min(oldestPendingMs - 1, newestMs - OVERLAP_MS)
}

function newestPageSince(postings: readonly Posting[]): number {
  const newestFirst = postings.map(({ createdMs }) => createdMs).sort((one, other) => other - one)
  return newestFirst[PAGE - ROOM_FOR_NEW] ?? 0
}
