import type { Clock } from '../lib/clock.ts'

/** The sandbox's time: that of another clock, and as much later as it was moved. */
export interface ShiftedClock extends Clock {
  /** Moves the wall clock on by `ms` (0 or more), at once and for good. Nobody's sleep gets shorter. */
  advance(ms: number): void
}

/** @param base keeps doing the waiting: only `now()` is shifted. */
export function createShiftedClock(base: Clock): ShiftedClock {
  let shiftMs = 0
  return {
    now: () => base.now() + shiftMs,
    elapsed: () => base.elapsed(),
    sleep: (ms, signal) => base.sleep(ms, signal),
    timeout: (ms, signal) => base.timeout(ms, signal),
    advance(ms) {
      shiftMs += ms
    },
  }
}
