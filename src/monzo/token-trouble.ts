import { AppError, type ErrorCode } from '../lib/errors.ts'

/** How the endpoint answered. `status` is absent if it didn't. */
export interface TokenAnswer {
  readonly status?: number
  /**
   * Monzo's or OAuth's error code; else `timeout`, `no reply`, `no code` or, of a body that is no
   * JSON object, `not JSON`. Holds no secret.
   */
  readonly code: string
  /** How long it asks us to stay away. */
  readonly retryAfterMs: number
  /** The request may have arrived, and used up the token. */
  readonly mayHaveArrived: boolean
}

/** A call of the token endpoint that gave no tokens, and may be tried again. */
export class TokenTrouble extends AppError {
  readonly retryAfterMs: number
  /** Nobody knows whether Monzo used up the token. */
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
