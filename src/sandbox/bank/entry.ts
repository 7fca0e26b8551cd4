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
}

/** How an entry changes the balance: not at all if declined. Minor units. */
export const effectMinor = (entry: Entry): number =>
  entry.declineReason === undefined ? entry.amountMinor : 0

/** What an entry adds to "spent today": 0 or less. Money received does not reduce it. */
export const spendMinor = (entry: Entry): number =>
  entry.isInSpending ? Math.min(0, effectMinor(entry)) : 0
