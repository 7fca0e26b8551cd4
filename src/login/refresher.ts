import { backoffMs } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { createInFlight } from '../lib/in-flight.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { TokenReply } from '../monzo/oauth.ts'
import { LONGEST_PAUSE_MS } from '../monzo/retry-after.ts'
import { TokenTrouble } from '../monzo/token-trouble.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import { refreshAtMs, renewedLogin } from './refresh-schedule.ts'

const EARLIEST_MS = 30_000 // between refreshes nobody asked for, whatever lifetime Monzo claims
const REFUSED_EARLIEST_MS = 2000 // a token that is refused when just born has no better successor
const REFUSED_FOR_MS = 60_000 // then it is tried again: Monzo may have been wrong

export type RefreshOutcome = 'refreshed' | 'refused' | 'failed' | 'withheld'

export interface RefresherDeps {
  readonly clock: Clock
  readonly random: () => number
  /** A shutdown: a refresh under way ends, no other begins. */
  readonly stopping: AbortSignal
  /** Whether this login is not over: then only a person can help, and Monzo is left alone. */
  readonly mayRefresh: () => boolean
  /**
   * Takes in what the file holds by now, through `adopt`. Rejects while the file holds the newest
   * tokens and could not take their successors.
   */
  readonly prepare: () => Promise<void>
  /** Not abortable: a refresh token works once, so a reply we drop locks the user out. */
  readonly exchange: (refreshToken: string) => Promise<TokenReply>
  /** Resolves once durable. Never rejects: what can't be saved now is kept and tried again. */
  readonly save: (login: StoredLogin) => Promise<void>
  /** Takes in what the file holds by now, through `adopt`. Never rejects. */
  readonly lookAtFile: () => Promise<void>
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
  /** Refreshes if it is time. Never rejects: the present token may still work. */
  refreshIfDue(): Promise<void>
  /** Goes on with these tokens, which somebody else put into the file. */
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
  // Both on the elapsed clock, which nobody sets:
  let notBeforeMs = Number.NEGATIVE_INFINITY
  let bornAtMs = Number.NEGATIVE_INFINITY
  let refused: { readonly token: string; readonly atMs: number } | undefined
  let lastFailure: unknown

  const ageMs = (): number => clock.elapsed() - bornAtMs
  const isRefused = (): boolean =>
    refused?.token === login.access_token && clock.elapsed() - refused.atMs < REFUSED_FOR_MS
  const isExpired = (): boolean => Date.parse(login.expires_at) <= clock.now()

  const use = (fresh: StoredLogin): void => {
    login = fresh
    dueAtMs = refreshAtMs(fresh, random())
  }
  /** Asks again, once and soon, when nobody knows whether Monzo got the question. */
  const exchangeTwice = async (refreshToken: string): Promise<TokenReply> => {
    try {
      return await exchange(refreshToken)
    } catch (error) {
      if (!(error instanceof TokenTrouble && error.isAmbiguous)) throw error
      onOutcome('failed', error)
      const isStopped = await clock.sleep(backoffMs(1, random()), stopping).then(
        () => false,
        () => true, // the file has the same token: the next start asks again
      )
      if (isStopped) throw error
      return exchange(refreshToken)
    }
  }
  const attempt = async (): Promise<void> => {
    const old = login
    try {
      await prepare()
      stopping.throwIfAborted() // not sent yet: the file has the same token at the next start
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

  return {
    async accessToken(token) {
      if (ended) throw ended
      // A refused token that is no longer the current one needs no refresh, only a repeat.
      if (token === login.access_token) refused = { token, atMs: clock.elapsed() }
      if (isRefused()) {
        if (ageMs() < REFUSED_EARLIEST_MS) throw refusedAtBirth()
        await refresh()
      } else if (isExpired() && ageMs() >= EARLIEST_MS && mayRefresh()) {
        await refresh().catch(() => undefined) // told of; our clock may be wrong: let Monzo decide
        if (ended) throw ended
      }
      return login.access_token
    },
    async refreshIfDue() {
      const isDue = dueAtMs <= clock.now() && ageMs() >= EARLIEST_MS
      if (isDue && !ended && mayRefresh()) await refresh().catch(() => undefined) // told of
    },
    adopt(fresh) {
      use(fresh)
      ended = undefined
      failures = 0
      notBeforeMs = Number.NEGATIVE_INFINITY
      bornAtMs = Number.NEGATIVE_INFINITY
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

const refusedAtBirth = () =>
  new AppError('MONZO_TOKEN_REFUSED', 'Monzo refuses a token that it has only just given', {
    hint: 'Nothing to do: it is tried again.',
  })
