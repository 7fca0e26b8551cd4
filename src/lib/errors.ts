/** One per thing a reader would do differently. Lower-cased it is a metric's `reason`. */
export type ErrorCode =
  | 'USAGE'
  | 'NOTHING_CONFIGURED'
  | 'CONFIG_INVALID'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_UNUSABLE'
  | 'TOKENS_DAMAGED'
  | 'TOKENS_UNREADABLE'
  | 'TOKENS_UNWRITABLE'
  | 'TOKENS_LOCKED'
  | 'HISTORY_DAMAGED'
  | 'HISTORY_UNREADABLE'
  | 'HISTORY_UNWRITABLE'
  | 'LOGIN_STATE_UNKNOWN'
  | 'LOGIN_STATE_USED'
  | 'LOGIN_DENIED'
  | 'CODE_REFUSED'
  | 'CLIENT_REFUSED'
  | 'CLIENT_NOT_CONFIDENTIAL'
  | 'WRONG_ACCOUNT'
  | 'ACCOUNT_NOT_FOUND'
  | 'REAUTHORIZATION_REQUIRED'
  | 'MONZO_FORBIDDEN'
  | 'MONZO_TOKEN_REFUSED'
  | 'MONZO_UNAVAILABLE'
  | 'MONZO_INTERCEPTED'
  | 'PROXY_FAILED'
  | 'MONZO_HTTP'
  | 'MONZO_TOO_LONG_AGO'
  | 'MONZO_UNREADABLE'

/** An expected failure: it has a stable `code`, and says what the reader can do next. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** Their messages are ours from end to end, and may have several lines. */
const OF_SEVERAL_LINES: ReadonlySet<ErrorCode> = new Set(['CONFIG_INVALID', 'NOTHING_CONFIGURED'])

/** A message's lines. In all but a few errors a line break came from outside, and begins none. */
export const linesOf = ({ code, message }: AppError): readonly string[] =>
  OF_SEVERAL_LINES.has(code) ? message.split('\n') : [message]

/** Whether an error is the system's `code`: `ENOENT`, `EADDRINUSE`… */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
