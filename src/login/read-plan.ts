import { countSince, type Month } from '../readings/month.ts'

/** The most that Monzo returns at once. */
const PAGE = 100
const ROOM_FOR_NEW = 10 // left free in the newest page, when only that one is read
const OVERLAP_MS = 10 * 60_000 // transactions may come late, and not quite in order

/** Which of an account's transactions to read now. */
export interface ReadPlan {
  /** Those made later than this, in Unix ms. */
  readonly sinceMs: number
  /** Whether that is the whole month. */
  readonly isWhole: boolean
  /** How many calls that will probably take. */
  readonly calls: number
}

/** What the decision depends on. */
export interface ReadNeeds {
  /** What is known. */
  readonly month: Month
  /** Unix ms. */
  readonly nowMs: number
  /** The whole month is due to be read again. */
  readonly isWholeDue: boolean
  /** Calls that may be made now while keeping the average at two per poll. */
  readonly credit: number
}

/** How many calls it takes to read so many transactions: a full page may not be the last. */
export const callsFor = (count: number): number => Math.floor(count / PAGE) + 1

/**
 * The whole month when that is due; else from the oldest pending one on, since pending ones change.
 * A plan that needs more calls than there is credit waits; the newest page is always read.
 */
export function planRead({ month, nowMs, isWholeDue, credit }: ReadNeeds): ReadPlan {
  const { postings, fromMs, pendingSinceMs } = month
  const whole = { sinceMs: fromMs - 1, isWhole: true, calls: callsFor(postings.length) }
  const newestMs = postings.at(-1)?.createdMs
  if (newestMs === undefined || (isWholeDue && whole.calls <= credit)) return whole
  // New ones are made from now on, even if a wrong date says that one was made much later.
  const latestMs = Math.min(newestMs, nowMs) - OVERLAP_MS
  const changingSinceMs = Math.min(pendingSinceMs - 1, latestMs)
  const sinceMs = Math.max(whole.sinceMs, changingSinceMs)
  const calls = callsFor(countSince(month, sinceMs))
  if (calls === 1 || (!isWholeDue && calls <= credit)) return { sinceMs, isWhole: false, calls }
  const newestPageMs = postings.at(-1 - (PAGE - ROOM_FOR_NEW))?.createdMs ?? 0
  return { sinceMs: Math.min(newestPageMs, latestMs), isWhole: false, calls: 1 }
}
