import type { Clock } from '../lib/clock.ts'
import { LONGEST_PAUSE_MS } from './retry-after.ts'
import { unavailable } from './trouble.ts'

const CALLS_PER_MINUTE = 60
const HURRIED_PER_MINUTE = 240 // for the few minutes in which Monzo shows everything
const LEFT_WHEN_SHORT = 20 // a poll of several accounts takes a dozen calls or more
const WINDOW_MS = 61_000 // a minute and a margin, since calls take different times to arrive
const LONGEST_WAIT_MS = 60_000 // a longer pause fails the poll at once, so that it is noticed

/** The rate limit that every call of one login has to pass, including calls of the token endpoint. */
export interface Gate {
  /**
   * Resolves when a call may be made.
   * @throws {AppError} MONZO_UNAVAILABLE while Monzo asks us to stay away for more than a minute;
   *   the signal's reason if aborted first.
   */
  pass(signal: AbortSignal): Promise<void>
  /** Pauses calls because Monzo asks for it, for at most an hour. Never shortens a pause. */
  pauseFor(ms: number): void
  /** Allows 240 calls a minute for so long. A pause holds all the same. */
  hurryFor(ms: number): void
  /** Whether the pause is too long to wait for within one poll. */
  isPaused(): boolean
  /** Whether most of this minute's calls are used up: work that is not urgent should wait. */
  isShort(): boolean
  /** How many ms until `calls` calls may be made at once; 0 when they may be made now. */
  msUntilRoom(calls: number): number
}

/** Allows at most 60 calls in any minute (240 in a hurry), first come, first served, and none during a pause. */
export function createGate(clock: Clock): Gate {
  const takenAtMs: number[] = [] // of the last minute and a margin, oldest first
  let notBeforeMs = 0
  let hurriedUntilMs = Number.NEGATIVE_INFINITY
  let queue: Promise<void> = Promise.resolve()

  const pauseMs = (): number => notBeforeMs - clock.elapsed()
  const isPaused = (): boolean => pauseMs() > LONGEST_WAIT_MS

  const most = (): number =>
    clock.elapsed() < hurriedUntilMs ? HURRIED_PER_MINUTE : CALLS_PER_MINUTE
  const forgetOld = (): void => {
    const sinceMs = clock.elapsed() - WINDOW_MS
    while ((takenAtMs[0] ?? Number.POSITIVE_INFINITY) <= sinceMs) takenAtMs.shift()
  }
  /** How many ms until `calls` more calls fit into a minute. */
  const msUntilFree = (calls: number): number => {
    forgetOld()
    const lastInTheWay = takenAtMs[takenAtMs.length + calls - most() - 1]
    return lastInTheWay === undefined ? 0 : lastInTheWay + WINDOW_MS - clock.elapsed()
  }

  const waitForPause = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    if (isPaused()) {
      const seconds = Math.ceil(pauseMs() / 1000)
      throw unavailable(`Monzo asks us to stay away for another ${seconds} s`)
    }
    if (pauseMs() > 0) await clock.sleep(pauseMs(), signal)
  }
  const takeNext = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    for (let waitMs = msUntilFree(1); waitMs > 0; waitMs = msUntilFree(1))
      await clock.sleep(waitMs, signal)
    takenAtMs.push(clock.elapsed())
  }
  return {
    async pass(signal) {
      do {
        await waitForPause(signal)
        const mine = queue.then(() => takeNext(signal))
        queue = mine.catch(() => undefined) // an aborted call doesn't block the next one
        await mine
      } while (pauseMs() > 0) // a pause began while the call was queued
    },
    pauseFor(ms) {
      const untilMs = clock.elapsed() + Math.min(ms, LONGEST_PAUSE_MS)
      if (ms > 0) notBeforeMs = Math.max(notBeforeMs, untilMs)
    },
    isPaused,
    hurryFor(ms) {
      hurriedUntilMs = Math.max(hurriedUntilMs, clock.elapsed() + ms)
    },
    isShort() {
      forgetOld()
      return pauseMs() > 0 || takenAtMs.length >= most() - LEFT_WHEN_SHORT
    },
    msUntilRoom: (calls) => Math.max(0, pauseMs(), msUntilFree(calls)),
  }
}
