import type { Clock } from './clock.ts'
import { errnoOf } from './errno.ts'
import { AppError } from './errors.ts'

const SAY_AGAIN_MS = 60 * 60_000
const LASTS_MS = 5 * 60_000 // no blip
const SAY_BACK_MS = 15 * 60_000 // four times an hour at most, however it comes and goes

/** Keeps a log readable while something fails again and again. */
export interface Complaint {
  /**
   * It failed: calls `say` if this kind of failure was not said within the last hour; or, where it
   * worked meanwhile, within the last 15 minutes, and it has failed for five.
   */
  fails(error: unknown, say: () => void): void
  /** It works: calls `say` if somebody was told that it doesn't. */
  works(say: () => void): void
}

/**
 * Says a failure once, again when it changes, and then at most hourly; also one that comes and
 * goes. One that comes to stay is said once more, or the last word would be that it works. Failures are told apart by code and errno, never by text, which may hold changing numbers.
 */
export function createComplaint(clock: Clock): Complaint {
  const saidAtMs = new Map<string, number>() // as many as there are codes
  const failsSinceMs = new Map<string, number>() // of those that have failed since it worked
  let isOpen = false
  return {
    fails(error, say) {
      const kind = kindOf(error)
      const nowMs = clock.elapsed()
      const sinceMs = failsSinceMs.get(kind) ?? nowMs
      failsSinceMs.set(kind, sinceMs)
      const isBack = !isOpen && nowMs - sinceMs >= LASTS_MS
      const lastMs = saidAtMs.get(kind)
      if (lastMs !== undefined && nowMs - lastMs < (isBack ? SAY_BACK_MS : SAY_AGAIN_MS)) return
      saidAtMs.set(kind, nowMs)
      isOpen = true
      say()
    },
    works(say) {
      if (isOpen) say()
      isOpen = false
      failsSinceMs.clear()
    },
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof AppError)) return 'bug'
  return `${error.code} ${errnoOf(error.cause) ?? ''}`
}

/** An expected failure as one line: what is wrong, and what to do. */
export const inOneLine = (error: unknown): string =>
  error instanceof AppError ? `${error.message}. ${error.hint}` : String(error)
