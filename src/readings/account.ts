import type { Instant } from '../lib/clock.ts'
import type { PotReading } from './snapshot.ts'
import type { TransactionsReading } from './spending.ts'

/** An account's balances, as read from Monzo. Amounts in minor units (pence); absent means unknown. */
export interface BalanceReading {
  readonly readAt: Instant
  readonly currency: string
  readonly balanceMinor: number
  readonly totalMinor: number | undefined
  readonly includingFlexibleSavingsMinor: number | undefined
  /** As Monzo sends it: negative or 0. */
  readonly spendTodayMinor: number | undefined
}

export interface PotsReading {
  readonly readAt: Instant
  readonly pots: readonly PotReading[]
}

/** What polls have read of one account. Its parts are read, and go stale, separately. Immutable. */
export interface ReadAccount {
  readonly accountId: string
  readonly accountType: string
  /** `personal`, `joint`…; absent in Monzo's older replies. */
  readonly ownerType: string | undefined
  readonly balance: BalanceReading
  readonly pots?: PotsReading | undefined
  readonly transactions?: TransactionsReading | undefined
}
