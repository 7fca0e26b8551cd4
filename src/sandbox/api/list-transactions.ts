import { DAY_MS } from '../../lib/clock.ts'
import type { Entry } from '../bank/entry.ts'
import { firstIndex, firstIndexSince, ID_SKEW_MS } from '../bank/entry-order.ts'
import { timeOfId } from '../bank/ids.ts'
import { ERRORS, Refusal } from '../errors.ts'

const DEFAULT_LIMIT = 30
const MAX_LIMIT = 100
const DEFAULT_DAYS = 30
const LONGEST_RANGE_MS = 365 * DAY_MS
const VERIFIED_RANGE_MS = 90 * DAY_MS // "89 works, 90 does not"
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** Beside the query, what decides which transactions are listed. */
export interface ListingRules {
  readonly nowMs: number
  /** Asked when something older than 90 days is wanted: whether that may be read now. */
  readonly mayReadOld: () => boolean
  /** The value of the knob `noSince`. */
  readonly noSince: '30d' | '403'
}

/** Where the listing starts: after a time, or after an id. */
interface Since {
  readonly atMs: number
  readonly id?: string
}

/**
 * One page of an account's transactions.
 * @param entriesSince in the order of ids, at least from then on.
 * @param query `since`, `before` (both exclusive), `limit`.
 * @throws {Refusal} E10, E11, E12, BAD_PARAM.
 */
export function listTransactions(
  entriesSince: (sinceMs: number) => readonly Entry[],
  query: URLSearchParams,
  rules: ListingRules,
): readonly Entry[] {
  const limit = limitOf(query)
  const beforeMs = query.has('before') ? timeOf(query, 'before') : undefined
  const untilMs = beforeMs ?? rules.nowMs
  const since = sinceOf(query, untilMs, rules)
  if (beforeMs !== undefined && since.atMs > beforeMs) throw new Refusal(ERRORS.E12)
  const isAll = since.atMs === Number.NEGATIVE_INFINITY
  if (!isAll && untilMs - since.atMs >= LONGEST_RANGE_MS) throw new Refusal(ERRORS.E11)
  const isOld = rules.nowMs - since.atMs >= VERIFIED_RANGE_MS
  if (isOld && !rules.mayReadOld()) throw new Refusal(ERRORS.E10)
  const entries = entriesSince(since.atMs)
  const { id } = since
  const page: Entry[] = []
  const first =
    id === undefined ? firstIndexSince(entries, since.atMs) : firstIndex(entries, (e) => e.id > id)
  const end =
    beforeMs === undefined ? entries.length : firstIndexSince(entries, beforeMs + 2 * ID_SKEW_MS)
  for (let at = first; at < end && page.length < limit; at++) {
    const entry = entries[at]
    if (!entry || (id === undefined && entry.createdMs <= since.atMs)) continue
    if (beforeMs === undefined || entry.createdMs < beforeMs) page.push(entry)
  }
  return page
}

function sinceOf(query: URLSearchParams, untilMs: number, rules: ListingRules): Since {
  const text = query.get('since')
  if (text === null) {
    if (rules.noSince === '403') return { atMs: Number.NEGATIVE_INFINITY }
    return { atMs: untilMs - DEFAULT_DAYS * DAY_MS }
  }
  const atMs = timeOfId('tx', text)
  return atMs === undefined ? { atMs: timeOf(query, 'since') } : { atMs, id: text }
}

function timeOf(query: URLSearchParams, param: string): number {
  const text = query.get(param) ?? ''
  const atMs = RFC_3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(atMs)) throw badParam(param)
  return atMs
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return DEFAULT_LIMIT
  if (!/^[1-9]\d{0,8}$/.test(text)) throw badParam('limit')
  return Math.min(MAX_LIMIT, Number(text))
}

const badParam = (param: string): Refusal => new Refusal(ERRORS.BAD_PARAM, { fill: { param } })
