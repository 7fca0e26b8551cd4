import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { TokenReply } from './oauth.ts'
import type { StoredLogin } from './token-file.ts'

const MAX_LEAD_MS = 30 * 60_000 // a token endpoint that is down for minutes costs no poll
const JITTER = 0.1 // of the lead, so that several logins don't all refresh at once
const UNKNOWN_LIFETIME_MS = 30 * 60_000 // what a reply that doesn't tell is taken for
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 60_000

/** @param random in [0, 1). @returns when to refresh, in Unix ms. */
export function refreshAtMs(login: StoredLogin, random: number): number {
  const lifetimeMs = (login.expires_in ?? Number.POSITIVE_INFINITY) * 1000
  const leadMs = Math.min(MAX_LEAD_MS, lifetimeMs / 4)
  return Date.parse(login.expires_at) - leadMs * (1 - JITTER * random)
}

/** Puts a reply on top of the login it renews; what the reply doesn't tell stays as it was. */
export function renewedLogin(login: StoredLogin, reply: TokenReply, nowMs: number): StoredLogin {
  const lifetimeMs = reply.expiresIn === undefined ? UNKNOWN_LIFETIME_MS : reply.expiresIn * 1000
  return {
    ...login,
    user_id: reply.userId ?? login.user_id,
    access_token: reply.accessToken,
    refresh_token: reply.refreshToken ?? login.refresh_token,
    expires_at: new Date(nowMs + lifetimeMs).toISOString(),
    expires_in: reply.expiresIn,
  }
}

export type RefreshOutcome = 'refreshed' | 'refused' | 'failed' | 'withheld'

export interface RefresherDeps {
  readonly clock: Clock
  readonly random: () => number
  /** Rejects while the file holds the newest tokens and could not take their successors. */
  readonly proveWritable: () => Promise<void>
  /** Not abortable: a refresh token works once, so a reply we drop locks the user out. */
  readonly exchange: (refreshToken: string) => Promise<TokenReply>
  /** Resolves once durable. Never rejects: what can't be saved now is kept and tried again. */
  readonly save: (login: StoredLogin) => Promise<void>
  /** Told of every attempt. A `refused` one ends the login. */
  readonly onOutcome: (outcome: RefreshOutcome, error?: unknown) => void
}

/** Where a login's access token comes from. */
export interface TokenSource {
  /**
   * @param refused the token that Monzo has just refused. @returns one worth trying.
   * @throws {AppError} REAUTHORIZATION_REQUIRED when only a person can get another one; what
   *   the exchange throws while it can't be had.
   */
  accessToken(refused?: string): Promise<string>
  /** Refreshes if it is time. Never rejects: the present token still works. */
  refreshIfDue(): Promise<void>
  /** Resolves when no refresh is under way. */
  settled(): Promise<void>
}

/** Keeps one login's tokens fresh. New ones are saved **before** anyone may use them. */
export function createRefresher(deps: RefresherDeps, stored: StoredLogin): TokenSource {
  let login = stored
  let dueAtMs = refreshAtMs(login, deps.random())
  let ended: AppError | undefined
  let failures = 0
  let notBeforeMs = Number.NEGATIVE_INFINITY // on the elapsed clock
  let lastFailure: unknown
  let underWay: Promise<unknown> = Promise.resolve()

  const attempt = async (): Promise<void> => {
    try {
      await deps.proveWritable()
    } catch (error) {
      deps.onOutcome('withheld', error)
      throw error
    }
    let reply: TokenReply
    try {
      reply = await deps.exchange(login.refresh_token)
    } catch (error) {
      if (error instanceof AppError && error.code === 'REAUTHORIZATION_REQUIRED') ended = error
      deps.onOutcome(ended ? 'refused' : 'failed', error)
      throw error
    }
    const fresh = renewedLogin(login, reply, deps.clock.now())
    await deps.save(fresh)
    login = fresh
    dueAtMs = refreshAtMs(fresh, deps.random())
    deps.onOutcome('refreshed')
  }

  const refresh = singleFlight(async () => {
    if (ended) throw ended
    if (deps.clock.elapsed() < notBeforeMs) throw lastFailure
    const run = attempt()
    underWay = run.catch(() => undefined)
    try {
      await run
      failures = 0
    } catch (error) {
      const ceilingMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++)
      notBeforeMs = deps.clock.elapsed() + ceilingMs * deps.random()
      lastFailure = error
      throw error
    }
  })

  return {
    async accessToken(refused) {
      if (ended) throw ended
      const isExpired = Date.parse(login.expires_at) <= deps.clock.now()
      // A refused token that is no longer the current one needs no refresh, only a repeat.
      if (refused === undefined ? isExpired : refused === login.access_token) await refresh()
      return login.access_token
    },
    async refreshIfDue() {
      if (dueAtMs <= deps.clock.now() && !ended) await refresh().catch(() => undefined) // told of
    },
    async settled() {
      await underWay
    },
  }
}
