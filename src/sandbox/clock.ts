import type { Clock } from '../lib/clock.ts'

/** Another clock's time plus an offset that grows with each `advance`. */
export interface ShiftedClock extends Clock {
  /** Moves the wall clock forward by `ms` (0 or more). Sleeps under way are not shortened. */
  advance(ms: number): void
}

/** @param base does the waiting; only `now()` is shifted. */
export function createShiftedClock(base: Clock): ShiftedClock {
  let shiftMs = 0
  return {
    now: () => base.now() + shiftMs,
    elapsed: () => base.elapsed(),
    sleep: (ms, signal) => base.sleep(ms, signal),
    within: (ms, task, signal) => base.within(ms, task, signal),
    every: (ms, task) => base.every(ms, task),
    advance(ms) {
      shiftMs += ms
    },
  }
}
