import { AppError } from '../lib/errors.ts'

/** The token endpoint's answer; no `status` means that there was none. */
export interface TokenAnswer {
  readonly status?: number
  /** Monzo's or OAuth's error code; without one, an error is not Monzo's. Contains no secret. */
  readonly code?: string | undefined
  readonly isJson?: boolean
  /** Why there was no answer. */
  readonly failure?: unknown
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

  constructor({ code, message, hint, cause }: AppError, answer: TokenAnswer) {
    super(code, message, { hint, cause })
    this.retryAfterMs = answer.retryAfterMs
    this.isAmbiguous = answer.mayHaveArrived
  }
}
