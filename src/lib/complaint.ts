import type { Clock } from './clock.ts'
import { errnoOf } from './errno.ts'
import { AppError } from './errors.ts'

const SAY_AGAIN_MS = 60 * 60_000

/** Keeps a log readable while something fails again and again. */
export interface Complaint {
  /** It failed: calls `say` if this kind of failure was not said within the last hour. */
  fails(error: unknown, say: () => void): void
  /** It works: calls `say` if somebody was told that it doesn't. */
  works(say: () => void): void
}

/**
 * Says a failure once, again when it changes, and then at most hourly; also one that comes and
 * goes. Failures are told apart by code and errno, never by text, which may hold changing numbers.
 */
export function createComplaint(clock: Clock): Complaint {
  const saidAtMs = new Map<string, number>() // as many as there are codes
  let isOpen = false
  return {
    fails(error, say) {
      const kind = kindOf(error)
      const lastMs = saidAtMs.get(kind)
      if (lastMs !== undefined && clock.elapsed() - lastMs < SAY_AGAIN_MS) return
      saidAtMs.set(kind, clock.elapsed())
      isOpen = true
      say()
    },
    works(say) {
      if (isOpen) say()
      isOpen = false
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
