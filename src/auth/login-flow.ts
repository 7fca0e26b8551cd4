import type { LoginStateName } from '../lib/login-state-name.ts'

/** One login as the pages tell of it. Holds no token. */
export interface LoginStatus {
  /** Random, for `/login/<id>`; lasts as long as the process. */
  readonly id: string
  readonly userId?: string | undefined
  readonly state: LoginStateName
  /** When it came into this state, Unix ms; absent when that was before this start. */
  readonly sinceMs?: number | undefined
  readonly authorizationExpiresAtMs?: number | undefined
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
