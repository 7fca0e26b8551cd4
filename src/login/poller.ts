import { type Clock, instantOf } from '../lib/clock.ts'
import { type Complaint, createComplaint } from '../lib/complaint.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { PollHistory, Problem } from '../readings/assemble.ts'
import type { PollResult } from './login-reader.ts'

const RARELY_MS = 10 * 60_000 // after a 403, to see whether consent came back
const WATCHED_MS = 1000 // while a person looks at the waiting page
const WATCH_LASTS_MS = 5000 // since the page last asked
const WATCH_AT_MOST_MS = 5 * 60_000 // a page left open must not poll all night

export interface PollerDeps {
  readonly clock: Clock
  readonly log: Log
  readonly pollIntervalMs: () => number
  /** How often this login is worth a poll now. */
  readonly pace: () => 'often' | 'rarely' | 'never'
  /** Waiting for approval, a 403 is nothing to report. */
  readonly isAwaitingApproval: () => boolean
  /** Runs before each poll; never rejects. */
  readonly prepare: (signal: AbortSignal) => Promise<void>
  readonly poll: (signal: AbortSignal) => Promise<PollResult>
  readonly onPolled: (report: { seconds: number; reasons: readonly string[] }) => void
}

/** Polls one login on its schedule until stopped; says the same failure once, then hourly. */
export class Poller {
  readonly #deps: PollerDeps
  readonly #complaint: Complaint
  /** Of what costs a poll only a part. */
  readonly #minorComplaint: Complaint
  readonly #stopping = new AbortController()
  #nap = new AbortController()
  #isWoken = false
  #history: PollHistory = {}
  #watch: { sinceMs: number; lastMs: number } | undefined
  /** On the elapsed clock; what lies beyond them is a matter of the interval. */
  #turnsMs: readonly number[] = []
  #done: Promise<void> = Promise.resolve()

  constructor(deps: PollerDeps) {
    this.#deps = deps
    this.#complaint = createComplaint(deps.clock)
    this.#minorComplaint = createComplaint(deps.clock)
  }

  get history(): PollHistory {
    return this.#history
  }

  /** @param turnsMs when the first polls are due, from now on; later ones follow at the interval. */
  start(turnsMs: readonly number[] = [0]): void {
    this.#turnsMs = turnsMs.map((ms) => this.#deps.clock.elapsed() + ms)
    this.#done = this.#run()
  }

  /** The interval is another now. @param turnMs when the next poll is due, from now on. */
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

  /** Until the next turn comes or somebody wakes it, and at least until that of the event loop. */
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

  async #poll(signal: AbortSignal): Promise<void> {
    const { clock, prepare, poll, onPolled, isAwaitingApproval } = this.#deps
    const startedMs = clock.elapsed()
    let result: PollResult
    try {
      await prepare(signal)
      result = await poll(signal)
    } catch (failure) {
      if (signal.aborted) return
      result = { failure, minorFailures: [] }
    }
    const at = instantOf(clock)
    const isExpected = reasonOf(result.failure) === 'monzo_forbidden' && isAwaitingApproval()
    const hasFailed = result.failure !== undefined
    const failures = [result.failure, ...result.minorFailures].filter((it) => it !== undefined)
    const lastSuccessAt = hasFailed ? this.#history.lastSuccessAt : at
    this.#history = {
      lastPollAt: at,
      ...(lastSuccessAt && { lastSuccessAt }),
      ...(hasFailed && { hasFailed }),
      ...(failures.length > 0 && { problem: describe(failures[0]) }),
    }
    if (!isExpected) this.#say(result)
    onPolled({
      seconds: (at.elapsedMs - startedMs) / 1000,
      // Several accounts that fail alike are one failure of the poll: so it stays a part of all polls.
      reasons: isExpected ? [] : [...new Set(failures.map(reasonOf))],
    })
  }

  /** Says nothing of a login that is over: that was said when it ended, and what to do. */
  #say({ failure, minorFailures: [minor] }: PollResult): void {
    const { log, pace } = this.#deps
    const isWorth = pace() === 'often'
    const warn = (error: unknown, what: string) => {
      const { message, hint } = describe(error)
      log.warn({ code: reasonOf(error), err: error }, `${what}: ${message}. ${hint}`)
    }
    if (failure !== undefined) {
      if (isWorth) this.#complaint.fails(failure, () => warn(failure, 'A poll failed'))
      return
    }
    this.#complaint.works(() => log.info({}, 'Polling Monzo works again.'))
    if (minor === undefined)
      this.#minorComplaint.works(() => log.info({}, 'Polls read everything again.'))
    else if (isWorth)
      this.#minorComplaint.fails(minor, () =>
        warn(minor, 'A poll read the balances, but not everything else'),
      )
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
