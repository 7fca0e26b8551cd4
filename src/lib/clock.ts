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
  /**
   * Runs a task with a signal that aborts after `ms` with a `TimeoutError`, or with `signal` if that
   * comes first. No timer is left when the task is over. The timer does not keep the process alive.
   */
  within<T>(ms: number, task: (limit: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
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

/** The real clock. `sleep` keeps the process alive, `within` and `every` do not. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    for (let leftMs = ms; leftMs > 0; leftMs -= LONGEST_TIMER_MS)
      await sleepOnce(Math.min(leftMs, LONGEST_TIMER_MS), signal)
    signal?.throwIfAborted()
  },
  within,
  every(ms, task) {
    const timer = setInterval(task, ms).unref()
    return () => clearInterval(timer)
  },
}

/**
 * Not AbortSignal.timeout, whose timer would wake an idle process long after its call; nor
 * AbortSignal.any: on Node 20 each call leaks memory in a signal that lives as long as the process.
 */
async function within<T>(
  ms: number,
  task: (limit: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal?.reason)
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The operation timed out', 'TimeoutError'))
  }, ms).unref()
  if (signal?.aborted) onAbort()
  else if (signal) {
    setMaxListeners(0, signal) // more than ten calls may be under way, which is no leak
    signal.addEventListener('abort', onAbort)
  }
  try {
    return await task(controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
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
