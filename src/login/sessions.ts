import { type Clock, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { TokenReply } from '../monzo/oauth.ts'
import { mergeLogins } from '../tokens/merge-logins.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import type { LoginStatus } from './login-flow.ts'
import { createLoginNews } from './login-news.ts'
import { type LoginState, restoredState } from './login-state.ts'
import { createLoginTokens } from './login-tokens.ts'
import { playgroundToken } from './playground-token.ts'
import { renewedLogin } from './refresh-schedule.ts'
import type { RefreshOutcome } from './refresher.ts'
import { Login } from './session.ts'

export interface LoginsDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly randomId: () => string
  readonly log: Log
  /** The one account to export: then a login of another person has to prove that it sees it. */
  readonly accountId?: string | undefined
  readonly clientId?: string | undefined
  readonly store: TokenStore
  /** A shutdown: no refresh begins any more. */
  readonly stopping: AbortSignal
  readonly refresh: (refreshToken: string) => Promise<TokenReply>
  /** Ends a login at Monzo. Best effort: what it throws is ignored. */
  readonly logOut: (login: Login, accessToken: string) => Promise<void>
  readonly onRefresh: (outcome: RefreshOutcome) => void
  readonly onAdded: (login: Login) => void
  readonly onRemoved: (login: Login) => void
  /** It has other tokens, and is worth a poll now. */
  readonly onRenewed: (login: Login) => void
  /** Any state changed; also after the two above. */
  readonly onChanged: () => void
  /** Somebody has to open the authorize link. */
  readonly onPersonNeeded: (sentence: string) => void
  /** It was said that a consent ends soon. */
  readonly onConsentEnds: () => void
}

const MAX_REMEMBERED = 20 // removed logins whose page may still ask
const WRONG_ACCOUNT =
  'The person who logged in cannot see the account of account_id, so that login was removed'

/** Every login there is, and the rules of who may join, replace and leave. */
export class Logins {
  readonly #deps: LoginsDeps
  #logins: readonly Login[] = []
  #removed: readonly LoginStatus[] = []
  #rejection: AppError | undefined
  readonly #news: ReturnType<typeof createLoginNews>
  constructor(deps: LoginsDeps) {
    this.#deps = deps
    this.#news = createLoginNews(deps)
  }

  get all(): readonly Login[] {
    return this.#logins
  }
  /** Why the newest login was turned away, and what to do; until another one is accepted. */
  get notices(): readonly string[] {
    return this.#rejection ? [`${this.#rejection.message}. ${this.#rejection.hint}`] : []
  }
  find(id: string): LoginStatus | undefined {
    const status = this.#logins.find((login) => login.id === id)?.status()
    return status ?? this.#removed.find((login) => login.id === id)
  }

  /** @throws {AppError} TOKENS_DAMAGED, TOKENS_UNREADABLE. */
  async restore(): Promise<void> {
    const stored = await this.#deps.store.load((base, theirs) => this.#merge(base, theirs))
    for (const [index, login] of stored.entries()) this.#restoreOne(login, index > 0)
    this.#deps.onChanged()
  }

