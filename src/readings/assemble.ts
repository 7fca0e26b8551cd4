import { ageMs, type Instant } from '../lib/clock.ts'
import type { ErrorCode } from '../lib/errors.ts'
import type { AccountReading, KeptReading, LoginReading, Snapshot } from './snapshot.ts'

/** How the last polls of a login went. */
export interface PollHistory {
  readonly lastPollAt?: Instant
  readonly lastSuccessAt?: Instant
  /** The last poll did not succeed. */
  readonly hasFailed?: boolean
  /** What went wrong in the last poll; where it succeeded, with what it read besides balances. */
  readonly problem?: Problem
}

/** A failure as a person is told of it. */
export interface Problem {
  /** Absent for a bug. */
  readonly code?: ErrorCode
  readonly message: string
  readonly hint: string
}

/** One login as it stands: who and in what state it is, and what polling it gave. */
export interface LoginView {
  readonly login: Omit<LoginReading, 'isUp' | 'lastPollAtMs' | 'lastSuccessfulPollAtMs'>
  /** Not yet shown to see the account that is exported: it counts for nothing. */
  readonly isCandidate: boolean
  readonly history: PollHistory
  readonly readings: readonly KeptReading[]
}

export interface AssembleOptions {
  readonly now: Instant
  readonly staleAfterMs: number
  readonly areTokensPersisted?: boolean | undefined
}

/**
 * What is exported now. Pure. A reading older than `staleAfterMs` is left out; an account that
 * several logins see is taken from the first connected one that has a fresh reading of it. Sums
 * are those of this moment: the snapshot is valid until the next day or month begins at most.
 */
export function assembleSnapshot(views: readonly LoginView[], options: AssembleOptions): Snapshot {
  const { now, staleAfterMs, areTokensPersisted } = options
  const leftMs = (at: Instant): number => staleAfterMs - ageMs(at, now)
  const isFresh = (at: Instant | undefined): at is Instant => at !== undefined && leftMs(at) >= 0

  const logins = views.map(({ login, history, isCandidate }) => ({
    isCandidate,
    history,
    reading: {
      ...login,
      isUp:
        login.state === 'connected' && history.hasFailed !== true && isFresh(history.lastSuccessAt),
      lastPollAtMs: history.lastPollAt?.wallMs,
      lastSuccessfulPollAtMs: history.lastSuccessAt?.wallMs,
    },
  }))
  const counted = logins.filter(({ isCandidate }) => !isCandidate)

  const accounts = new Map<string, AccountReading>()
  const transactionsLeftMs: number[] = []
  const isConnected = ({ login }: LoginView) => login.state === 'connected'
  const settled = views.filter(({ isCandidate }) => !isCandidate)
  const byRank = [...settled.filter(isConnected), ...settled.filter((view) => !isConnected(view))]
  for (const { login, readings } of byRank)
    for (const { transactions, ...reading } of readings) {
      if (!isFresh(reading.readAt) || accounts.has(reading.accountId)) continue
      const isKnown = isFresh(transactions?.readAt)
      const spending = isKnown ? transactions?.spendingAt(now.wallMs) : undefined
      accounts.set(reading.accountId, {
        ...reading,
        userId: login.userId,
        ...(spending && { spending }),
      })
      if (transactions && spending)
        transactionsLeftMs.push(leftMs(transactions.readAt), spending.holds.endMs - now.wallMs)
    }

  const deadlines = [
    ...[...accounts.values()].map(({ readAt }) => leftMs(readAt)),
    ...transactionsLeftMs,
    ...counted.flatMap(({ reading, history }) =>
      reading.isUp && history.lastSuccessAt ? [leftMs(history.lastSuccessAt)] : [],
    ),
  ]
  return {
    isUp: counted.length > 0 && counted.every(({ reading }) => reading.isUp),
    logins: logins.map(({ reading }) => reading),
    accounts: [...accounts.values()],
    areTokensPersisted,
    validForMs: deadlines.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY),
  }
}
