import { type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { createInFlight } from '../lib/in-flight.ts'
import type { Log } from '../lib/log.ts'
import type { Names } from '../lib/names.ts'
import type { MonzoClient } from '../monzo/client.ts'
import { createGate, type Gate } from '../monzo/gate.ts'
import type { Monzo } from '../monzo/monzo.ts'
import { TokenTrouble } from '../monzo/token-trouble.ts'
import type { ReadAccount } from '../readings/account.ts'
import type { PollHistory } from '../readings/assemble.ts'
import type { PastReading } from '../readings/past.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import { AccountsReader, type Hint, type ReadSettings } from './accounts-reader.ts'
import { consentEndsAtMs } from './consent.ts'
import type { LoginStatus } from './login-flow.ts'
import type { LoginPast } from './login-past.ts'
import {
  type LoginEvent,
  type LoginState,
  nextLoginState,
  type Pace,
  paceOf,
} from './login-state.ts'
import { playgroundToken } from './playground-token.ts'
import { Poller, type PollReport } from './poller.ts'
import { createRefresher, type RefreshOutcome, type TokenSource } from './refresher.ts'

/** The settings that sessions obey, named as in config.toml. Live ones may change at any time. */
interface LoginSettings extends ReadSettings {
  readonly client_id?: string | undefined
  readonly poll_interval: { readonly ms: number }
  readonly stale_after: { readonly ms: number }
  readonly account_names: Names
  readonly category_names: Names
}

/** What every session shares. */
export interface SessionDeps {
  readonly clock: Clock
  /** In [0, 1), new for every call. */
  readonly random: () => number
  readonly log: Log
  readonly settings: () => LoginSettings
  readonly monzo: Monzo
  readonly store: TokenStore
  /** The part that a login has in the history; there is none unless `history` is set. */
  readonly pastOf?: ((login: Pick<Session, 'client' | 'gate'>) => LoginPast) | undefined
  /** Aborts on shutdown: no new refresh starts. */
  readonly stopping: AbortSignal
}

/** Called by a session when something happens to it. The rules of who may stay concern all sessions. */
export interface SessionOwner {
  /** Monzo answered `/accounts`. @returns whether the session stays, and is worth reading on. */
  accountsRead(session: Session, accountIds: readonly string[]): Promise<boolean>
  /** Monzo answered `/accounts` with 403. */
  accountsForbidden(session: Session): Promise<void>
  /** Monzo said whose login it is. */
  identified(session: Session): Promise<void>
  stateChanged(session: Session, before: LoginState): void
  refreshed(session: Session, outcome: RefreshOutcome, error?: unknown): void
  polled(session: Session, report: PollReport): void
  /** Something that is shown is different now. */
  changed(): void
  /** Writes the tokens of all sessions to disk. Never rejects. */
  save(): Promise<void>
}

/** What a session begins with. */
export interface SessionStart {
  /** Random, and no part of the login itself. */
  readonly id: string
  readonly state: LoginState
  /** Not yet shown to see the one account that is exported. */
  readonly isCandidate: boolean
  /** As kept in tokens.json, or a token from Monzo's playground, which is not kept. */
  readonly tokens: StoredLogin | string
}

/** One person's login in this process: its state, its tokens, its polls, and what they have read. */
export class Session {
  readonly id: string
  /** What every call for this login has to pass. */
  readonly gate: Gate
  readonly tokens: TokenSource
  readonly client: MonzoClient
  /** When the tokens that it started with were obtained, in Unix ms; `undefined` if unknown. */
  readonly firstTokensAtMs: number | undefined
  isCandidate: boolean
  /** Monzo has listed the one account that is exported. */
  seesAccount = false
  readonly #deps: SessionDeps
  readonly #owner: SessionOwner
  readonly #reader: AccountsReader
  readonly #poller: Poller
  readonly #past: LoginPast | undefined
  readonly #inBackground = createInFlight()
  readonly #leaving = new AbortController()
  #state: LoginState
  #sinceMs: number | undefined
  #connectedAt: Instant | undefined
  #stored: StoredLogin | undefined
  #userId: string | undefined

  constructor(start: SessionStart, deps: SessionDeps, owner: SessionOwner) {
    const { clock, log, settings, monzo } = deps
    this.id = start.id
    this.isCandidate = start.isCandidate
    this.#deps = deps
    this.#owner = owner
    this.#state = start.state
    this.#stored = typeof start.tokens === 'string' ? undefined : start.tokens
    this.#userId = this.#stored?.user_id
    this.#sinceMs = start.state.state === 'awaiting_approval' ? this.authorizedAtMs : undefined
    if (start.state.state === 'connected') this.#connectedAt = instantOf(clock)
    this.firstTokensAtMs = tokensObtainedAtMs(this.#stored)
    this.gate = createGate(clock)
    this.tokens =
      typeof start.tokens === 'string'
        ? this.#usePlayground(start.tokens)
        : this.#createRefresher(start.tokens)
    this.client = monzo.connect(this.gate, {
      accessToken: (refused) => this.tokens.accessToken(refused),
      onTokenAccepted: () => this.tokens.accepted(),
    })
    this.#past = deps.pastOf?.(this)
    this.#reader = new AccountsReader({
      clock,
      client: this.client,
      settings,
      past: this.#past,
      onAccounts: (ids) => this.#accountsRead(ids),
      onForbidden: () => owner.accountsForbidden(this),
      onWithoutBalance: (account_id, why) =>
        log.warn(
          { account_id },
          `The account ${account_id} is left out, since Monzo shows no balance of it (${why}).`,
        ),
      onNews: () => owner.changed(),
    })
    this.#poller = new Poller({
      clock,
      log,
      userId: () => this.#userId,
      pollIntervalMs: () => settings().poll_interval.ms,
      pace: () => this.pace,
      isAwaitingApproval: () => this.#state.state === 'awaiting_approval',
      poll: (signal) => this.#poll(signal),
      onNews: () => owner.changed(),
      onPolled: (report) => owner.polled(this, report),
    })
  }

  get state(): LoginState {
    return this.#state
  }
  get pace(): Pace {
    return paceOf(this.#state)
  }
  /** Absent while it was not connected in this process. */
  get connectedAt(): Instant | undefined {
    return this.#connectedAt
  }
  /** Only a person can get it other tokens. */
  get isOver(): boolean {
    return this.#state.state === 'reauthorization_required'
  }
  get userId(): string | undefined {
    return this.#userId
  }
  /** For tokens.json; absent for a playground token. */
  get stored(): StoredLogin | undefined {
    return this.#stored
  }
  /** Unix ms; absent where the file doesn't tell, and for a playground token. */
  get authorizedAtMs(): number | undefined {
    const text = this.#stored?.authorized_at
    return text === undefined ? undefined : Date.parse(text)
  }
  get authorizationExpiresAtMs(): number | undefined {
    const text = this.#stored?.authorized_at
    return text === undefined ? undefined : consentEndsAtMs(text)
  }
  /** Unix ms; absent for a playground token. */
  get accessTokenExpiresAtMs(): number | undefined {
    return this.#stored && Date.parse(this.#stored.expires_at)
  }
  get history(): PollHistory {
    return this.#poller.history
  }
  /** What its polls have read. */
  get accounts(): readonly ReadAccount[] {
    return this.#reader.accounts
  }
  /** What is kept of its accounts' past. @param names what to call categories. */
  pastsAt(nowMs: number, names: Names): readonly PastReading[] {
    return this.#past?.pastsAt(nowMs, names) ?? []
  }
  /** For the pages. */
  get status(): LoginStatus {
    const { lastPollAt, lastSuccessAt, hasFailed, problem } = this.history
    return {
      id: this.id,
      userId: this.#userId,
      state: this.#state.state,
      sinceMs: this.#sinceMs,
      authorizationExpiresAtMs: this.authorizationExpiresAtMs,
      lastPollAtMs: lastPollAt?.wallMs,
      lastSuccessAtMs: lastSuccessAt?.wallMs,
      hasFailed,
      problem,
      history: this.#past?.summary,
      accounts: this.accounts.map(({ accountId, accountType }) => ({ accountId, accountType })),
    }
  }

  /** Begins to poll. Only after its tokens were saved. @param turnsMs when, from now on. */
  start(turnsMs?: readonly number[]): void {
    this.#poller.start(turnsMs)
  }
  /** Resolves when the poll under way has given up. */
  async stop(): Promise<void> {
    this.#leaving.abort(new Error('stopping'))
    await Promise.all([this.#poller.stop(), this.#inBackground.settled()])
  }
  /** The poll interval has changed. @param turnMs when the next poll is due, from now on. */
  shift(turnMs: number): void {
    this.#poller.shift(turnMs)
  }
  /** A person is looking at its waiting page. */
  watch(): void {
    this.#poller.watch()
  }
  /** Reads one account now, beside the schedule, since it may just have changed. */
  reread(hint: Hint): void {
    if (this.pace !== 'often') return
    const reading = this.#reader.reread(hint, this.#leaving.signal)
    void this.#inBackground.track(reading).catch(() => undefined) // the next poll reports what is wrong
  }

  apply(event: LoginEvent): void {
    const before = this.#state
    this.#state = nextLoginState(before, event)
    if (before.state === this.#state.state) return
    this.#sinceMs = this.#deps.clock.now()
    if (this.#state.state === 'connected') this.#connectedAt = instantOf(this.#deps.clock)
    this.#owner.stateChanged(this, before)
  }

  /** Switches to other tokens, which somebody else wrote to the file. */
  adopt(stored: StoredLogin): void {
    this.#renew(stored)
    this.tokens.adopt(stored)
    this.apply({ type: 'tokens_replaced' })
    this.#poller.wake()
  }

  /** Ends the login at Monzo. Best effort: it is removed here anyway. */
  async logOut(): Promise<void> {
    const token = this.#stored?.access_token
    if (token === undefined) return
    const client = this.#deps.monzo.connect(this.gate, { accessToken: async () => token })
    const logOut = (limit: AbortSignal) => client.logOut(limit)
    await this.#deps.clock.within(LOGOUT_MS, logOut).catch(() => undefined)
  }

  /** What a file or a playground token doesn't tell, and Monzo's whoami did. */
  identify(userId: string): Promise<void> {
    this.#userId = userId
    if (this.#stored) this.#stored = { ...this.#stored, user_id: userId }
    return this.#owner.identified(this)
  }

  #renew(stored: StoredLogin): void {
    this.#userId = stored.user_id ?? this.#userId
    this.#stored = { ...stored, user_id: this.#userId }
  }

  async #poll(signal: AbortSignal) {
    await this.tokens.refreshIfDue()
    if (this.#userId === undefined) await this.#askWhoItIs(signal)
    const result = await this.#reader.poll(signal)
    if (this.#state.state === 'connected' && !signal.aborted) this.#readPast(signal)
    return result
  }

  /** After the balances: nobody shall wait for them while a ledger is loaded. */
  #readPast(signal: AbortSignal): void {
    const past = this.#past
    if (!past) return
    const isReadingIn = past.isReadingIn
    const reading = past.read(signal).then(() => {
      if (isReadingIn && !past.isReadingIn) this.#poller.wake() // pots and the month waited for it
    })
    void this.#inBackground.track(reading)
  }

  #accountsRead(ids: readonly string[]): Promise<boolean> {
    // Before its state says so: the waiting page is done when nothing more is read in.
    if (this.#state.state !== 'connected') this.#past?.approved()
    return this.#owner.accountsRead(this, ids)
  }

  /** Best effort: without it the login is only exported without `user_id`. */
  async #askWhoItIs(signal: AbortSignal): Promise<void> {
    try {
      await this.identify(await this.client.readUserId(signal))
    } catch {
      signal.throwIfAborted() // the poll itself will meet the same trouble, and tell of it
    }
  }

  #usePlayground(token: string): TokenSource {
    const { clock, monzo, stopping } = this.#deps
    const asker = monzo.connect(this.gate, { accessToken: async () => token })
    return playgroundToken(token, {
      clock,
      isOver: () => asker.readUserId(stopping).then(() => false, isTokenRefused),
      onOver: () => this.apply({ type: 'refresh_refused' }),
    })
  }

  #createRefresher(stored: StoredLogin): TokenSource {
    const { clock, random, settings, monzo, store, stopping } = this.#deps
    return createRefresher(
      {
        clock,
        random,
        stopping,
        mayRefresh: () => !this.isOver,
        prepare: () => store.prepare(),
        lookAtFile: () => store.look(),
        exchange: async (refreshToken) => {
          await this.gate.pass(stopping)
          return monzo.refresh(refreshToken, stopping).catch((error: unknown) => {
            if (error instanceof TokenTrouble) this.gate.pauseFor(error.retryAfterMs)
            throw error
          })
        },
        save: (fresh) => {
          // Monzo refreshes tokens only for the client they were made with: by now it is known.
          this.#renew({ ...fresh, client_id: fresh.client_id ?? settings().client_id })
          return this.#owner.save()
        },
        onOutcome: (outcome, error) => this.#owner.refreshed(this, outcome, error),
      },
      stored,
    )
  }
}

const LOGOUT_MS = 5000

const isTokenRefused = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'MONZO_TOKEN_REFUSED'

/** Unix ms; `undefined` where the file doesn't tell. */
function tokensObtainedAtMs(stored: StoredLogin | undefined): number | undefined {
  if (stored?.expires_in === undefined) return undefined
  return Date.parse(stored.expires_at) - stored.expires_in * 1000
}
