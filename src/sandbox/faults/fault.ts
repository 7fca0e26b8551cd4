/** The ways in which a reply can be faulty. */
export const FAULT_KINDS = [
  /** An error with this `status`, and with `code` instead of the status's usual one. */
  'status',
  /** An HTML page as from a proxy in front of Monzo, with `status` (default 502). */
  'html',
  /** The request takes effect at once; the reply comes after `delayMs`. */
  'slow',
  /** The connection is reset, and the request has no effect. */
  'reset',
  /** The connection is cut in the middle of the reply. */
  'truncated',
  /** The reply is too large: `bytes`, or 9 MiB. */
  'oversized',
  /** Status 200, but the body is not JSON. */
  'not_json',
  /** The right keys with values of the wrong type: text for numbers, numbers for text. */
  'wrong_types',
  /** Status 200, but the body is an error. */
  'ok_with_error',
  /**
   * The request takes effect (rotates a token, say), but the connection is cut before the reply.
   */
  'drop_after',
  /** The right reply with additional unknown fields. */
  'new_fields',
  /** The right reply without the fields that Monzo does not promise. */
  'missing_fields',
] as const
type FaultKind = (typeof FAULT_KINDS)[number]

/** A fault for the next matching requests to the API. */
export interface Fault {
  readonly kind: FaultKind
  /** `GET /accounts`, or `/accounts` for any method; absent: every endpoint. */
  readonly endpoint?: string
  readonly method?: string
  /** How many matching requests pass before it happens. Default 0. */
  readonly after?: number
  /** Default 1. */
  readonly count?: number | 'forever'
  /** For `status` (default 500) and `html` (default 502). */
  readonly status?: number
  readonly code?: string
  /** The header `Retry-After`: seconds, or a date as text. */
  readonly retryAfter?: number | string
  /** For `slow`, in ms; default 30,000. */
  readonly delayMs?: number
  /** For `oversized`: the size of the body. */
  readonly bytes?: number
}
