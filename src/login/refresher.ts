import { backoffMs } from '../lib/backoff.ts'
import { type Clock, HOUR_MS } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { createInFlight } from '../lib/in-flight.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { TokenReply } from '../monzo/oauth.ts'
import { LONGEST_PAUSE_MS } from '../monzo/retry-after.ts'
import { TokenTrouble } from '../monzo/token-trouble.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import { refreshAtMs, renewedLogin } from './refresh-schedule.ts'

const EARLIEST_MS = 30_000 // least time between refreshes that no 401 asked for, however short Monzo says tokens live
const REFUSED_EARLIEST_MS = 2000 // if a token this new is refused, another refresh would not help
const REFUSED_FOR_MS = 60_000 // after that it is tried once more: Monzo may have been wrong
const FUTILE_FIRST_MS = 60_000 // the wait after a refresh that cures no 401; doubles with each one
const FUTILE_MOST_MS = HOUR_MS

export type RefreshOutcome = 'refreshed' | 'refused' | 'failed' | 'withheld'

export interface RefresherDeps {
  readonly clock: Clock
  readonly random: () => number
  /** Aborts on shutdown: no new refresh starts, one under way finishes. */
  readonly stopping: AbortSignal
  /** False once the login is over: only a person can help then, so Monzo is not asked. */
  readonly mayRefresh: () => boolean
  /**
   * Reads changes that others made to the file (calls `adopt`), and checks that new tokens could be
   * saved. Rejects if not, unless the newest tokens are not on disk anyway.
   */
  readonly prepare: () => Promise<void>
  /** Not abortable: a refresh token works once, so a reply we drop locks the user out. */
  readonly exchange: (refreshToken: string) => Promise<TokenReply>
  /** Resolves once durable. Never rejects: what can't be saved is kept in memory and retried. */
  readonly save: (login: StoredLogin) => Promise<void>
  /** Reads changes that others made to the file (calls `adopt`). Never rejects. */
  readonly lookAtFile: () => Promise<void>
  /** Called after every attempt. `refused` ends the login. */
  readonly onOutcome: (outcome: RefreshOutcome, error?: unknown) => void
}

/** Where a login's access token comes from. */
export interface TokenSource {
  /**
   * @param refused the token that Monzo has just refused, if any. @returns the token to try now,
   *   which is the refused one if the last refresh made no difference and was not long ago.
   * @throws {AppError} REAUTHORIZATION_REQUIRED when only a person can get another one, or
   *   whatever the failed refresh threw.
   */
  accessToken(refused?: string): Promise<string>
  /** Monzo accepts the token in every call: if it refuses one again, a refresh may help at once. */
  accepted(): void
  /** Refreshes if it is time. Never rejects: the present token may still work. */
  refreshIfDue(): Promise<void>
  /** Switches to these tokens, which somebody else wrote to the file. */
  adopt(stored: StoredLogin): void
  /** Resolves when no refresh is under way. */
  settled(): Promise<void>
}

