import type { Clock } from '../lib/clock.ts'
import { createGate, type Gate } from '../monzo/gate.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import { consentEndsAtMs } from './consent.ts'
import type { LoginStatus } from './login-flow.ts'
import {
  type LoginEvent,
  type LoginState,
  nextLoginState,
  type Pace,
  paceOf,
} from './login-state.ts'
import type { TokenSource } from './refresher.ts'

export interface LoginDeps {
  /** Random, and no part of the login itself. */
  readonly id: string
  readonly state: LoginState
  /** Absent for a playground token: there is nothing to keep. */
  readonly stored?: StoredLogin
  /** Not yet shown to see the one account that is exported. */
  readonly isCandidate: boolean
  readonly tokens: (login: Login) => TokenSource
  readonly clock: Clock
  readonly onChange: (login: Login, before: LoginState) => void
}

/** One person's login while this process runs: its tokens, and where it stands. */
export class Login {
  readonly id: string
  readonly tokens: TokenSource
  /** What every call for this login has to pass. */
  readonly gate: Gate
  isCandidate: boolean
  /** Monzo has listed the one account that is exported. */
  seesAccount = false
  readonly #deps: LoginDeps
  #state: LoginState
  #sinceMs: number | undefined
  #stored: StoredLogin | undefined
  #userId: string | undefined

  constructor(deps: LoginDeps) {
    this.id = deps.id
    this.gate = createGate(deps.clock)
    this.isCandidate = deps.isCandidate
    this.#deps = deps
    this.#state = deps.state
    this.#stored = deps.stored
    this.#sinceMs = deps.state.state === 'awaiting_approval' ? this.authorizedAtMs : undefined
    this.#userId = deps.stored?.user_id
    this.tokens = deps.tokens(this)
  }

  get stored(): StoredLogin | undefined {
    return this.#stored
  }
  get userId(): string | undefined {
    return this.#userId
  }
  get state(): LoginState {
    return this.#state
  }
  get pace(): Pace {
    return paceOf(this.#state)
  }
  get authorizedAtMs(): number | undefined {
    const text = this.#stored?.authorized_at
    return text === undefined ? undefined : Date.parse(text)
  }
  get authorizationExpiresAtMs(): number | undefined {
    const text = this.#stored?.authorized_at
    return text === undefined ? undefined : consentEndsAtMs(text)
  }
  /** Unix ms; `undefined` where the file doesn't tell, and for a playground token. */
  get tokensObtainedAtMs(): number | undefined {
    const { expires_at, expires_in } = this.#stored ?? {}
    if (expires_at === undefined || expires_in === undefined) return undefined
    return Date.parse(expires_at) - expires_in * 1000
  }
  /** Unix ms; absent for a playground token. */
  get accessTokenExpiresAtMs(): number | undefined {
    return this.#stored && Date.parse(this.#stored.expires_at)
  }

  apply(event: LoginEvent): void {
    const before = this.#state
    this.#state = nextLoginState(before, event)
    if (before.state === this.#state.state) return
    this.#sinceMs = this.#deps.clock.now()
    this.#deps.onChange(this, before)
  }

  /** New tokens from a refresh. Whoever calls it saves them before anyone uses them. */
  renew(stored: StoredLogin): void {
    this.#userId = stored.user_id ?? this.#userId
    this.#stored = { ...stored, user_id: this.#userId }
  }

  /** Only a person can get it other tokens. */
  get isOver(): boolean {
    return this.#state.state === 'reauthorization_required'
  }

  /** Other tokens, which somebody else put into the file. */
  adopt(stored: StoredLogin): void {
    this.renew(stored)
    this.tokens.adopt(stored)
    this.apply({ type: 'tokens_replaced' })
  }

  /** What a file or a playground token doesn't tell, and Monzo's whoami did. */
  identify(userId: string): void {
    this.#userId = userId
    if (this.#stored) this.#stored = { ...this.#stored, user_id: userId }
  }

  status(): LoginStatus {
    return {
      id: this.id,
      userId: this.#userId,
      state: this.#state.state,
      sinceMs: this.#sinceMs,
      authorizationExpiresAtMs: this.authorizationExpiresAtMs,
    }
  }
}
