/** Where a card was used. */
export interface Merchant {
  readonly id: string
  readonly groupId: string
  readonly name: string
  /** The text on the statement, padded by the card scheme. */
  readonly statement: string
  readonly category: string
  readonly mcc: string
  readonly emoji: string
  readonly isOnline: boolean
  readonly isAtm: boolean
  readonly country: string
}

/** One line of an account's ledger. Amounts in minor units; money out is negative. */
export interface Entry {
  /** Ledgers are in the order of ids, which is almost that of `createdMs`. */
  readonly id: string
  readonly createdMs: number
  readonly amountMinor: number
  /**
   * `mastercard`, `bacs`, `payport_faster_payments`, `p2p_payment`, `uk_retail_pot`, `monzo_flex`…
   */
  readonly scheme: string
  readonly description: string
  readonly category: string
  /** Minor units by category; several when the payment is split, null for some payments. */
  readonly categories: Readonly<Record<string, number>> | null
  readonly merchant?: Merchant | undefined
  readonly counterparty?: Readonly<Record<string, string>> | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** When it settles. Absent: never. */
  readonly settledMs?: number | undefined
  /** Present for declined payments, which do not change the balance. */
  readonly declineReason?: string | undefined
  /** For payments abroad: the amount in the minor units of the local currency. */
  readonly local?: { readonly amountMinor: number; readonly currency: string } | undefined
  readonly isInSpending: boolean
  /** Whether the account's owner initiated it. */
  readonly isOriginator: boolean
  readonly notes: string
  readonly userId: string
  /** The pot on the other side of a pot transfer. */
  readonly potId?: string | undefined
  /** A top-up of a prepaid card. */
  readonly isLoad?: true
  /** When Monzo changed it after it was listed. */
  readonly updatedMs?: number | undefined
  /** What becomes of it later. */
  readonly fates?: readonly Fate[] | undefined
}

/** What Monzo changes of an entry that is listed already. */
export type EntryChange = Partial<
  Pick<Entry, 'amountMinor' | 'category' | 'categories' | 'isInSpending' | 'settledMs'>
>

/** What becomes of an entry later: it changes, or vanishes, as a hold does that nobody claims. */
export interface Fate {
  /** Counted from `createdMs`. */
  readonly afterMs: number
  readonly change: EntryChange | 'vanishes'
}

/** A new amount or category is that of the whole entry, unless the change splits it. */
export function changedEntry(entry: Entry, change: EntryChange): Entry {
  const { amountMinor, category } = { ...entry, ...change }
  const isWhole = change.amountMinor !== undefined || change.category !== undefined
  const whole = isWhole ? { categories: { [category]: amountMinor } } : {}
  return { ...entry, ...whole, ...change }
}

/** How an entry changes the balance: not at all if declined. Minor units. */
export const effectMinor = (entry: Entry): number =>
  entry.declineReason === undefined ? entry.amountMinor : 0

/** What an entry adds to "spent today": 0 or less. Money received does not reduce it. */
export const spendMinor = (entry: Entry): number =>
  entry.isInSpending ? Math.min(0, effectMinor(entry)) : 0
