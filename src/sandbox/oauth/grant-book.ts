import type { Clock } from '../../lib/clock.ts'
import type { Chance } from '../bank/chance.ts'
import { ERRORS, Refusal } from '../errors.ts'
import type { Knobs } from '../knobs.ts'
import {
  atTime,
  type GrantEvent,
  type GrantState,
  isInWindow,
  isWaiting,
  nextGrantState,
} from './grant-state.ts'
import { createTokenText, looksLikeToken } from './token-text.ts'

/** A client's access to one person's data, as given by a login. */
export interface Grant {
  readonly clientId: string
  readonly userId: string
  readonly authorizedAtMs: number
  readonly state: GrantState
}

/** The tokens that a login or a refresh issues. */
export interface IssuedTokens {
  readonly grant: Grant
  readonly accessToken: string
  /** Absent for clients that are not confidential. */
  readonly refreshToken: string | undefined
  /** Lifetime of the access token, in seconds. */
  readonly expiresIn: number
}

/** Whether a token works, and if not, why. */
type Fate = 'alive' | 'rotated' | 'evicted' | 'ended'

interface Token {
  readonly owner: OpenGrant
  readonly use: 'access' | 'refresh'
  expiresAtMs: number
  fate: Fate
}

interface OpenGrant {
  readonly clientId: string
  readonly userId: string
  readonly authorizedAtMs: number
  state: GrantState
  /** Pages of old transactions that were read since the approval. */
  oldPages: number
  access: Token | undefined
  refresh: Token | undefined
}

export interface GrantBookDeps {
  readonly clock: Clock
  /** Makes the tokens. */
  readonly chance: Chance
  readonly knobs: () => Knobs
}

/** Holds one grant per client and person, and every token that was ever issued. */
export class GrantBook {
  readonly #deps: GrantBookDeps
  readonly #grants = new Map<string, OpenGrant>()
  readonly #tokens = new Map<string, Token>()
  constructor(deps: GrantBookDeps) {
    this.#deps = deps
  }

