import { parseJson } from '../lib/json.ts'
import type { Span } from '../lib/london.ts'
import { OUTCOMES, type Posting } from '../readings/posting.ts'

/** The version of the format that this program writes, and the newest that it reads. */
export const LEDGER_VERSION = 1

/** The first line of a ledger: whose it is. */
export interface LedgerHead {
  readonly accountId: string
  /** When the account began, in Unix ms. */
  readonly createdMs: number
}

/** What the account held before the transactions made at `fromMs` (Unix ms) and later, in minor units. */
export interface Opening {
  readonly minor: number
  readonly currency: string
  readonly fromMs: number
}

/** Any other line. A later line about the same thing supersedes an earlier one. */
export type LedgerLine =
  | { readonly kind: 'posting'; readonly posting: Posting; readonly currency: string }
  /** Monzo lists it no longer. */
  | { readonly kind: 'gone'; readonly id: string }
  /** Every transaction made in this span is in the lines above. */
  | { readonly kind: 'known'; readonly span: Span }
  | { readonly kind: 'opening'; readonly opening: Opening }

export const renderHead = ({ accountId, createdMs }: LedgerHead): string =>
  asLine({ version: LEDGER_VERSION, account_id: accountId, created: isoOf(createdMs) })

export function renderLine(line: LedgerLine): string {
  switch (line.kind) {
    case 'posting':
      return renderPosting(line.posting, line.currency)
    case 'gone':
      return asLine({ gone: line.id })
    case 'known':
      return asLine({ known: { from: isoOf(line.span.startMs), to: isoOf(line.span.endMs) } })
    case 'opening': {
      const { minor, currency, fromMs } = line.opening
      return asLine({ opening: minor, currency, from: isoOf(fromMs) })
    }
    default:
      return line satisfies never
  }
}

/** Names, shops, notes and descriptions are not among the fields: they are never kept. */
function renderPosting(posting: Posting, currency: string): string {
  const { id, createdMs, amountMinor, category, outcome, isInSpending, isPotMove, split } = posting
  return asLine({
    id,
    created: isoOf(createdMs),
    amount: amountMinor,
    currency,
    category,
    ...(split && { split }),
    outcome,
    ...(isInSpending && { spending: true }),
    ...(isPotMove && { pot_move: true }),
  })
}

/** @returns `undefined` for any other text; the version alone when that is newer than ours. */
export function parseHead(
  text: string,
): LedgerHead | { readonly version: number; readonly accountId?: undefined } | undefined {
  const { version, account_id, created } = recordOf(text)
  if (typeof version !== 'number' || !Number.isInteger(version)) return undefined
  if (version > LEDGER_VERSION) return { version }
  const createdMs = msOf(created)
  if (version !== LEDGER_VERSION || typeof account_id !== 'string') return undefined
  if (createdMs === undefined) return undefined
  return { accountId: account_id, createdMs }
}

/** @returns `undefined` for a text that is no line of ours. */
export function parseLine(text: string): LedgerLine | undefined {
  const record = recordOf(text)
  if ('id' in record) return postingLine(record)
  if (typeof record['gone'] === 'string') return { kind: 'gone', id: record['gone'] }
  if ('known' in record) return knownLine(record['known'])
  if ('opening' in record) return openingLine(record)
  return undefined
}

type Fields = Readonly<Record<string, unknown>>

function postingLine(fields: Fields): LedgerLine | undefined {
  const { id, created, amount, currency, category, split, outcome } = fields
  const createdMs = msOf(created)
  const known = OUTCOMES.find((name) => name === outcome)
  if (typeof id !== 'string' || typeof category !== 'string' || typeof currency !== 'string')
    return undefined
  if (createdMs === undefined || !isMinor(amount) || known === undefined) return undefined
  if (split !== undefined && !isSplit(split)) return undefined
  const posting: Posting = {
    id,
    createdMs,
    amountMinor: amount,
    outcome: known,
    isInSpending: fields['spending'] === true,
    isPotMove: fields['pot_move'] === true,
    category,
    ...(split && { split }),
  }
  return { kind: 'posting', posting, currency }
}

function knownLine(value: unknown): LedgerLine | undefined {
  const { from, to } = fieldsOf(value)
  const startMs = msOf(from)
  const endMs = msOf(to)
  if (startMs === undefined || endMs === undefined) return undefined
  return { kind: 'known', span: { startMs, endMs } }
}

function openingLine({ opening, currency, from }: Fields): LedgerLine | undefined {
  const fromMs = msOf(from)
  if (!isMinor(opening) || typeof currency !== 'string' || fromMs === undefined) return undefined
  return { kind: 'opening', opening: { minor: opening, currency, fromMs } }
}

const recordOf = (text: string): Fields => fieldsOf(parseJson(text))

const NO_FIELDS: Fields = {}
const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : NO_FIELDS)

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const isMinor = (value: unknown): value is number => Number.isSafeInteger(value)

const isSplit = (value: unknown): value is readonly (readonly [string, number])[] =>
  Array.isArray(value) &&
  value.every(
    (part) =>
      Array.isArray(part) && part.length === 2 && typeof part[0] === 'string' && isMinor(part[1]),
  )

function msOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

const isoOf = (ms: number): string => new Date(ms).toISOString()

const asLine = (fields: object): string => `${JSON.stringify(fields)}\n`
