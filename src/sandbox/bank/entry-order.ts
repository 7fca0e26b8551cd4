import type { Entry } from './entry.ts'

/** How far, at most, the order of ids differs from that of times. Generous: it is under a second. */
export const ID_SKEW_MS = 5000

/** The index of the first entry for which `isLater` holds, by binary search. */
export function firstIndex(entries: readonly Entry[], isLater: (entry: Entry) => boolean): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    const entry = entries[middle]
    if (entry === undefined || isLater(entry)) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * The index of the first entry that may have been created at or after `atMs`. Some after it may
 * be a little older, since entries are in the order of ids.
 */
export const firstIndexSince = (entries: readonly Entry[], atMs: number): number =>
  firstIndex(entries, ({ createdMs }) => createdMs >= atMs - ID_SKEW_MS)
