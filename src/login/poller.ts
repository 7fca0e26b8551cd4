import { type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { createComplaint } from '../lib/complaint.ts'
import { AppError } from '../lib/errors.ts'
import { createInFlight } from '../lib/in-flight.ts'
import type { Log } from '../lib/log.ts'
import type { PollHistory, Problem } from '../readings/assemble.ts'
import type { PollResult } from './accounts-reader.ts'
import type { Pace } from './login-state.ts'

const RARELY_MS = 10 * 60_000 // after a 403, to see whether consent came back
const WATCHED_MS = 1000 // while a person looks at the waiting page
const WATCH_LASTS_MS = 5000 // since the page last asked
const WATCH_AT_MOST_MS = 5 * 60_000 // a page left open must not poll all night

/** How a poll went, for the metrics. */
export interface PollReport {
  readonly seconds: number
  /** Codes of what failed, in lower case: an account, pots or transactions. */
  readonly reasons: readonly string[]
}

export interface PollerDeps {
  readonly clock: Clock
  readonly log: Log
  /** Whose login it is, for the log. */
  readonly userId: () => string | undefined
  readonly pollIntervalMs: () => number
  /** How often this login is worth a poll now. */
  readonly pace: () => Pace
  /** While waiting for approval, a 403 is expected and not reported. */
  readonly isAwaitingApproval: () => boolean
  readonly poll: (signal: AbortSignal) => Promise<PollResult>
  /** Polls have begun to fail, or to succeed. */
  readonly onNews: () => void
  /** A poll has ended, pots and transactions included. */
  readonly onPolled: (report: PollReport) => void
}

/** Polls one login on its schedule until stopped; says the same failure once, then hourly. */
export class Poller {
  readonly #deps: PollerDeps
  readonly #complaint
  /** For failures of pots and transactions. */
  readonly #partComplaint
  readonly #stopping = new AbortController()
  /** Reads of pots and transactions. The next poll does not wait for them: a month can be long. */
  readonly #rests = createInFlight()
  #nap = new AbortController()
  #isWoken = false
  #history: PollHistory = {}
  #watch: { readonly sinceMs: number; readonly lastMs: number } | undefined
  /** When the next polls are due, on the elapsed clock; after them the interval decides. */
  #turnsMs: readonly number[] = []
  #done: Promise<void> = Promise.resolve()

  constructor(deps: PollerDeps) {
    this.#deps = deps
    this.#complaint = createComplaint(deps.clock)
    this.#partComplaint = createComplaint(deps.clock)
  }

  get history(): PollHistory {
    return this.#history
  }

  /** @param turnsMs when the first polls are due, from now on; later ones follow at the interval. */
  start(turnsMs: readonly number[] = [0]): void {
    this.#turnsMs = turnsMs.map((ms) => this.#deps.clock.elapsed() + ms)
    this.#done = this.#run()
  }

  /** The interval has changed. @param turnMs when the next poll is due, from now on. */
  shift(turnMs: number): void {
    if (this.#deps.pace() !== 'often' || this.#isWatched()) return
    this.#turnsMs = [this.#deps.clock.elapsed() + turnMs]
    this.#nap.abort(new Error('shifted'))
  }

  /** Polls now instead of at the next turn; right after the poll under way, if there is one. */
  wake(): void {
    this.#isWoken = true
    this.#nap.abort(new Error('woken'))
  }

  /** A person is looking at the waiting page: until they stop, approval is asked for every second. */
  watch(): void {
    const nowMs = this.#deps.clock.elapsed()
    const isNew = this.#watch === undefined || nowMs - this.#watch.lastMs > WATCH_LASTS_MS
    this.#watch = { sinceMs: isNew ? nowMs : (this.#watch?.sinceMs ?? nowMs), lastMs: nowMs }
    if (isNew) this.wake()
  }

  /** Resolves when the poll under way has given up. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopping'))
    this.wake()
    await this.#done
    await this.#rests.settled()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (;;) {
      await this.#sleep()
      if (signal.aborted) return
      const startedMs = this.#deps.clock.elapsed()
      this.#isWoken = false
      this.#turnsMs = this.#turnsMs.slice(1)
      if (this.#deps.pace() !== 'never') await this.#poll(signal)
      const nextMs = startedMs + this.#intervalMs()
      if ((this.#turnsMs[0] ?? Number.POSITIVE_INFINITY) > nextMs) this.#turnsMs = [nextMs]
    }
  }

  /** Until the next poll is due or `wake` is called, and at least until the next turn of the event loop. */
  async #sleep(): Promise<void> {
    do {
      this.#nap = new AbortController()
      if (this.#stopping.signal.aborted) return
      await this.#deps.clock.sleep(this.#leftMs(), this.#nap.signal).catch(() => undefined)
    } while (this.#leftMs() > 0)
  }

  #leftMs(): number {
    const [turnMs = 0] = this.#turnsMs
    return this.#isWoken ? 0 : Math.max(0, turnMs - this.#deps.clock.elapsed())
  }

  #intervalMs(): number {
    if (this.#isWatched()) return WATCHED_MS
    return this.#deps.pace() === 'often' ? this.#deps.pollIntervalMs() : RARELY_MS
  }

  #isWatched(): boolean {
    if (!this.#watch || !this.#deps.isAwaitingApproval()) return false
    const nowMs = this.#deps.clock.elapsed()
    const { sinceMs, lastMs } = this.#watch
    return nowMs - lastMs <= WATCH_LASTS_MS && nowMs - sinceMs < WATCH_AT_MOST_MS
  }

  /** Resolves when the balances were read, or could not be; pots and transactions may take longer. */
  async #poll(signal: AbortSignal): Promise<void> {
    const { clock, poll, isAwaitingApproval } = this.#deps
    const startedAt = instantOf(clock)
    const { failure, rest } = await poll(signal).catch((error: unknown) => ({
      failure: error,
      rest: Promise.resolve([]),
    }))
    if (signal.aborted) return
    const isExpected = reasonOf(failure) === 'monzo_forbidden' && isAwaitingApproval()
    this.#balancesRead(failure)
    if (!isExpected) this.#sayFailure(failure)
    void this.#rests.track(
      rest.then((parts) => {
        if (!signal.aborted) this.#allRead(failure, parts, { startedAt, isExpected })
      }),
    )
  }

  #balancesRead(failure: unknown): void {
    const at = instantOf(this.#deps.clock)
    const { lastSuccessAt: before, hasFailed: hadFailed = false, problem } = this.#history
    const hasFailed = failure !== undefined
    const lastSuccessAt = hasFailed ? before : at
    const now = hasFailed ? describe(failure) : hadFailed ? undefined : problem
    this.#history = {
      lastPollAt: at,
      ...(lastSuccessAt && { lastSuccessAt }),
      ...(hasFailed && { hasFailed }),
      ...(now && { problem: now }),
    }
    if (hasFailed !== hadFailed || before === undefined) this.#deps.onNews()
  }

  #allRead(
    failure: unknown,
    parts: readonly unknown[],
    { startedAt, isExpected }: { readonly startedAt: Instant; readonly isExpected: boolean },
  ): void {
    const { clock, onPolled } = this.#deps
    const failures = [failure, ...parts].filter((it) => it !== undefined)
    if (!this.#history.hasFailed) {
      const { problem: _, ...history } = this.#history
      this.#history = { ...history, ...(failures.length > 0 && { problem: describe(failures[0]) }) }
    }
    if (failure === undefined) this.#sayParts(parts[0])
    onPolled({
      seconds: (clock.elapsed() - startedAt.elapsedMs) / 1000,
      // The same failure of several accounts counts once, so that failures are at most as many as polls.
      reasons: isExpected ? [] : [...new Set(failures.map(reasonOf))],
    })
  }

  #sayFailure(failure: unknown): void {
    if (failure === undefined) this.#complaint.works(() => this.#info('Polling Monzo works again.'))
    else if (this.#isWorthSaying())
      this.#complaint.fails(failure, () => this.#warn(failure, 'A poll failed'))
  }

  #sayParts(failure: unknown): void {
    if (failure === undefined)
      this.#partComplaint.works(() => this.#info('Polls read everything again.'))
    else if (this.#isWorthSaying())
      this.#partComplaint.fails(failure, () =>
        this.#warn(failure, 'A poll read the balances, but not everything else'),
      )
  }

  /** When a login ended, that was logged with what to do; its failing polls are not worth another line. */
  #isWorthSaying(): boolean {
    return this.#deps.pace() === 'often'
  }

  #info(sentence: string): void {
    this.#deps.log.info({ user_id: this.#deps.userId() }, sentence)
  }

  #warn(error: unknown, what: string): void {
    const { message, hint } = describe(error)
    const fields = { user_id: this.#deps.userId(), code: reasonOf(error), err: error }
    this.#deps.log.warn(fields, `${what}: ${message}. ${hint}`)
  }
}

/** The metric's `reason`: an expected failure's code in lower case. */
function reasonOf(failure: unknown): string {
  return failure instanceof AppError ? failure.code.toLowerCase() : 'bug'
}

function describe(failure: unknown): Problem {
  if (failure instanceof AppError)
    return { code: failure.code, message: failure.message, hint: failure.hint }
  return {
    message: 'Something unexpected happened while reading from Monzo',
    hint: 'Please open an issue with the lines of the log around this one.',
  }
}
