import { AppError, type ErrorCode } from '../lib/errors.ts'

/** Exit codes, based on sysexits.h. @see DESIGN.md section 3 */
export const EXIT = {
  ok: 0,
  no: 1,
  usage: 64,
  unavailable: 69,
  bug: 70,
  locked: 75,
  config: 78,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  NOTHING_CONFIGURED: EXIT.usage,
  ADDRESS_IN_USE: EXIT.unavailable,
  ADDRESS_UNUSABLE: EXIT.unavailable,
  CONFIG_INVALID: EXIT.config,
  TOKENS_LOCKED: EXIT.locked,
  TOKENS_DAMAGED: EXIT.config,
  TOKENS_UNREADABLE: EXIT.config,
  HISTORY_DAMAGED: EXIT.config,
  HISTORY_UNREADABLE: EXIT.config,
}

/** The exit code of an expected failure; anything else is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  return (error instanceof AppError && BY_ERROR[error.code]) || EXIT.bug
}
