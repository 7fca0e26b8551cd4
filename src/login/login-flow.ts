import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { baseOf } from '../lib/url.ts'
import type { OAuth, TokenReply } from '../monzo/oauth.ts'
import type { ReadAccount } from '../readings/account.ts'
import type { Problem } from '../readings/assemble.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'
import type { LostBalances } from '../readings/lost-balances.ts'
import type { PastSummary } from '../readings/past.ts'

/** One login as the pages show it, and how its last polls went. No token in it. Times in Unix ms. */
export interface LoginStatus {
  /** Random, for `/login/<id>`; lasts as long as the process. */
  readonly id: string
  readonly userId?: string | undefined
  readonly state: LoginStateName
  /** When it came into this state; absent when that was before this start. */
  readonly sinceMs?: number | undefined
  readonly authorizationExpiresAtMs?: number | undefined
  readonly lastPollAtMs?: number | undefined
  readonly lastSuccessAtMs?: number | undefined
  /** Whether the last poll failed; if not, a `problem` cost it only pots or transactions. */
  readonly hasFailed?: boolean | undefined
  /** What the last poll could not read, and why. */
  readonly problem?: Problem | undefined
  /** What is kept of its past; absent unless the setting `history` is on. */
  readonly history?: PastSummary | undefined
  /** The accounts whose balances it has read. */
  readonly accounts?: readonly AccountStatus[] | undefined
  /** Balances that are not exported any more. */
  readonly lost?: LostBalances | undefined
}

/** An account as the pages show it: no money. */
export type AccountStatus = Pick<ReadAccount, 'accountId' | 'accountType'>

/** How a callback relates to the logins that were begun here. */
export type CallbackStanding =
  /** No such `state`, or it has expired: forged, or older than ten minutes. */
  | 'unknown'
  /** Begun in this very browser. */
  | 'same_browser'
  /** Begun here, in another browser: the key has to be given before it may be finished. */
  | 'other_browser'
  /** Its code was exchanged, and that worked: this is a reload of the page. */
  | 'finished'
  /** Its code was sent for exchange, and that failed or is still under way. */
  | 'used'

/** A person's way from `/authorize` to Monzo and back to `/callback`. */
export interface LoginFlow {
  /**
   * Starts a login.
   * @param binding what this browser's cookie holds, if it has one: kept when it is still known.
   * @returns where to send the browser, and what its cookie must hold for ten minutes.
   */
  begin(binding: string | undefined): { readonly authorizeUrl: URL; readonly binding: string }
  /** Changes nothing, and may be asked any number of times. */
  standing(state: string, binding: string | undefined): CallbackStanding
  /**
   * Exchanges the code that Monzo sent with this state. Uses up the state, whatever comes of it.
   * @throws {AppError} LOGIN_STATE_UNKNOWN, LOGIN_STATE_USED, CODE_REFUSED, CLIENT_REFUSED,
   *   CLIENT_NOT_CONFIDENTIAL, MONZO_UNAVAILABLE, MONZO_UNREADABLE, TOKENS_DAMAGED.
   */
  finish(code: string, state: string): Promise<LoginStatus>
}

export interface LoginFlowDeps {
  readonly clock: Clock
  /** Unguessable text, new for every call. */
  readonly randomText: () => string
  readonly oauth: Pick<OAuth, 'authorizeUrl' | 'exchangeCode'>
  /** Keeps the new login: saved when this resolves. */
  readonly accept: (reply: TokenReply) => Promise<LoginStatus>
}

/**
 * The link a person opens to log in: the one text that holds the key.
 * @param publicUrl `redirect_uri`; a path in it is kept.
 */
export function authorizeLink(publicUrl: URL, authKey: string): string {
  return `${baseOf(publicUrl)}/authorize?key=${encodeURIComponent(authKey)}`
}

const LIFETIME_MS = 10 * 60_000
const MAX_PENDING = 100 // not even somebody with the key can fill the memory; the oldest go first

interface Pending {
  readonly binding: string
  readonly begunAt: Instant
  progress: 'open' | 'used' | 'finished'
}

/** Keeps begun logins in memory: one that a restart interrupts is simply begun again. */
export function createLoginFlow({ clock, randomText, oauth, accept }: LoginFlowDeps): LoginFlow {
  const pending = new Map<string, Pending>() // by state, oldest first

  const forgetOld = (): void => {
    const now = instantOf(clock)
    for (const [state, { begunAt }] of pending)
      if (ageMs(begunAt, now) > LIFETIME_MS) pending.delete(state)
  }
  const find = (state: string): Pending | undefined => {
    forgetOld()
    return pending.get(state)
  }
  return {
    begin(known) {
      forgetOld()
      const isKnown = [...pending.values()].some(({ binding }) => binding === known)
      const binding = known !== undefined && isKnown ? known : randomText()
      const state = randomText()
      const surplus = Math.max(0, pending.size - MAX_PENDING + 1)
      for (const oldest of [...pending.keys()].slice(0, surplus)) pending.delete(oldest)
      pending.set(state, { binding, begunAt: instantOf(clock), progress: 'open' })
      return { authorizeUrl: oauth.authorizeUrl(state), binding }
    },
    standing(state, binding) {
      const found = find(state)
      if (!found) return 'unknown'
      if (found.progress !== 'open') return found.progress
      return found.binding === binding ? 'same_browser' : 'other_browser'
    },
    async finish(code, state) {
      const found = find(state)
      if (found?.progress !== 'open') throw stateRefusal(found ? 'used' : 'unknown')
      found.progress = 'used' // before the first await: a code sent twice is refused by Monzo
      const status = await accept(await oauth.exchangeCode(code, state))
      found.progress = 'finished'
      return status
    },
  }
}

/**
 * Why a callback can't be finished, whoever asks; `undefined` when it can.
 * @param query of the callback, as Monzo sent it.
 */
export function callbackRefusal(
  standing: CallbackStanding,
  query: URLSearchParams,
): AppError | undefined {
  if (standing !== 'same_browser' && standing !== 'other_browser')
    return stateRefusal(standing === 'unknown' ? 'unknown' : 'used')
  if (query.has('error'))
    return new AppError('LOGIN_DENIED', 'Monzo reports that access was not granted', {
      hint: 'If that was a mistake, start again and allow access this time.',
    })
  if (!query.get('code'))
    return new AppError('CODE_REFUSED', 'Monzo sent no code along', {
      hint: 'Open the whole link from Monzo’s mail, or start again.',
    })
  return undefined
}

const stateRefusal = (why: 'unknown' | 'used'): AppError =>
  why === 'unknown'
    ? new AppError('LOGIN_STATE_UNKNOWN', 'It was not started here, or more than ten minutes ago', {
        hint: 'Start again, and open Monzo’s mail within ten minutes.',
      })
    : new AppError('LOGIN_STATE_USED', 'Every link from Monzo’s mail works once', {
        hint: 'If it failed before, start again; the status page tells whether somebody is logged in.',
      })
