import { setMaxListeners } from 'node:events'

/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000
/** 24 hours in milliseconds. In London, one day a year has 23 hours and one has 25. */
export const DAY_MS = 24 * HOUR_MS

/** The only source of time. Nothing else calls `Date.now()` or `setTimeout` (linted). */
export interface Clock {
  /** Wall time, in Unix **milliseconds**. Jumps when NTP or a person sets the clock. */
  now(): number
  /** **Milliseconds** since a fixed moment. Never jumps, but stops during a suspend. */
  elapsed(): number
  /** Resolves after `ms`, however long; rejects with the signal's reason if aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Aborts after `ms` with a `TimeoutError`, or with `signal` if that comes first. */
  timeout(ms: number, signal?: AbortSignal): AbortSignal
  /** Calls `task` every `ms` without keeping the process alive. @returns a function that ends it. */
  every(ms: number, task: () => void): () => void
}

/** A moment on both clocks, so that a jump of the wall clock can't make old things look new. */
export interface Instant {
  readonly wallMs: number
  readonly elapsedMs: number
}

export const instantOf = (clock: Clock): Instant => ({
  wallMs: clock.now(),
  elapsedMs: clock.elapsed(),
})

/**
 * How long ago `then` was, in milliseconds, at least 0. Takes the larger age of the two clocks:
 * the wall clock is right after a suspend, the elapsed clock after the wall clock was set back.
 */
export function ageMs(then: Instant, now: Instant): number {
  return Math.max(0, now.wallMs - then.wallMs, now.elapsedMs - then.elapsedMs)
}

const LONGEST_TIMER_MS = 2 ** 31 - 1 // setTimeout fires at once for longer times

/** The real clock. `sleep` keeps the process alive, `timeout` and `every` do not. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    for (let leftMs = ms; leftMs > 0; leftMs -= LONGEST_TIMER_MS)
      await sleepOnce(Math.min(leftMs, LONGEST_TIMER_MS), signal)
    signal?.throwIfAborted()
  },
  timeout: abortAfter,
  every(ms, task) {
    const timer = setInterval(task, ms).unref()
    return () => clearInterval(timer)
  },
}

/**
 * Aborts after `ms`, or with `signal`. Not AbortSignal.any: on Node 20 each call leaks memory in a
 * signal that lives as long as the process. This listener is removed when the time is up.
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
    setMaxListeners(0, signal) // more than ten calls may be under way, which is no leak
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
