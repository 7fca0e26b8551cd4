const APART_MS = 100 // after a start: soon, but ten at most in a second

/**
 * When logins that come in together, as after a restart, have their first turns. Pure. Everybody's
 * balance is wanted soon; from then on their polls are evenly spread over the interval.
 * @param index of `count`, from 0.
 * @returns one or two moments, in ms from now, rising; no gap is longer than the interval.
 */
export function firstTurnsMs(index: number, count: number, intervalMs: number): readonly number[] {
  const ownMs = slotMs(index, count, intervalMs)
  const soonMs = index * APART_MS
  return soonMs < ownMs ? [soonMs, ownMs] : [ownMs]
}

/** The login's own moment of each interval, in ms from its beginning. */
export const slotMs = (index: number, count: number, intervalMs: number): number =>
  (index / count) * intervalMs
