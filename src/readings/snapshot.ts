import type { Instant } from '../lib/clock.ts'
import type { LoginStateName } from './login-state-name.ts'
import type { PastReading } from './past.ts'
import type { Spending } from './spending.ts'

/** One pot at one instant. Amounts in minor units (pence). */
export interface PotReading {
  readonly potId: string
  readonly potName: string
  readonly currency: string
  readonly balanceMinor: number
  readonly goalMinor?: number | undefined
}

/** One account at one instant. Amounts in minor units (pence). Absent means unknown, never 0. */
export interface AccountReading {
  readonly accountId: string
  /** The user whose login read it; absent until known. */
  readonly userId?: string | undefined
  readonly currency: string
  readonly accountType: string
  /** What people call it; absent unless `account_names` says. */
  readonly accountName?: string | undefined
  /** `personal`, `joint`…; absent in Monzo's older replies. */
  readonly ownerType?: string | undefined
  readonly readAt: Instant
  readonly balanceMinor: number
  readonly totalMinor?: number | undefined
  readonly includingFlexibleSavingsMinor?: number | undefined
  /** As Monzo sends it: negative or 0. */
  readonly spendTodayMinor?: number | undefined
  /** Absent when this poll could not read them. */
  readonly pots?: readonly PotReading[] | undefined
  /** The sums of its transactions. Absent when this poll could not read them. */
  readonly spending?: Spending | undefined
}

/** One login, as exported. Times in Unix milliseconds, absent while unknown. */
export interface LoginReading {
  readonly userId?: string | undefined
  readonly state: LoginStateName
  /** Whether its last poll succeeded, and is no older than `stale_after`. */
  readonly isUp: boolean
  readonly accessTokenExpiresAtMs?: number | undefined
  readonly authorizationExpiresAtMs?: number | undefined
  readonly lastPollAtMs?: number | undefined
  readonly lastSuccessfulPollAtMs?: number | undefined
}

/** Everything that is exported at one time, without stale readings. Immutable once published. */
export interface Snapshot {
  readonly isUp: boolean
  readonly logins: readonly LoginReading[]
  readonly accounts: readonly AccountReading[]
  /** What is kept of accounts' past, however old their balances are. */
  readonly pasts: readonly PastReading[]
  /** Whether the newest tokens are on disk; absent when no tokens.json is used. */
  readonly areTokensPersisted?: boolean | undefined
  /** Milliseconds from now until a value in it goes stale; `Infinity` if none can. */
  readonly validForMs: number
}