/** Keeps one login's tokens fresh. New ones are saved **before** anyone may use them. */
export function createRefresher(deps: RefresherDeps, stored: StoredLogin): TokenSource {
  const { clock, random, stopping, mayRefresh, prepare, exchange, save, onOutcome } = deps
  const inFlight = createInFlight()
  let login = stored
  let dueAtMs = refreshAtMs(login, random())
  let ended: AppError | undefined
  let failures = 0
  // Both on the elapsed clock, which can't be set:
  let notBeforeMs = Number.NEGATIVE_INFINITY
  let bornAtMs = Number.NEGATIVE_INFINITY
  let refused: { readonly token: string; readonly atMs: number } | undefined
  let lastFailure: unknown
  let cures = 0 // refreshes that a 401 asked for, since Monzo has last accepted a token everywhere
  let futileUntilMs = Number.NEGATIVE_INFINITY

  const ageMs = (): number => clock.elapsed() - bornAtMs
  const isRefused = (): boolean =>
    refused?.token === login.access_token && clock.elapsed() - refused.atMs < REFUSED_FOR_MS
  const isFutile = (): boolean => ageMs() < REFUSED_EARLIEST_MS || clock.elapsed() < futileUntilMs
  const isExpired = (): boolean => Date.parse(login.expires_at) <= clock.now()

  const use = (fresh: StoredLogin): void => {
    login = fresh
    dueAtMs = refreshAtMs(fresh, random())
  }
  /** Sends once more, soon, if the first request may or may not have reached Monzo. */
  const exchangeTwice = async (refreshToken: string): Promise<TokenReply> => {
    try {
      return await exchange(refreshToken)
    } catch (error) {
      if (!(error instanceof TokenTrouble && error.isAmbiguous)) throw error
      onOutcome('failed', error)
      const isStopped = await clock.sleep(backoffMs(1, random()), stopping).then(
        () => false,
        () => true, // the file still has this token: the next start sends it again
      )
      if (isStopped) throw error
      return exchange(refreshToken)
    }
  }
  const attempt = async (): Promise<void> => {
    const old = login
    try {
      await prepare()
      stopping.throwIfAborted() // not sent yet, so the file still has a good token
    } catch (error) {
      if (error !== stopping.reason) onOutcome('withheld', error)
      throw error
    }
    if (login !== old) return // somebody else has refreshed it
    let reply: TokenReply
    try {
      reply = await exchangeTwice(old.refresh_token)
    } catch (error) {
      const isRefusal = isEnd(error)
      if (isRefusal) await deps.lookAtFile() // another instance may have won
      if (login !== old) return
      if (isRefusal) ended = error
      if (error !== stopping.reason) onOutcome(isRefusal ? 'refused' : 'failed', error)
      throw error
    }
    if (login.authorized_at !== old.authorized_at) return // a person has logged in anew meanwhile
    const fresh = renewedLogin(old, reply, clock.now())
    await save(fresh)
    use(fresh)
    bornAtMs = clock.elapsed()
    onOutcome('refreshed')
  }
  const refresh = singleFlight(async () => {
    if (ended) throw ended
    if (!mayRefresh()) throw consentIsOver()
    if (clock.elapsed() < notBeforeMs) throw lastFailure
    try {
      await inFlight.track(attempt())
      failures = 0
    } catch (error) {
      const askedMs = error instanceof TokenTrouble ? error.retryAfterMs : 0
      const waitMs = Math.max(Math.min(askedMs, LONGEST_PAUSE_MS), backoffMs(++failures, random()))
      notBeforeMs = clock.elapsed() + waitMs
      lastFailure = error
      throw error
    }
  })

  /** Because of a 401. Some calls may be refused whatever the token: each refresh costs a one-time token. */
  const cure = singleFlight(async () => {
    await refresh()
    futileUntilMs = clock.elapsed() + Math.min(FUTILE_MOST_MS, FUTILE_FIRST_MS * 2 ** cures++)
  })

  const accepted = (): void => {
    refused = undefined
    cures = 0
    futileUntilMs = Number.NEGATIVE_INFINITY
  }

  return {
    async accessToken(token) {
      if (ended) throw ended
      // A refused token that is no longer the current one needs no refresh, only a repeat.
      if (token === login.access_token) refused = { token, atMs: clock.elapsed() }
      // After a refresh that has cured nothing, other calls may still be accepted with this token.
      const isWorthCuring = token !== undefined || cures === 0
      if (isRefused() && !isFutile() && isWorthCuring) {
        await cure()
      } else if (isExpired() && ageMs() >= EARLIEST_MS && mayRefresh()) {
        await refresh().catch(() => undefined) // reported by onOutcome; our clock may be wrong, so Monzo decides
        if (ended) throw ended
      }
      return login.access_token
    },
    accepted,
    async refreshIfDue() {
      const isDue = dueAtMs <= clock.now() && ageMs() >= EARLIEST_MS
      if (isDue && !ended && mayRefresh()) await refresh().catch(() => undefined) // reported by onOutcome
    },
    adopt(fresh) {
      use(fresh)
      ended = undefined
      failures = 0
      notBeforeMs = Number.NEGATIVE_INFINITY
      bornAtMs = Number.NEGATIVE_INFINITY
      accepted()
    },
    settled: () => inFlight.settled(),
  }
}

const isEnd = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'REAUTHORIZATION_REQUIRED'

const consentIsOver = () =>
  new AppError('REAUTHORIZATION_REQUIRED', "Monzo's consent is over", {
    hint: 'Somebody has to log in again: open the authorize link.',
  })
