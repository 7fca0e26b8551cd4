import type { Clock } from './clock.ts'
import { errnoOf } from './errno.ts'
import { AppError } from './errors.ts'

const SAY_AGAIN_MS = 60 * 60_000
const LASTS_MS = 5 * 60_000 // shorter failures are blips
const SAY_BACK_MS = 15 * 60_000 // at most four times an hour, however often it recovers

/** Limits how often a repeated failure is logged. */
export interface Complaint {
  /**
   * Reports a failure. Calls `say` if this kind of failure was not said in the last hour. After
   * a recovery it is said again as soon as it has lasted five minutes and was not said in the
   * last 15.
   */
  fails(error: unknown, say: () => void): void
  /** Reports a success. Calls `say` if a failure was said since the last success. */
  works(say: () => void): void
}

/**
 * Says each kind of failure at once, then at most hourly, even if it comes and goes. A failure that
 * returns and lasts is said earlier, or the log would end with "works again". Kinds differ by code
 * and errno, never by message text, which may contain changing numbers.
 */
export function createComplaint(clock: Clock): Complaint {
  const saidAtMs = new Map<string, number>() // bounded by the number of codes
  const failsSinceMs = new Map<string, number>() // kinds that have failed since the last success
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

/** One line that says what is wrong and, for an expected failure, what to do. */
export const inOneLine = (error: unknown): string =>
  error instanceof AppError ? `${error.message}. ${error.hint}` : String(error)
