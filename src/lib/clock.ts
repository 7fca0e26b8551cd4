import { setMaxListeners } from 'node:events'

/** In milliseconds, as is the next. */
export const HOUR_MS = 3_600_000
/** Of 24 hours: in London two days a year are longer or shorter. */
export const DAY_MS = 24 * HOUR_MS

/** The only source of time. Nothing else calls `Date.now()` or `setTimeout` (linted). */
export interface Clock {
  /** Wall time, in Unix **milliseconds**. Jumps when NTP or a person sets it. */
  now(): number
  /** **Milliseconds** since some fixed moment; never jumps, but stands still in suspend. */
  elapsed(): number
  /** Resolves after `ms`, be it weeks; rejects with the signal's reason if aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Aborts after `ms` with a `TimeoutError`, or with `signal` if that comes first. */
  timeout(ms: number, signal?: AbortSignal): AbortSignal
}

/** A moment on both clocks, so that a jump of one can't make something old look new. */
export interface Instant {
  readonly wallMs: number
  readonly elapsedMs: number
}

export const instantOf = (clock: Clock): Instant => ({
  wallMs: clock.now(),
  elapsedMs: clock.elapsed(),
})

/**
 * How long ago `then` was, in milliseconds, at least 0. The larger of what both clocks say:
 * after a suspend the wall clock knows, after the wall clock was set back the other one does.
 */
export function ageMs(then: Instant, now: Instant): number {
  return Math.max(0, now.wallMs - then.wallMs, now.elapsedMs - then.elapsedMs)
}

const LONGEST_TIMER_MS = 2 ** 31 - 1 // setTimeout fires at once for more

/** The real thing. Its timers keep the process alive only while something awaits `sleep`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    for (let leftMs = ms; leftMs > 0; leftMs -= LONGEST_TIMER_MS)
      await sleepOnce(Math.min(leftMs, LONGEST_TIMER_MS), signal)
    signal?.throwIfAborted()
  },
  timeout: abortAfter,
}

/**
 * Not AbortSignal.any: on Node 20 each call leaves something behind in a signal that lives as
 * long as the process. This listener is gone when the time is up.
 */
function abortAfter(ms: number, signal?: AbortSignal): AbortSignal {
  const controller = new AbortController()
  const onAbort = () => {
    clearTimeout(timer)
    controller.abort(signal?.reason)
  }
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', onAbort)
    controller.abort(new DOMException('The operation timed out', 'TimeoutError'))
  }, ms)
  timer.unref()
  if (signal?.aborted) onAbort()
  else if (signal) {
    setMaxListeners(0, signal) // many calls may be under way at once
    signal.addEventListener('abort', onAbort, { once: true })
  }
  return controller.signal
}

function sleepOnce(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
