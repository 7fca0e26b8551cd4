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
  /** The right reply, with `fields` in place of its own. */
  'fields',
  /** The right reply inside of `data`. */
  'wrapped',
  /** The right reply behind a byte-order mark. */
  'byte_order_mark',
  /** The right reply, compressed though nobody asked for it. */
  'gzip',
  /** The right reply, with a `Content-Length` beyond its end, after which nothing comes. */
  'wrong_length',
  /** The right reply behind 64 KiB of cookies. */
  'big_headers',
  /** The right transactions, and one that was made in the year 9999. */
  'year_9999',
  /** Transactions without end: each page is full, and has about `bytes`. */
  'endless_pages',
  /** JSON with `status` (default 403), but without Monzo's code. */
  'no_code',
  /** `status` (default 204), and no body. */
  'no_body',
  /** A redirect to the login page of a network. */
  'redirect',
  /** The connection is closed without a word, and the request has no effect. */
  'closed',
  /** 101 Switching Protocols, as if one had been asked for. */
  'switched',
  /** Nothing comes, and the connection stays open. */
  'silent',
  /** Half a status line and headers come, and the connection stays open. */
  'half_head',
  /** The request takes effect, half of the reply comes, and the connection stays open. */
  'half_body',
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
  /** Only requests about this account. */
  readonly accountId?: string
  /** Default 1. */
  readonly count?: number | 'forever'
  /** For `status` (default 500), `html` (default 502) and others. */
  readonly status?: number
  readonly code?: string
  /** The header `Retry-After` of `status`, `html` and `fields`: seconds, or a date as text. */
  readonly retryAfter?: number | string
  /** For `slow`, in ms; default 30,000. */
  readonly delayMs?: number
  /** For `oversized` and `endless_pages`: the size of the body. */
  readonly bytes?: number
  /** For `fields`: by name. */
  readonly fields?: Readonly<Record<string, unknown>>
}
