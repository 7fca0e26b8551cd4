import { ageMs, type Instant } from '../lib/clock.ts'
import type { ReadAccount } from './account.ts'
import type { LoginStateName } from './login-state-name.ts'

/** Balances of one login that should be exported, and are not. */
export interface LostBalances {
  /** Unix ms: when the last of them became too old. If none was ever read: when it connected. */
  readonly sinceMs: number
  /** Of the accounts that they belong to; empty if none was ever read. */
  readonly accountIds: readonly string[]
  /** Whether no balance of this login is left. */
  readonly isAll: boolean
}

/** The part of a login that this looks at. */
export interface BalanceSource {
  readonly state: { readonly state: LoginStateName }
  readonly isCandidate: boolean
  /** Absent while it was not connected in this process. */
  readonly connectedAt: Instant | undefined
  readonly accounts: readonly ReadAccount[]
}

/**
 * What each login has lost, in the same order; `undefined` for one that has lost nothing. An account
 * that another login still reads is not lost. Pure.
 */
export function lostBalances(
  logins: readonly BalanceSource[],
  { now, staleAfterMs }: { readonly now: Instant; readonly staleAfterMs: number },
): readonly (LostBalances | undefined)[] {
  const isStale = (at: Instant): boolean => ageMs(at, now) > staleAfterMs
  const exported = new Set(
    logins
      .filter(({ isCandidate }) => !isCandidate)
      .flatMap(({ accounts }) => accounts.filter(({ balance }) => !isStale(balance.readAt)))
      .map(({ accountId }) => accountId),
  )
  return logins.map(({ state, isCandidate, connectedAt, accounts }) => {
    if (isCandidate) return undefined
    if (accounts.length === 0)
      return state.state === 'connected' && connectedAt && isStale(connectedAt)
        ? { sinceMs: connectedAt.wallMs, accountIds: [], isAll: true }
        : undefined
    const lost = accounts.filter(({ accountId }) => !exported.has(accountId))
    if (lost.length === 0) return undefined
    return {
      sinceMs: Math.max(...lost.map(({ balance }) => balance.readAt.wallMs)) + staleAfterMs,
      accountIds: lost.map(({ accountId }) => accountId),
      isAll: lost.length === accounts.length,
    }
  })
}
