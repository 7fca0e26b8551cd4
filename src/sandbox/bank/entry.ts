/** Where a card was used. */
export interface Merchant {
  readonly id: string
  readonly groupId: string
  readonly name: string
  /** As it stands on the statement, padded by the card scheme. */
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
  /** Ledgers are in the order of ids, which is nearly, but not quite, that of `createdMs`. */
  readonly id: string
  readonly createdMs: number
  readonly amountMinor: number
  /** `mastercard`, `bacs`, `payport_faster_payments`, `p2p_payment`, `uk_retail_pot`, `monzo_flex`… */
  readonly scheme: string
  readonly description: string
  readonly category: string
  /** Null on some; several keys when the person has split it. */
  readonly categories: Readonly<Record<string, number>> | null
  readonly merchant?: Merchant | undefined
  readonly counterparty?: Readonly<Record<string, string>> | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** When it settles; absent: it stays pending. */
  readonly settledMs?: number | undefined
  /** Declined: the balance never moved. */
  readonly declineReason?: string | undefined
  /** What was paid abroad, in that currency's own units. */
  readonly local?: { readonly amountMinor: number; readonly currency: string } | undefined
  readonly isInSpending: boolean
  /** Whether the account's own side started it. */
  readonly isOriginator: boolean
  readonly notes: string
  readonly userId: string
  /** The pot on the other side of a pot transfer. */
  readonly potId?: string | undefined
}

/** What an entry does to the balance: nothing when declined. Minor units. */
export const effectMinor = (entry: Entry): number =>
  entry.declineReason === undefined ? entry.amountMinor : 0

/** What an entry adds to "spent today": 0 or less. Money received does not make it smaller. */
export const spendMinor = (entry: Entry): number =>
  entry.isInSpending ? Math.min(0, effectMinor(entry)) : 0
