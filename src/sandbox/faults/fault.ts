/** What can go wrong with a reply. */
export const FAULT_KINDS = [
  /** `status` with Monzo's envelope, or `code` instead of the usual one. */
  'status',
  /** A page of HTML from something in front of Monzo, status 502 unless told. */
  'html',
  /** The work is done at once, the reply comes after `delayMs`. */
  'slow',
  /** The connection is reset; nothing is done. */
  'reset',
  /** The reply ends in the middle. */
  'truncated',
  /** The reply is larger than anybody should read: `bytes`, or 9 MiB. */
  'oversized',
  /** 200 and text that isn't JSON. */
  'not_json',
  /** 200 and the right keys, but text for numbers, numbers for text. */
  'wrong_types',
  /** 200, but the body is an error. */
  'ok_with_error',
  /** The work is done (a token is rotated, say), then the connection is cut before the reply. */
  'drop_after',
  /** The right reply with fields that nobody has heard of. */
  'new_fields',
  /** The right reply without the fields that Monzo does not promise. */
  'missing_fields',
] as const
type FaultKind = (typeof FAULT_KINDS)[number]

/** Something that is to go wrong with the next matching requests to the API. */
export interface Fault {
  readonly kind: FaultKind
  /** `GET /accounts`, or `/accounts` for any method; absent: every endpoint. */
  readonly endpoint?: string
  readonly method?: string
  /** Default 1. */
  readonly count?: number | 'forever'
  /** Of `status` (default 500) and `html` (default 502). */
  readonly status?: number
  readonly code?: string
  /** The header `Retry-After`: seconds, or a date as text. */
  readonly retryAfter?: number | string
  /** Of `slow`, default 30 000. */
  readonly delayMs?: number
  /** Of `oversized`. */
  readonly bytes?: number
}
