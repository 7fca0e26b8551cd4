import { ageMs, type Instant } from '../lib/clock.ts'
import type { ErrorCode } from '../lib/errors.ts'
import { type Names, nameOf } from '../lib/names.ts'
import type { ReadAccount } from './account.ts'
import type { LoginStateName } from './login-state-name.ts'
import type { PastReading } from './past.ts'
import type { AccountReading, LoginReading, Snapshot } from './snapshot.ts'
import { NO_NAMES } from './spending.ts'

/** How the last polls of a login went. */
export interface PollHistory {
  readonly lastPollAt?: Instant
  readonly lastSuccessAt?: Instant
  /** Whether the last poll failed. */
  readonly hasFailed?: boolean
  /** What went wrong in the last poll; if the poll succeeded, only with pots or transactions. */
  readonly problem?: Problem
}

/** A failure, as shown to a person. */
export interface Problem {
  /** Absent for a bug. */
  readonly code?: ErrorCode
  readonly message: string
  readonly hint: string
}

/** The part of a login that a snapshot is made from. Times in Unix ms. */
export interface SnapshotSource {
  readonly userId: string | undefined
  readonly state: { readonly state: LoginStateName }
  /** Not yet known to see the account that is exported: its readings are ignored. */
  readonly isCandidate: boolean
  readonly accessTokenExpiresAtMs: number | undefined
  readonly authorizationExpiresAtMs: number | undefined
  readonly history: PollHistory
  readonly accounts: readonly ReadAccount[]
  /** What is kept of its accounts' past. @param names what to call categories. */
  pastsAt(nowMs: number, names: Names): readonly PastReading[]
}

export interface AssembleOptions {
  readonly now: Instant
  readonly staleAfterMs: number
  readonly areTokensPersisted?: boolean | undefined
  /** By account id. */
  readonly accountNames?: Names | undefined
  /** The labels to export instead of Monzo's own, by category. */
  readonly categoryNames?: Names | undefined
}

/**
 * Assembles what is exported now. Pure. Readings older than `staleAfterMs` are left out. An account
 * that several logins see is taken from the first connected login with a fresh balance of it. Sums
 * are as of now, so the snapshot is valid until the next day or month begins at the latest. What is past
 * does not go stale.
 */
export function assembleSnapshot(
  sources: readonly SnapshotSource[],
  {
    now,
    staleAfterMs,
    areTokensPersisted,
    accountNames = {},
    categoryNames = NO_NAMES,
  }: AssembleOptions,
): Snapshot {
  const deadlinesMs: number[] = [] // from now on
  const isFresh = (at: Instant | undefined): boolean =>
    at !== undefined && ageMs(at, now) <= staleAfterMs
  const isShown = (part: { readonly readAt: Instant } | undefined): boolean => {
    if (!part || !isFresh(part.readAt)) return false
    deadlinesMs.push(staleAfterMs - ageMs(part.readAt, now))
    return true
  }

  const loginOf = (source: SnapshotSource): LoginReading => {
    const { state } = source.state
    const { hasFailed, lastPollAt, lastSuccessAt } = source.history
    return {
      userId: source.userId,
      state,
      isUp: state === 'connected' && hasFailed !== true && isFresh(lastSuccessAt),
      accessTokenExpiresAtMs: source.accessTokenExpiresAtMs,
      authorizationExpiresAtMs: source.authorizationExpiresAtMs,
      lastPollAtMs: lastPollAt?.wallMs,
      lastSuccessfulPollAtMs: lastSuccessAt?.wallMs,
    }
  }
  const accountOf = (account: ReadAccount, userId: string | undefined): AccountReading => {
    const { balance, pots, transactions, ...about } = account
    const spending = isShown(transactions)
      ? transactions?.spendingAt(now.wallMs, categoryNames)
      : undefined
    if (spending) deadlinesMs.push(spending.holds.endMs - now.wallMs)
    return {
      ...about,
      ...balance,
      userId,
      accountName: nameOf(accountNames, account.accountId),
      pots: isShown(pots) ? pots?.pots : undefined,
      ...(spending && { spending }),
    }
  }

  const counted = sources.filter(({ isCandidate }) => !isCandidate)
  const isConnected = ({ state }: SnapshotSource) => state.state === 'connected'
  const accounts = new Map<string, AccountReading>()
  for (const source of counted.toSorted((a, b) => Number(isConnected(b)) - Number(isConnected(a))))
    for (const account of source.accounts)
      if (!accounts.has(account.accountId) && isShown(account.balance))
        accounts.set(account.accountId, accountOf(account, source.userId))
  const pasts = new Map<string, PastReading>()
  for (const source of counted)
    for (const past of source.pastsAt(now.wallMs, categoryNames)) {
      pasts.set(past.accountId, past)
      deadlinesMs.push(past.holds.endMs - now.wallMs)
    }
  const areUp = counted.map((source) => {
    const { isUp } = loginOf(source)
    if (isUp && source.history.lastSuccessAt)
      deadlinesMs.push(staleAfterMs - ageMs(source.history.lastSuccessAt, now))
    return isUp
  })
  return {
    isUp: areUp.length > 0 && areUp.every(Boolean),
    logins: sources.map(loginOf),
    accounts: [...accounts.values()],
    pasts: [...pasts.values()],
    areTokensPersisted,
    validForMs: deadlinesMs.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY),
  }
}
