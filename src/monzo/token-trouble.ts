import { AppError, type ErrorCode } from '../lib/errors.ts'

/** The token endpoint's answer; no `status` means that there was none. */
export interface TokenAnswer {
  readonly status?: number
  /**
   * Monzo's or OAuth's error code; otherwise `timeout`, `no reply`, `no code` or, for a body that is
   * not a JSON object, `not JSON`. Contains no secret.
   */
  readonly code: string
  /** How long it asks us to wait. */
  readonly retryAfterMs: number
  /** The request may have arrived and used up the token. */
  readonly mayHaveArrived: boolean
}

/** A call of the token endpoint that returned no tokens, and may be retried. */
export class TokenTrouble extends AppError {
  readonly retryAfterMs: number
  /** Whether Monzo may have used up the token. */
  readonly isAmbiguous: boolean

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint: string; cause?: unknown; answer: TokenAnswer },
  ) {
    super(code, message, options)
    this.retryAfterMs = options.answer.retryAfterMs
    this.isAmbiguous = options.answer.mayHaveArrived
  }
}
