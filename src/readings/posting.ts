import { DAY_MS } from '../lib/clock.ts'
import type { Transaction } from '../monzo/schemas.ts'

/** How far back Monzo shows transactions at any time: it refuses 90 days. */
export const ALWAYS_SHOWN_MS = 88 * DAY_MS

/** The outcome of a transaction. */
export const OUTCOMES = ['settled', 'pending', 'declined'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** The parts of a transaction that sums need. Amounts in minor units (pence); money out is negative. */
export interface Posting {
  readonly id: string
  /** Unix milliseconds. */
  readonly createdMs: number
  readonly amountMinor: number
  readonly outcome: Outcome
  readonly isInSpending: boolean
  readonly isPotMove: boolean
  readonly category: string
  /** How a person has split it; absent unless the parts add up to the amount. */
  readonly split?: readonly (readonly [category: string, amountMinor: number])[]
  /** Personal, so only kept when the Go exporter's metrics are enabled. */
  readonly description?: string
}

const MAX_DESCRIPTION = 200 // characters; Monzo's are shorter, and a month has many
const MAX_PARTS = 50
const POT_SCHEME = 'uk_retail_pot'

/** @param keepsDescription the setting `legacy_metrics`. */
export function toPosting(transaction: Transaction, keepsDescription: boolean): Posting {
  const { id, created, amount, category, description = '' } = transaction
  const split = splitOf(transaction)
  return {
    id,
    createdMs: Date.parse(created),
    amountMinor: amount,
    outcome: outcomeOf(transaction),
    isInSpending: transaction.include_in_spending,
    isPotMove: transaction.scheme === POT_SCHEME,
    category: wellFormed(category),
    ...(split && { split }),
    ...(keepsDescription && { description: shortened(description) }),
  }
}

function outcomeOf({ decline_reason, settled = '' }: Transaction): Outcome {
  if (decline_reason !== undefined && decline_reason !== null && decline_reason !== '')
    return 'declined'
  return settled === '' ? 'pending' : 'settled'
}

function splitOf({ amount, category, categories }: Transaction): Posting['split'] {
  const parts = Object.entries(categories ?? {})
  const [first] = parts
  if (!first || (parts.length === 1 && first[0] === category)) return undefined // most are whole
  if (parts.length > MAX_PARTS) return undefined
  if (parts.reduce((total, [, part]) => total + part, 0) !== amount) return undefined
  return parts.map(([category, part]) => [wellFormed(category), part])
}

/** A copy, since V8 would keep all of the original for a part of it. */
const shortened = (text: string): string =>
  text.length <= MAX_DESCRIPTION
    ? wellFormed(text)
    : Buffer.from(text.slice(0, MAX_DESCRIPTION)).toString()

/** Replaces lone surrogates by `�`, as output does: else two texts could become the same series. */
const wellFormed = (text: string): string => text.toWellFormed()
