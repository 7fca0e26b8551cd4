import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { OAuth, TokenReply } from '../monzo/oauth.ts'
import type { Problem } from '../readings/assemble.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'

/** One login as the pages tell of it. Holds no token. */
export interface LoginStatus {
  /** Random, for `/login/<id>`; lasts as long as the process. */
  readonly id: string
  readonly userId?: string | undefined
  readonly state: LoginStateName
  /** When it came into this state, Unix ms; absent when that was before this start. */
  readonly sinceMs?: number | undefined
  readonly authorizationExpiresAtMs?: number | undefined
  readonly lastPollAtMs?: number | undefined
  readonly lastSuccessAtMs?: number | undefined
  /** Whether the last poll failed; else a problem cost only pots or transactions. */
  readonly hasFailed?: boolean | undefined
  /** What the last poll could not read, and why. */
  readonly problem?: Problem | undefined
}

/** How a callback stands to the logins that were begun here. */
export type CallbackStanding =
  /** No such `state`, or it has expired: forged, or older than ten minutes. */
  | 'unknown'
  /** Begun in this very browser. */
  | 'same_browser'
  /** Begun here, in another browser: the key has to be given before it may be finished. */
  | 'other_browser'
  /** Its code was exchanged, and that worked: the page was reloaded. */
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
   * Exchanges the code; uses up the state, whatever comes of it.
   * @param query of the callback, as Monzo sent it, with `code` and `state` once each.
   * @throws {AppError} LOGIN_STATE_UNKNOWN, LOGIN_STATE_USED, LOGIN_DENIED (state kept),
   *   CODE_REFUSED, CLIENT_REFUSED, CLIENT_NOT_CONFIDENTIAL, MONZO_UNAVAILABLE, MONZO_UNREADABLE,
   *   TOKENS_DAMAGED.
   */
  finish(query: URLSearchParams): Promise<LoginStatus>
}

export interface LoginFlowDeps {
  readonly clock: Clock
  /** Unguessable text, new for every call. */
  readonly randomText: () => string
  readonly oauth: Pick<OAuth, 'authorizeUrl' | 'exchangeCode'>
  /** Keeps the new login: saved when this resolves. */
  readonly accept: (reply: TokenReply) => Promise<LoginStatus>
}

const LIFETIME_MS = 10 * 60_000
const MAX_PENDING = 100 // who has the key can't fill the memory; older ones are forgotten first

interface Pending {
  readonly binding: string
  readonly begunAt: Instant
  progress: 'open' | 'used' | 'finished'
}

/** Keeps what was begun in memory: a login that a restart interrupts is simply begun again. */
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
    async finish(query) {
      const state = query.get('state') ?? ''
      const found = find(state)
      if (!found) throw unknownState()
      if (found.progress !== 'open') throw usedState()
      const code = query.get('code')
      if (query.has('error') || !code) throw denied()
      found.progress = 'used' // before the first await: a code sent twice is refused by Monzo
      const status = await accept(await oauth.exchangeCode(code, state))
      found.progress = 'finished'
      return status
    },
  }
}

const unknownState = () =>
  new AppError(
    'LOGIN_STATE_UNKNOWN',
    'This login was not begun here, or more than ten minutes ago',
    {
      hint: 'Start again with Authorize.',
    },
  )
const usedState = () =>
  new AppError('LOGIN_STATE_USED', 'This login link was used already', {
    hint: 'Start again with Authorize.',
  })
const denied = () =>
  new AppError('LOGIN_DENIED', 'Monzo says that access was denied', {
    hint: 'If that was a mistake, start again with Authorize.',
  })
