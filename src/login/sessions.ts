import { type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { createInFlight } from '../lib/in-flight.ts'
import type { Names } from '../lib/names.ts'
import type { TokenReply } from '../monzo/oauth.ts'
import { assembleSnapshot } from '../readings/assemble.ts'
import { type LostBalances, lostBalances } from '../readings/lost-balances.ts'
import type { Snapshot } from '../readings/snapshot.ts'
import { mergeLogins } from '../tokens/merge-logins.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import type { LoginStatus } from './login-flow.ts'
import { createLoginNews } from './login-news.ts'
import { type LoginState, restoredState } from './login-state.ts'
import type { PollReport } from './poller.ts'
import { renewedLogin } from './refresh-schedule.ts'
import type { RefreshOutcome } from './refresher.ts'
import { Session, type SessionDeps, type SessionOwner, type SessionStart } from './session.ts'
import { firstTurnsMs, slotMs } from './spread.ts'
import { asSubject, whoseLogin } from './whose-login.ts'

export interface SessionsDeps extends SessionDeps {
  readonly randomId: () => string
  readonly onRefresh: (outcome: RefreshOutcome) => void
  readonly onPolled: (session: Session, report: PollReport) => void
  readonly onRemoved: (session: Session) => void
  /** Something that is shown is different now. */
  readonly onChanged: () => void
  /** Somebody has to open the authorize link. */
  readonly onPersonNeeded: (sentence: string) => void
  /** It was said that a consent ends soon. */
  readonly onConsentEnds: () => void
}

const MAX_REMEMBERED = 20 // removed logins whose page may still ask
const WRONG_ACCOUNT =
  'The person who logged in cannot see the account of account_id, so that login was removed'
const seenInstead = (ids: readonly string[]): string =>
  ids.length === 0 ? 'They see no account at all.' : `They see ${ids.join(', ')}.`

/** Every login there is, and the rules of who may join, replace and leave. */
export class Sessions implements SessionOwner {
  readonly #deps: SessionsDeps
  #sessions: readonly Session[] = []
  #removed: readonly LoginStatus[] = []
  #rejection: AppError | undefined
  readonly #leaving = createInFlight()
  readonly #news: ReturnType<typeof createLoginNews>
  constructor(deps: SessionsDeps) {
    this.#deps = deps
    this.#news = createLoginNews(deps)
  }

  get all(): readonly Session[] {
    return this.#sessions
  }
  /** Why the newest login was turned away, and what to do; until another one is accepted. */
  get warnings(): readonly string[] {
    return this.#rejection ? [`${this.#rejection.message}. ${this.#rejection.hint}`] : []
  }
  /** For the status page. */
  get statuses(): readonly LoginStatus[] {
    const lost = this.#lost(instantOf(this.#deps.clock))
    return this.#sessions.map(({ status }, index) => ({ ...status, lost: lost[index] }))
  }
  /** Whether the disk holds the newest tokens; `undefined` where none are kept. */
  get areTokensPersisted(): boolean | undefined {
    const { settings, store } = this.#deps
    return settings().client_id === undefined ? undefined : store.isPersisted()
  }
  /** What is exported now. @param categoryNames the labels to export instead of Monzo's own. */
  snapshot(categoryNames: Names = this.#deps.settings().category_names): Snapshot {
    const { clock, settings } = this.#deps
    return assembleSnapshot(this.#sessions, {
      now: instantOf(clock),
      staleAfterMs: settings().stale_after.ms,
      areTokensPersisted: this.areTokensPersisted,
      accountNames: settings().account_names,
      categoryNames,
    })
  }
  find(id: string): LoginStatus | undefined {
    const status = this.#sessions.find((session) => session.id === id)?.status
    return status ?? this.#removed.find((removed) => removed.id === id)
  }
  /** A person is looking at this login's waiting page. @returns what that shows. */
  watch(id: string): LoginStatus | undefined {
    this.#sessions.find((session) => session.id === id)?.watch()
    return this.find(id)
  }

  /** @throws {AppError} TOKENS_DAMAGED, TOKENS_UNREADABLE. */
  async restore(): Promise<void> {
    const stored = await this.#deps.store.load((base, theirs) => this.#merge(base, theirs))
    this.#start(stored.map((login, index) => this.#restoreOne(login, index > 0)))
    this.#deps.onChanged()
  }

  #restoreOne(login: StoredLogin, isFurther: boolean): Session {
    const { clock, settings, log } = this.#deps
    const { account_id, client_id } = settings()
    if (login.client_id !== undefined && login.client_id !== client_id)
      log.warn(
        { user_id: login.user_id },
        'A login in the tokens file was made with another client_id; it may be refused.',
      )
    if (login.authorized_at === undefined)
      log.warn(
        { user_id: login.user_id },
        'The tokens file does not say when this login was made, so nothing can warn you before its 90 days end: log in once, from the status page.',
      )
    const state = restoredState(timeOf(login.authorized_at), instantOf(clock))
    const isCandidate = account_id !== undefined && isFurther
    return this.#add({ tokens: login, state, isCandidate })
  }

  /** Tokens from the developer playground: nothing is kept on disk, nobody can log in. */
  usePlayground(tokens: readonly string[]): void {
    const begin = { state: { state: 'connected' }, isCandidate: false } as const
    this.#start(tokens.map((token) => this.#add({ ...begin, tokens: token })))
    this.#deps.onChanged()
  }

  /**
   * A login whose code was just exchanged. Saved, and only then used, when this resolves. The same
   * user's older login is replaced at once: Monzo has evicted it already.
   */
  async accept(reply: TokenReply): Promise<LoginStatus> {
    const { clock, settings } = this.#deps
    const { account_id, client_id } = settings()
    const nowMs = clock.now()
    const authorized_at = new Date(nowMs).toISOString()
    const blank = { access_token: '', refresh_token: '', expires_at: '', client_id }
    const tokens = renewedLogin({ ...blank, authorized_at }, reply, nowMs)
    const replaced = this.#sessions.filter(
      ({ userId, isOver }) =>
        (userId !== undefined && userId === reply.userId) || (userId === undefined && isOver),
    )
    const isProven = replaced.some(({ isCandidate }) => !isCandidate)
    for (const session of replaced) this.#remove(session)
    const state: LoginState = { state: 'awaiting_approval', sinceMs: clock.elapsed() }
    const isCandidate = account_id !== undefined && !isProven
    const added = this.#add({ tokens, state, isCandidate })
    this.#rejection = undefined
    await this.save()
    if (this.#sessions.includes(added)) this.#start([added])
    this.#deps.onChanged()
    this.#news.waits(added, 'Logged in: now approve the access in the Monzo app.')
    return added.status
  }

  async accountsRead(session: Session, accountIds: readonly string[]): Promise<boolean> {
    const { account_id = '' } = this.#deps.settings()
    const wasAwaiting = session.state.state === 'awaiting_approval'
    session.apply({ type: 'accounts_read' })
    session.seesAccount = accountIds.includes(account_id)
    if (!session.isCandidate) return true
    if (!session.seesAccount) {
      // An older login that account_id makes a candidate leaves only to one that is better: the
      // setting may be what is wrong.
      if (wasAwaiting || this.#sessions.some((other) => other.seesAccount))
        await this.#reject(session, accountIds)
      return false
    }
    session.isCandidate = false
    for (const other of this.#sessions) if (other !== session) await this.#leave(other)
    await this.save()
    this.#deps.onChanged()
    return true
  }

  /** It is not approved yet, or consent is over. */
  async accountsForbidden(session: Session): Promise<void> {
    session.apply({ type: 'accounts_forbidden', atMs: this.#deps.clock.elapsed() })
    if (session.state.state === 'awaiting_approval')
      this.#news.waits(session, 'A login still waits: approve the access in the Monzo app.')
    if (session.state.state !== 'unauthorized') return
    await this.#leave(session)
    await this.save()
    this.#deps.onChanged()
    const whose = asSubject(whoseLogin(session.userId))
    const sentence = `${whose} was not approved in the Monzo app within an hour, and is over`
    if (this.#sessions.length === 0) this.#deps.onPersonNeeded(sentence)
    else this.#deps.log.warn({ user_id: session.userId }, `${sentence}.`)
  }

  async identified({ stored }: Session): Promise<void> {
    if (stored) await this.save()
    this.#deps.onChanged()
  }

  refreshed(session: Session, outcome: RefreshOutcome, error: unknown): void {
    this.#deps.onRefresh(outcome)
    this.#news.refreshed(session, outcome, error)
    if (outcome === 'refused') session.apply({ type: 'refresh_refused' })
    this.#deps.onChanged()
  }

  stateChanged(session: Session, before: LoginState): void {
    if (session.isOver && this.#isSuperfluous(session)) {
      this.#remove(session)
      void this.save()
    } else this.#news.stateChanged(session, before)
    this.#deps.onChanged()
  }

  polled(session: Session, report: PollReport): void {
    this.#deps.onPolled(session, report)
  }

  changed(): void {
    this.#deps.onChanged()
  }

  save(): Promise<void> {
    return this.#deps.store.save(this.#stored())
  }

  /** From time to time: whether balances have disappeared, or are back. */
  lookAtBalances(): void {
    // Told by the elapsed clock alone: after a laptop's sleep, the next poll most likely mends it.
    const lost = this.#lost({ ...instantOf(this.#deps.clock), wallMs: Number.NEGATIVE_INFINITY })
    for (const [index, session] of this.#sessions.entries())
      this.#news.balances(session, lost[index])
  }

  /** From time to time: whether somebody else has changed the file, and whose consent ends soon. */
  async look(): Promise<void> {
    await this.#deps.store.look()
    if (this.#news.remind(this.#sessions)) this.#deps.onConsentEnds()
  }

  /** The poll interval has changed: spreads the next polls over it. */
  spread(): void {
    const { length } = this.#sessions
    const intervalMs = this.#deps.settings().poll_interval.ms
    for (const [index, session] of this.#sessions.entries())
      session.shift(slotMs(index, length, intervalMs))
  }

  /** Resolves when nothing is polled or refreshed, and the newest tokens were tried to be saved. */
  async stop(): Promise<void> {
    await Promise.all([this.#leaving.settled(), ...this.#sessions.map((one) => one.stop())])
    await Promise.all(this.#sessions.map(({ tokens }) => tokens.settled()))
    await this.#deps.store.stop()
  }

  #lost(now: Instant): readonly (LostBalances | undefined)[] {
    return lostBalances(this.#sessions, { now, staleAfterMs: this.#deps.settings().stale_after.ms })
  }

  #add(start: Omit<SessionStart, 'id'>): Session {
    const session = new Session({ ...start, id: this.#deps.randomId() }, this.#deps, this)
    this.#sessions = [...this.#sessions, session]
    return session
  }

  /** All that come in together, as after a restart: they must not poll all at once. */
  #start(sessions: readonly Session[]): void {
    const intervalMs = this.#deps.settings().poll_interval.ms
    for (const [index, session] of sessions.entries())
      session.start(firstTurnsMs(index, sessions.length, intervalMs))
  }

  /** Somebody else has changed the file. @returns what it should hold now. */
  #merge(base: readonly StoredLogin[], theirs: readonly StoredLogin[]): readonly StoredLogin[] {
    const { kept, added } = mergeLogins(base, theirs, this.#sessions)
    for (const session of this.#sessions)
      if (!kept.some(({ login }) => login === session)) this.#remove(session)
    for (const { login, renewed } of kept) if (renewed) login.adopt(renewed)
    this.#start(added.map((login) => this.#restoreOne(login, this.#sessions.length > 0)))
    if (this.#sessions.length === 0) this.#deps.onPersonNeeded('Nobody is logged in')
    this.#deps.onChanged()
    return this.#stored()
  }

  /** What it has read is gone at once; its poll under way gives up. */
  #remove(session: Session): void {
    this.#sessions = this.#sessions.filter((other) => other !== session)
    const status: LoginStatus = { ...session.status, state: 'unauthorized' }
    this.#removed = [...this.#removed, status].slice(-MAX_REMEMBERED)
    void this.#leaving.track(session.stop())
    this.#deps.onRemoved(session)
  }

  /** Removes it, and ends it at Monzo too: tokens that nobody keeps should open nothing. */
  async #leave(session: Session): Promise<void> {
    this.#remove(session)
    await session.logOut()
  }

  async #reject(session: Session, accountIds: readonly string[]): Promise<void> {
    await this.#leave(session)
    this.#rejection = new AppError('WRONG_ACCOUNT', WRONG_ACCOUNT, {
      hint: 'Log in as the owner of that account, or correct account_id and restart.',
    })
    await this.save()
    this.#deps.log.warn(
      { user_id: session.userId, code: this.#rejection.code },
      `${WRONG_ACCOUNT}. ${seenInstead(accountIds)} ${this.#rejection.hint}`,
    )
    this.#deps.onChanged()
    if (this.#sessions.length === 0) this.#deps.onPersonNeeded('Nobody is logged in')
  }

  /** A login that ended is missed by nobody when a better one is there; a token of the settings is. */
  #isSuperfluous(session: Session): boolean {
    if (session.stored === undefined) return false
    const others = this.#sessions.filter((other) => other !== session && !other.isOver)
    if (session.isCandidate) return others.some((other) => !other.isCandidate)
    return session.userId === undefined && others.some(({ userId }) => userId !== undefined)
  }

  #stored(): readonly StoredLogin[] {
    return this.#sessions.flatMap(({ stored }) => stored ?? [])
  }
}

const timeOf = (iso: string | undefined): number | undefined =>
  iso === undefined ? undefined : Date.parse(iso)