  #restoreOne(login: StoredLogin, isFurther: boolean): void {
    const { clock, accountId, clientId, log } = this.#deps
    if (login.client_id !== undefined && login.client_id !== clientId)
      log.warn({}, 'A login in the tokens file was made with another client_id; it may be refused.')
    const state = restoredState(timeOf(login.authorized_at), instantOf(clock))
    this.#add(login, state, accountId !== undefined && isFurther)
  }

  /** Tokens from the developer playground: nothing is kept on disk, nobody can log in. */
  usePlayground(tokens: readonly string[]): void {
    for (const token of tokens)
      this.#enter(
        new Login({
          ...this.#common(),
          state: { state: 'connected' },
          isCandidate: false,
          tokens: (login) => playgroundToken(token, () => login.apply({ type: 'refresh_refused' })),
        }),
      )
    this.#deps.onChanged()
  }

  /**
   * A login whose code was just exchanged. Saved when this resolves. The same user's older login
   * is replaced at once: Monzo has evicted it already.
   */
  async accept(reply: TokenReply): Promise<LoginStatus> {
    const { clock, clientId, accountId } = this.#deps
    const nowMs = clock.now()
    const authorized_at = new Date(nowMs).toISOString()
    const blank = { access_token: '', refresh_token: '', expires_at: '', client_id: clientId }
    const stored = renewedLogin({ ...blank, authorized_at }, reply, nowMs)
    const replaced = this.#logins.filter(
      ({ userId, state }) =>
        (userId !== undefined && userId === reply.userId) ||
        (userId === undefined && state.state === 'reauthorization_required'),
    )
    const isProven = replaced.some(({ isCandidate }) => !isCandidate)
    for (const login of replaced) this.#remove(login)
    const state: LoginState = { state: 'awaiting_approval', sinceMs: clock.elapsed() }
    const added = this.#add(stored, state, accountId !== undefined && !isProven)
    this.#rejection = undefined
    await this.#save()
    this.#deps.onChanged()
    this.#deps.log.info({}, 'Logged in: now approve the access in the Monzo app.')
    return added.status()
  }

  /** Monzo answered `/accounts`. @returns whether the login may stay, and is worth reading on. */
  async accountsRead(login: Login, accountIds: readonly string[]): Promise<boolean> {
    const { accountId = '' } = this.#deps
    const wasAwaiting = login.state.state === 'awaiting_approval'
    login.apply({ type: 'accounts_read' })
    login.seesAccount = accountIds.includes(accountId)
    if (!login.isCandidate) return true
    if (!login.seesAccount) {
      // An older login that account_id makes a candidate leaves only to one that is better: the
      // setting may be what is wrong.
      if (wasAwaiting || this.#logins.some((other) => other.seesAccount)) await this.#reject(login)
      return false
    }
    login.isCandidate = false
    for (const other of this.#logins) if (other !== login) await this.#leave(other)
    await this.#save()
    this.#deps.onChanged()
    return true
  }

  /** Monzo answered `/accounts` with 403: not approved yet, or consent is over. */
  async accountsForbidden(login: Login): Promise<void> {
    login.apply({ type: 'accounts_forbidden', atMs: this.#deps.clock.elapsed() })
    if (login.state.state !== 'unauthorized') return
    await this.#leave(login)
    await this.#save()
    this.#deps.onChanged()
    const sentence = 'A login was not approved in the Monzo app within an hour, and is over'
    if (this.#logins.length === 0) this.#deps.onPersonNeeded(sentence)
    else this.#deps.log.warn({}, `${sentence}.`)
  }

  /** From time to time: what somebody else may have done to the file, and what is to come. */
  async attend(): Promise<void> {
    await this.#deps.store.look()
    if (this.#news.remind(this.#logins)) this.#deps.onConsentEnds()
  }

  async identify(login: Login, userId: string): Promise<void> {
    login.identify(userId)
    if (login.stored) await this.#save()
    this.#deps.onChanged()
  }

  /** Resolves when no refresh is under way and the newest tokens were tried to be saved. */
  async stop(): Promise<void> {
    await Promise.all(this.#logins.map((login) => login.tokens.settled()))
    await this.#deps.store.stop()
  }

  #common() {
    return {
      id: this.#deps.randomId(),
      clock: this.#deps.clock,
      onChange: (login: Login, before: LoginState) => this.#stateChanged(login, before),
    }
  }

  #add(stored: StoredLogin, state: LoginState, isCandidate: boolean): Login {
    const deps = {
      ...this.#deps,
      save: () => this.#save(),
      onOutcome: this.#refreshed.bind(this),
    }
    const tokens = (login: Login) => createLoginTokens(login, stored, deps)
    return this.#enter(new Login({ ...this.#common(), stored, state, isCandidate, tokens }))
  }

  /** Somebody else has changed the file. @returns what it should hold now. */
  #merge(base: readonly StoredLogin[], theirs: readonly StoredLogin[]): readonly StoredLogin[] {
    const { kept, added } = mergeLogins(base, theirs, this.#logins)
    for (const login of this.#logins)
      if (!kept.some((other) => other.login === login)) this.#remove(login)
    for (const { login, renewed } of kept)
      if (renewed) {
        login.adopt(renewed)
        this.#deps.onRenewed(login)
      }
    for (const login of added) this.#restoreOne(login, this.#logins.length > 0)
    if (this.#logins.length === 0) this.#deps.onPersonNeeded('Nobody is logged in')
    this.#deps.onChanged()
    return this.#stored()
  }

  #enter(login: Login): Login {
    this.#logins = [...this.#logins, login]
    this.#deps.onAdded(login)
    return login
  }

  #remove(login: Login): void {
    this.#logins = this.#logins.filter((other) => other !== login)
    const status: LoginStatus = { ...login.status(), state: 'unauthorized' }
    this.#removed = [...this.#removed, status].slice(-MAX_REMEMBERED)
    this.#deps.onRemoved(login)
  }

  /** Removes it, and ends it at Monzo too: tokens that nobody keeps should open nothing. */
  async #leave(login: Login): Promise<void> {
    this.#remove(login)
    const token = login.stored?.access_token
    if (token !== undefined) await this.#deps.logOut(login, token).catch(() => undefined)
  }

  async #reject(login: Login): Promise<void> {
    await this.#leave(login)
    this.#rejection = new AppError('WRONG_ACCOUNT', WRONG_ACCOUNT, {
      hint: 'Log in as the owner of that account, or correct account_id and restart.',
    })
    await this.#save()
    this.#deps.log.warn({ code: this.#rejection.code }, `${WRONG_ACCOUNT}.`)
    this.#deps.onChanged()
    if (this.#logins.length === 0) this.#deps.onPersonNeeded('Nobody is logged in')
  }

  #refreshed(login: Login, outcome: RefreshOutcome, error: unknown): void {
    this.#deps.onRefresh(outcome)
    this.#news.refreshed(login, outcome, error)
    if (outcome === 'refused') login.apply({ type: 'refresh_refused' })
    this.#deps.onChanged()
  }

  #stateChanged(login: Login, before: LoginState): void {
    if (login.isOver && this.#isSuperfluous(login)) {
      this.#remove(login)
      void this.#save()
    } else this.#news.stateChanged(login, before)
    this.#deps.onChanged()
  }

  /** A login that ended is missed by nobody when a better one is there; a token of the settings is. */
  #isSuperfluous(login: Login): boolean {
    if (login.stored === undefined) return false
    const others = this.#logins.filter((other) => other !== login && !other.isOver)
    if (login.isCandidate) return others.some((other) => !other.isCandidate)
    return login.userId === undefined && others.some(({ userId }) => userId !== undefined)
  }

  #stored(): readonly StoredLogin[] {
    return this.#logins.flatMap((login) => login.stored ?? [])
  }

  #save(): Promise<void> {
    return this.#deps.store.save(this.#stored())
  }
}

const timeOf = (iso: string | undefined): number | undefined =>
  iso === undefined ? undefined : Date.parse(iso)