  /** The newest grant of each client and person. */
  list(): readonly Grant[] {
    return [...this.#grants.values()].map((grant) => this.#published(grant))
  }

  /**
   * A login. It ends the same client's earlier grant for the same person, including the approval.
   */
  open(clientId: string, userId: string): IssuedTokens {
    const key = `${clientId} ${userId}`
    const old = this.#grants.get(key)
    if (old) this.#kill(old, 'evicted')
    const grant: OpenGrant = {
      clientId,
      userId,
      authorizedAtMs: this.#deps.clock.now(),
      state: { state: 'pre_verification' },
      oldPages: 0,
      access: undefined,
      refresh: undefined,
    }
    this.#grants.set(key, grant)
    return this.#issue(grant)
  }

  /**
   * Replaces both tokens; the state and the time of approval stay.
   * @throws {Refusal} E13, E14; then nothing changes.
   */
  rotate(clientId: string, refreshToken: string): IssuedTokens {
    const token = this.#tokens.get(refreshToken)
    if (token?.use !== 'refresh' || token.owner.clientId !== clientId) throw new Refusal(ERRORS.E13)
    if (token.fate === 'evicted') throw new Refusal(ERRORS.E14)
    if (token.fate !== 'alive' || this.#hasLapsedForRefresh(token.owner))
      throw new Refusal(ERRORS.E13)
    this.#kill(token.owner, 'rotated')
    return this.#issue(token.owner)
  }

  /**
   * Finds the grant of an access token, approved or not.
   * @throws {Refusal} E1, E2, E3, E4.
   */
  find(accessToken: string): Grant {
    const token = this.#tokens.get(accessToken)
    if (token?.use !== 'access')
      throw new Refusal(token || looksLikeToken(accessToken) ? ERRORS.E4 : ERRORS.E3)
    if (token.fate !== 'alive') throw new Refusal(token.fate === 'evicted' ? ERRORS.E2 : ERRORS.E4)
    if (token.expiresAtMs <= this.#deps.clock.now())
      throw new Refusal(this.#deps.knobs().expiredToken === 401 ? ERRORS.E1 : ERRORS.E3)
    return this.#published(token.owner)
  }

  /** The user whose token it is, or was. */
  userOf(token: string): string | undefined {
    return this.#tokens.get(token)?.owner.userId
  }

  /** Whether the person's data may be read now. */
  isApproved(grant: Grant): boolean {
    const { state } = atTime(grant.state, this.#deps.clock.now())
    return state === 'verified' || (state === 'lapsed' && this.#deps.knobs().lapse !== '403')
  }

  /**
   * Whether a page of transactions older than 90 days may be read now: for five minutes after an
   * approval, and no more pages than the knob `historyPages` lets through. Counts the page.
   */
  takeOldPage({ clientId, userId }: Grant): boolean {
    const { clock, knobs } = this.#deps
    const grant = this.#grants.get(`${clientId} ${userId}`)
    if (!grant || !isInWindow(grant.state, clock.now())) return false
    return grant.oldPages++ < knobs().historyPages
  }

  /** The grants that wait for approval in the app. */
  waiting(): readonly Grant[] {
    return this.list().filter(
      (grant) =>
        isWaiting(grant.state) && !(grant.state.state === 'lapsed' && this.isApproved(grant)),
    )
  }

  /**
   * The person approves access in the app.
   * @param userId absent: everybody. @param clientId absent: every client.
   * @returns the ids of the users whose grants changed; likewise the methods below.
   */
  approve(userId?: string, clientId?: string): readonly string[] {
    return this.#apply({ type: 'approved', atMs: this.#deps.clock.now() }, userId, clientId)
  }

  /** The person declines access in the app. */
  decline(userId?: string, clientId?: string): readonly string[] {
    return this.#apply({ type: 'declined' }, userId, clientId)
  }

  /** The person removes access in the app: no token works any more. */
  revoke(userId?: string, clientId?: string): readonly string[] {
    return this.#apply({ type: 'revoked' }, userId, clientId)
  }

  /** The approval ends, as it does after 90 days. */
  lapse(userId?: string): readonly string[] {
    return this.#apply({ type: 'lapsed' }, userId)
  }

  /** Access tokens expire now; refresh tokens still work. */
  expireAccess(userId?: string): readonly string[] {
    return this.#each(userId, ({ access }) => {
      if (access) access.expiresAtMs = this.#deps.clock.now()
      return access !== undefined
    })
  }

  /** Every token is evicted, as by another login with the same client. */
  evict(userId?: string): readonly string[] {
    return this.#each(userId, (grant) => {
      this.#kill(grant, 'evicted')
      return true
    })
  }

  /** Ends the grant that this access token belongs to. */
  logOut(accessToken: string): void {
    const grant = this.#tokens.get(accessToken)?.owner
    if (!grant) return
    grant.state = nextGrantState(grant.state, { type: 'revoked' })
    this.#kill(grant, 'ended')
  }

  #apply(event: GrantEvent, userId?: string, clientId?: string): readonly string[] {
    return this.#each(userId, (grant) => {
      if (clientId !== undefined && grant.clientId !== clientId) return false
      const before = atTime(grant.state, this.#deps.clock.now())
      grant.state = nextGrantState(before, event)
      if (event.type === 'approved' && grant.state !== before) grant.oldPages = 0
      if (grant.state.state === 'revoked') this.#kill(grant, 'ended')
      return grant.state !== before
    })
  }

  #each(userId: string | undefined, change: (grant: OpenGrant) => boolean): readonly string[] {
    return [...this.#grants.values()]
      .filter((grant) => userId === undefined || grant.userId === userId)
      .filter(change)
      .map((grant) => grant.userId)
  }

  #issue(grant: OpenGrant): IssuedTokens {
    const { chance, clock, knobs } = this.#deps
    const { confidential, expiresIn } = knobs()
    const accessToken = createTokenText('at', chance)
    const refreshToken = confidential ? createTokenText('rt', chance) : undefined
    grant.access = this.#keep(accessToken, {
      owner: grant,
      use: 'access',
      expiresAtMs: clock.now() + expiresIn * 1000,
      fate: 'alive',
    })
    grant.refresh =
      refreshToken === undefined
        ? undefined
        : this.#keep(refreshToken, {
            owner: grant,
            use: 'refresh',
            expiresAtMs: Number.POSITIVE_INFINITY, // their real lifetime is not known
            fate: 'alive',
          })
    return { grant: this.#published(grant), accessToken, refreshToken, expiresIn }
  }

  #keep(text: string, token: Token): Token {
    this.#tokens.set(text, token)
    return token
  }

  /** Ends the grant's tokens. Tokens that have ended already keep their first fate. */
  #kill({ access, refresh }: OpenGrant, fate: Fate): void {
    for (const token of [access, refresh]) if (token?.fate === 'alive') token.fate = fate
  }

  #hasLapsedForRefresh(grant: OpenGrant): boolean {
    const { state } = atTime(grant.state, this.#deps.clock.now())
    return state === 'lapsed' && this.#deps.knobs().lapse === 'refresh401'
  }

  #published(grant: OpenGrant): Grant {
    const { clientId, userId, authorizedAtMs } = grant
    return { clientId, userId, authorizedAtMs, state: atTime(grant.state, this.#deps.clock.now()) }
  }
}
