import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { spendingPeriods } from '../lib/london.ts'
import type { MonzoClient } from '../monzo/client.ts'
import { createMonth, type Month, startingAt, withRead } from '../readings/month.ts'
import { ALWAYS_SHOWN_MS, type Posting, toPosting } from '../readings/posting.ts'
import { countsFromMs, type TransactionsReading } from '../readings/spending.ts'
import type { AccountPast } from './login-past.ts'
import { callsFor, planRead, type ReadPlan } from './read-plan.ts'

const WHOLE_EVERY_MS = 15 * 60_000 // by then, changed categories and vanished transactions are noticed
const CALLS_PER_POLL = 2
const MAX_CREDIT = 60 // the calls of a minute; more only if a month has more pages

export interface MonthReaderDeps {
  readonly clock: Clock
  readonly client: Pick<MonzoClient, 'readTransactions'>
  readonly accountId: string
  /** Whether descriptions are needed: they are personal, and take memory. */
  readonly keepsDescriptions: boolean
  /** To be told every list; there is none without `history`. */
  readonly past?: (() => AccountPast | undefined) | undefined
}

/** Reads one account's transactions of this month, re-reading only what may have changed. */
export class MonthReader {
  readonly #deps: MonthReaderDeps
  #month: Month | undefined
  #wholeReadAt: Instant | undefined
  #hasLookedBack = false
  #credit = 0

  constructor(deps: MonthReaderDeps) {
    this.#deps = deps
  }

  /**
   * Reads what may have changed: new and pending ones, and every 15 minutes the whole month.
   * On average that takes at most two calls; a long month waits until it may take more.
   * @throws {AppError} as readTransactions. What was known stays known for the next time.
   */
  async read(signal: AbortSignal): Promise<TransactionsReading> {
    const { clock } = this.#deps
    const now = instantOf(clock)
    const fromMs = countsFromMs(spendingPeriods(now.wallMs))
    const known = this.#knownSince(fromMs)
    const plan = known ? this.#planNow(known, now) : wholeMonth(fromMs)
    this.#credit -= plan.calls // a failed reading has used calls, too
    const list = await this.#list(plan.sinceMs, signal)
    this.#credit += plan.calls - callsFor(list.postings.length + list.skipped)
    const before = known ?? createMonth(fromMs, [], this.#month?.olderNewestMs)
    let month = withRead(before, plan.sinceMs, list.postings)
    if (plan.isWhole) {
      if (!this.#wholeReadAt) this.#credit = 0 // the first time costs no credit
      this.#wholeReadAt = now
      month = await this.#lookBack(month, signal)
    }
    this.#month = month
    return { readAt: instantOf(clock), spendingAt: month.spendingAt }
  }

  /**
   * Reads what is new between two polls, as a rule in one call. It never reads the whole month, and
   * uses no credit.
   * @returns nothing while the month is not known.
   * @throws {AppError} as readTransactions. What was known stays known.
   */
  async readNew(signal: AbortSignal): Promise<TransactionsReading | undefined> {
    const { clock } = this.#deps
    const known = this.#knownSince(countsFromMs(spendingPeriods(clock.now())))
    if (!known) return undefined
    const nowMs = clock.now()
    const { sinceMs } = planRead({ month: known, nowMs, isWholeDue: false, credit: 0 })
    const { postings } = await this.#list(sinceMs, signal)
    this.#month = withRead(known, sinceMs, postings)
    return { readAt: instantOf(clock), spendingAt: this.#month.spendingAt }
  }

  /** @returns what is known since `fromMs`; nothing when that reaches less far back. */
  #knownSince(fromMs: number): Month | undefined {
    if (!this.#month || this.#month.fromMs > fromMs) return undefined
    this.#month = startingAt(this.#month, fromMs)
    return this.#month
  }

  #planNow(month: Month, now: Instant): ReadPlan {
    const most = Math.max(MAX_CREDIT, callsFor(month.postings.length))
    this.#credit = Math.min(most, this.#credit + CALLS_PER_POLL)
    const isWholeDue = !this.#wholeReadAt || ageMs(this.#wholeReadAt, now) >= WHOLE_EVERY_MS
    return planRead({ month, nowMs: now.wallMs, isWholeDue, credit: this.#credit })
  }

  async #list(sinceMs: number, signal: AbortSignal): Promise<PostingList> {
    const { client, accountId, keepsDescriptions, past } = this.#deps
    const tell = past?.()?.reading()
    const postings: Posting[] = []
    let skipped = 0
    for await (const page of client.readTransactions(accountId, { sinceMs }, signal)) {
      for (const one of page.transactions) postings.push(toPosting(one, keepsDescriptions))
      skipped += page.skipped
    }
    // A record that can't be read is left out. But every reading includes the newest known record:
    // if none can be read, Monzo's format has changed, and sums without them would be false.
    if (postings.length === 0 && skipped > 0) throw allUnreadable(skipped)
    if (skipped === 0) tell?.({ sinceMs, postings }) // else what is missing may only be unreadable
    return { postings, skipped }
  }

  /** Looks once, if the month is empty, for when the last transaction was made. */
  async #lookBack(month: Month, signal: AbortSignal): Promise<Month> {
    const { clock, client, accountId } = this.#deps
    const isKnown = month.postings.length > 0 || month.olderNewestMs !== undefined
    if (this.#hasLookedBack || isKnown) return month
    try {
      const nowMs = clock.now()
      let newestMs: number | undefined
      const pages = client.readTransactions(accountId, { sinceMs: nowMs - ALWAYS_SHOWN_MS }, signal)
      for await (const { transactions } of pages)
        for (const { created } of transactions) {
          const createdMs = Date.parse(created)
          if (createdMs <= nowMs) newestMs = Math.max(createdMs, newestMs ?? createdMs)
        }
      this.#hasLookedBack = true
      return createMonth(month.fromMs, [], newestMs)
    } catch (error) {
      signal.throwIfAborted() // the month itself is fine; only this time stays unknown
      this.#hasLookedBack = isRefusal(error)
      return month
    }
  }
}

interface PostingList {
  readonly postings: readonly Posting[]
  /** How many records could not be read. */
  readonly skipped: number
}

const wholeMonth = (fromMs: number): ReadPlan => ({ sinceMs: fromMs - 1, isWhole: true, calls: 1 })

/** Whether Monzo would give the same answer again. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AppError &&
  ['MONZO_HTTP', 'MONZO_FORBIDDEN', 'MONZO_TOO_LONG_AGO'].includes(error.code)

const allUnreadable = (count: number) =>
  new AppError('MONZO_UNREADABLE', `GET /transactions: none of ${count} records can be read`, {
    hint: 'It is tried again; if it stays, Monzo has changed its API: please open an issue.',
  })
