import { DAY_MS } from '../../lib/clock.ts'
import type { Entry, Fate } from './entry.ts'
import { cardPayment, type Writer } from './entry-maker.ts'
import { merchantNamed } from './merchants.ts'

/** A transaction to add. By default it is a settled card payment in GBP. */
export interface NewTransaction {
  /** Minor units; negative is money out. */
  readonly amountMinor: number
  readonly category?: string
  readonly description?: string
  readonly notes?: string
  readonly scheme?: string
  /** Default: all of it in `category`. */
  readonly categories?: Readonly<Record<string, number>> | null
  /** Default true. False: pending, and settles after a day. */
  readonly isSettled?: boolean
  readonly declineReason?: string
  /** Default: true for outgoing payments that are not declined. */
  readonly isInSpending?: boolean
  readonly local?: { readonly amountMinor: number; readonly currency: string }
  /** Default now, Unix ms. */
  readonly createdMs?: number
  /** What becomes of it later. */
  readonly fates?: readonly Fate[]
  /** The owner who paid, for joint accounts. Default: the first owner. */
  readonly userId?: string
}

/** @param nowMs Unix ms. */
export function transactionOf(writer: Writer, nowMs: number, made: NewTransaction): Entry {
  const { amountMinor, category = 'general', description = 'Made up', createdMs = nowMs } = made
  const { isSettled = made.declineReason === undefined, ...told } = made
  const isHold = made.fates?.some(({ change }) => change === 'vanishes') ?? false
  const willSettle = made.declineReason === undefined && !isHold
  const defaults: Partial<Entry> = {
    category,
    categories: { [category]: amountMinor },
    isInSpending: amountMinor < 0 && made.declineReason === undefined,
    settledMs: !willSettle ? undefined : isSettled ? createdMs : createdMs + DAY_MS,
  }
  const merchant = merchantNamed(description, category)
  const isCard = (made.scheme ?? 'mastercard') === 'mastercard'
  const entry = cardPayment(writer, merchant, { ...defaults, ...told, createdMs, amountMinor })
  return isCard
    ? { ...entry, description }
    : { ...entry, description, metadata: {}, merchant: undefined }
}
