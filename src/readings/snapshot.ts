import type { Instant } from '../lib/clock.ts'
import type { LoginStateName } from './login-state-name.ts'
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
  /** Whose login read it; absent until that is known. */
  readonly userId?: string | undefined
  readonly currency: string
  readonly accountType: string
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
  /** What its transactions come to. Absent when this poll could not read them. */
  readonly spending?: Spending | undefined
}

/** What there is to say of one login. Times in Unix milliseconds, absent while unknown. */
export interface LoginReading {
  readonly userId?: string | undefined
  readonly state: LoginStateName
  /** Its last poll succeeded, within `stale_after`. */
  readonly isUp: boolean
  readonly accessTokenExpiresAtMs?: number | undefined
  readonly authorizationExpiresAtMs?: number | undefined
  readonly lastPollAtMs?: number | undefined
  readonly lastSuccessfulPollAtMs?: number | undefined
}

/** All that is exported at one moment, stale readings left out. Immutable once published. */
export interface Snapshot {
  readonly isUp: boolean
  readonly logins: readonly LoginReading[]
  readonly accounts: readonly AccountReading[]
  /** Whether disk holds the newest tokens; absent when there is no tokens.json to hold them. */
  readonly areTokensPersisted?: boolean | undefined
  /** Milliseconds from now until a value in it goes stale; `Infinity` when none can. */
  readonly validForMs: number
}
