import { ok, type Reply } from '../api/route.ts'
import { type CatalogError, ERRORS, Refusal } from '../errors.ts'
import type { Fault } from './fault.ts'
import { endlessPage, withOneOf9999 } from './made-up-transactions.ts'
import { withNewFields, withoutExtras, withWrongTypes } from './mangle.ts'

const SLOW_MS = 30_000
const BIG_HEADER_BYTES = 64 * 2 ** 10
const OVERSIZED_BYTES = 9 * 2 ** 20 // above the 8 MiB that a page of transactions may have

/** What is sent over the wire, and when. */
export interface Delivery {
  /** 0 if the connection is cut before the status line. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Wait before the reply, in ms. The request has already taken effect by then. */
  readonly delayMs: number
  /** Whether the body is compressed. */
  readonly isGzip?: boolean
  /** How many bytes more than there are the header `Content-Length` tells. */
  readonly missingBytes?: number
  /**
   * How the connection is cut, or where it falls silent, or that it is switched to another protocol.
   * Absent: the whole reply arrives.
   */
  readonly cut?: Cut
}
type Cut = 'reset' | 'before_reply' | 'in_body' | 'switched' | Silence
type Silence = 'silent' | 'silent_in_head' | 'silent_in_body'

/** The two ways to get a reply: carrying out the request, or refusing it. */
export interface Replies {
  readonly query: URLSearchParams
  /** As Monzo writes the time. */
  readonly now: string
  answer(): Reply
  refuse(refusal: Refusal, headers?: Readonly<Record<string, string>>): Reply
}

/** Applies a fault, if there is one, to the reply. Only `answer()` has an effect. */
export function deliver(fault: Fault | undefined, replies: Replies): Delivery {
  const { answer, refuse } = replies
  if (!fault) return json(answer())
  switch (fault.kind) {
    case 'status':
      return json(refuse(refusalOf(fault), retryAfter(fault)))
    case 'ok_with_error':
      return json({ ...refuse(refusalOf(fault)), status: 200 })
    case 'html':
      return html(fault.status ?? 502, retryAfter(fault))
    case 'slow':
      return { ...json(answer()), delayMs: fault.delayMs ?? SLOW_MS }
    case 'reset':
      return { ...nothing(refuse(refusalOf(fault))), cut: 'reset' }
    case 'drop_after':
      return { ...nothing(answer()), cut: 'before_reply' }
    case 'truncated':
      return { ...json(answer()), cut: 'in_body' }
    case 'oversized':
      return padded(json(answer()), fault.bytes ?? OVERSIZED_BYTES)
    case 'not_json':
      return { ...json(answer()), status: 200, body: 'upstream connect error' }
    case 'wrong_types':
      return json(withBody(answer(), withWrongTypes))
    case 'new_fields':
      return json(withBody(answer(), withNewFields))
    case 'missing_fields':
      return json(withBody(answer(), withoutExtras))
    case 'fields':
      return json(withFields(answer(), fault))
    case 'wrapped':
      return json(withBody(answer(), (data) => ({ data })))
    case 'byte_order_mark':
      return withText(json(answer()), (text) => `\uFEFF${text}`)
    case 'gzip':
      return { ...json(answer()), isGzip: true }
    case 'wrong_length':
      return { ...json(answer()), missingBytes: 10 }
    case 'big_headers':
      return json(withHeaders(answer(), { 'set-cookie': `a=${'x'.repeat(BIG_HEADER_BYTES)}` }))
    case 'year_9999':
      return json(withBody(answer(), withOneOf9999))
    case 'endless_pages':
      return json(ok(endlessPage(replies.query.get('since') ?? '', replies.now, fault.bytes ?? 0)))
    case 'no_code':
      return json({ status: fault.status ?? 403, headers: {}, body: { message: 'Forbidden' } })
    case 'no_body':
      return { status: fault.status ?? 204, headers: {}, body: '', delayMs: 0 }
    case 'redirect':
      return html(302, { location: 'https://login.network.example/' })
    case 'closed':
      return { ...nothing(refuse(refusalOf(fault))), cut: 'before_reply' }
    case 'switched':
      return { ...nothing(refuse(refusalOf(fault))), status: 101, cut: 'switched' }
    case 'silent':
      return { ...nothing(refuse(refusalOf(fault))), cut: 'silent' }
    case 'half_head':
      return { ...nothing(refuse(refusalOf(fault))), cut: 'silent_in_head' }
    case 'half_body':
      return { ...json(answer()), cut: 'silent_in_body' }
    default:
      return fault.kind satisfies never
  }
}

/** Monzo's JSON bodies end with a line feed. */
const json = ({ status, headers, body }: Reply): Delivery => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: `${JSON.stringify(body)}\n`,
  delayMs: 0,
})

function html(status: number, headers: Readonly<Record<string, string>>): Delivery {
  const body = `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html', ...headers }, body, delayMs: 0 }
}

function padded(delivery: Delivery, bytes: number): Delivery {
  const padding = ' '.repeat(Math.max(0, bytes - delivery.body.length))
  return { ...delivery, body: `${delivery.body.trimEnd()}${padding}\n` }
}

const nothing = (reply: Reply): Delivery => ({ ...json(reply), status: 0, body: '' })

const withText = (delivery: Delivery, change: (text: string) => string): Delivery => ({
  ...delivery,
  body: change(delivery.body),
})

const withHeaders = (reply: Reply, headers: Reply['headers']): Reply => ({
  ...reply,
  headers: { ...reply.headers, ...headers },
})

function withFields(reply: Reply, fault: Fault): Reply {
  const isObject = typeof reply.body === 'object' && reply.body !== null
  const body = isObject ? { ...reply.body, ...fault.fields } : reply.body
  return withHeaders({ ...reply, body }, retryAfter(fault))
}

const withBody = (reply: Reply, change: (body: unknown) => unknown): Reply => ({
  ...reply,
  body: change(reply.body),
})

const retryAfter = (fault: Fault): Readonly<Record<string, string>> =>
  fault.retryAfter === undefined ? {} : { 'retry-after': `${fault.retryAfter}` }

function refusalOf(fault: Fault): Refusal {
  const status = fault.status ?? 500
  const error = usualError(status)
  const named = { ...error, status, code: fault.code ?? error.code }
  return new Refusal(named, { fill: { what: 'thing' } })
}

function usualError(status: number): CatalogError {
  if (status === 400) return ERRORS.E3
  if (status === 401) return ERRORS.E4
  if (status === 403) return ERRORS.E7
  if (status === 404) return ERRORS.NOT_FOUND
  if (status === 429) return ERRORS.E21
  return status === 504 ? ERRORS.E22_TIMEOUT : ERRORS.E22
}
