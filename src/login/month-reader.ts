import { isDeepStrictEqual } from 'node:util'
import { ageMs, type Clock, DAY_MS, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { spendingPeriods } from '../lib/london.ts'
import type { MonzoClient, TransactionList } from '../monzo/client.ts'
import { type Posting, toPosting } from '../readings/posting.ts'
import {
  countsFromMs,
  createSpendingAt,
  type SpendingAt,
  type TransactionsReading,
} from '../readings/spending.ts'
import { callsFor, planRead, type ReadPlan } from './read-plan.ts'

const WHOLE_EVERY_MS = 15 * 60_000 // re-categorized and vanished ones are noticed by then
const CALLS_PER_POLL = 2
const MAX_CREDIT = 60 // a minute's worth; more only where a month needs more
const LOOK_BACK_MS = 88 * DAY_MS // Monzo refuses 90

export interface MonthLedgerDeps {
  readonly clock: Clock
  readonly reader: Pick<MonzoClient, 'readTransactions'>
  readonly accountId: string
  /** Whether descriptions are needed: they are personal, and take memory. */
  readonly keepsDescriptions: boolean
}

/** One account's transactions of this month, kept between polls so that few have to be read. */
export class MonthLedger {
  readonly #deps: MonthLedgerDeps
  #postings: ReadonlyMap<string, Posting> = new Map()
  /** All that were made since are known; absent before the first reading. */
  #readFromMs: number | undefined
  #wholeReadAt: Instant | undefined
  /** Of records that are no longer kept. */
  #olderNewestMs: number | undefined
  #hasLookedBack = false
  #credit = 0
  #spendingAt: SpendingAt | undefined

  constructor(deps: MonthLedgerDeps) {
    this.#deps = deps
  }

  /**
   * Reads what may have changed: new and pending ones, and every 15 minutes the whole month.
   * On average that takes at most two calls; a long month waits until it may take more.
   * @throws {AppError} as readTransactions. What was known stays known for the next time.
   */
  async read(signal: AbortSignal): Promise<TransactionsReading> {
    const { clock, reader, accountId } = this.#deps
    const now = instantOf(clock)
    const fromMs = countsFromMs(spendingPeriods(now.wallMs))
    this.#forgetBefore(fromMs)
    const plan = this.#planAt(now, fromMs)
    this.#credit -= plan.calls // what fails has taken calls, too
    const list = await reader.readTransactions(accountId, plan.sinceMs, signal)
    this.#credit += plan.calls - callsFor(list.transactions.length + list.skipped)
    this.#keep(plan, list)
    if (plan.isWhole) {
      if (this.#readFromMs === undefined) this.#credit = 0 // the first time is on the house
      if (this.#readFromMs !== fromMs) this.#spendingAt = undefined
      this.#readFromMs = fromMs
      this.#wholeReadAt = now
      await this.#lookBack(now, signal)
    }
    return { readAt: instantOf(clock), spendingAt: this.#sums(this.#readFromMs ?? fromMs) }
  }

  /**
   * Reads what is new between two polls, as a rule in one call. It never reads the whole month, and
   * leaves the polls the calls that they have saved up.
   * @returns nothing while the month is not known.
   * @throws {AppError} as readTransactions. What was known stays known.
   */
  async readNew(signal: AbortSignal): Promise<TransactionsReading | undefined> {
    const { clock, reader, accountId } = this.#deps
    const fromMs = countsFromMs(spendingPeriods(clock.now()))
    this.#forgetBefore(fromMs)
    if (this.#readFromMs === undefined || this.#readFromMs > fromMs) return undefined
    const postings = [...this.#postings.values()]
    const plan = planRead({ postings, fromMs, whole: 'not_due', credit: 0 })
    this.#keep(plan, await reader.readTransactions(accountId, plan.sinceMs, signal))
    return { readAt: instantOf(clock), spendingAt: this.#sums(this.#readFromMs) }
  }

  #planAt(now: Instant, fromMs: number): ReadPlan {
    const postings = [...this.#postings.values()]
    const most = Math.max(MAX_CREDIT, callsFor(postings.length))
    this.#credit = Math.min(most, this.#credit + CALLS_PER_POLL)
    const isKnown = this.#readFromMs !== undefined && this.#readFromMs <= fromMs
    const isDue = !this.#wholeReadAt || ageMs(this.#wholeReadAt, now) >= WHOLE_EVERY_MS
    const whole = isKnown ? (isDue ? 'due' : 'not_due') : 'must'
    return planRead({ postings, fromMs, whole, credit: this.#credit })
  }

  /** Those made since `sinceMs` that Monzo did not list have vanished. */
  #keep({ sinceMs }: ReadPlan, { transactions, skipped }: TransactionList): void {
    // One that can't be read costs only itself. But the newest known one is always asked for again:
    // when none can be read, it is Monzo that has changed, and sums without them would be false.
    if (transactions.length === 0 && skipped > 0) throw allUnreadable(skipped)
    const next = new Map([...this.#postings].filter(([, { createdMs }]) => createdMs <= sinceMs))
    for (const transaction of transactions) {
      const posting = toPosting(transaction, this.#deps.keepsDescriptions)
      next.set(posting.id, posting)
    }
    if (isSame(this.#postings, next)) return
    this.#postings = next
    this.#spendingAt = undefined
  }

  /** A month has ended. */
  #forgetBefore(fromMs: number): void {
    const isOver = ({ createdMs }: Posting): boolean => createdMs < fromMs
    const old = [...this.#postings.values()].filter(isOver)
    if (this.#readFromMs !== undefined) this.#readFromMs = Math.max(this.#readFromMs, fromMs)
    if (old.length === 0) return
    this.#olderNewestMs = newestOf(old, this.#olderNewestMs)
    this.#postings = new Map([...this.#postings].filter(([, posting]) => !isOver(posting)))
    this.#spendingAt = undefined
  }

  /** Once, for an account where nothing has happened this month: when did something happen last? */
  async #lookBack(now: Instant, signal: AbortSignal): Promise<void> {
    if (this.#hasLookedBack || this.#postings.size > 0 || this.#olderNewestMs !== undefined) return
    const { reader, accountId } = this.#deps
    try {
      const sinceMs = now.wallMs - LOOK_BACK_MS
      const { transactions } = await reader.readTransactions(accountId, sinceMs, signal)
      const postings = transactions.map((transaction) => toPosting(transaction, false))
      this.#olderNewestMs = newestOf(postings, undefined)
      this.#spendingAt = undefined
      this.#hasLookedBack = true
    } catch (error) {
      signal.throwIfAborted() // nothing is wrong with the month: only this stays unknown
      this.#hasLookedBack = isRefusal(error)
    }
  }

  #sums(readFromMs: number): SpendingAt {
    this.#spendingAt ??= createSpendingAt([...this.#postings.values()], {
      readFromMs,
      olderNewestMs: this.#olderNewestMs,
    })
    return this.#spendingAt
  }
}

function isSame(one: ReadonlyMap<string, Posting>, other: ReadonlyMap<string, Posting>): boolean {
  if (one.size !== other.size) return false
  return [...other].every(([id, posting]) => isDeepStrictEqual(one.get(id), posting))
}

function newestOf(postings: readonly Posting[], knownMs: number | undefined): number | undefined {
  return postings.reduce<number | undefined>(
    (newest, { createdMs }) => Math.max(createdMs, newest ?? createdMs),
    knownMs,
  )
}

/** Asked again, Monzo would say the same; what else fails may work the next time. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'MONZO_HTTP' || error.code === 'MONZO_FORBIDDEN')

const allUnreadable = (count: number) =>
  new AppError('MONZO_UNREADABLE', `GET /transactions: none of ${count} records can be read`, {
    hint: 'It is tried again; if it stays, Monzo has changed its API: please open an issue.',
  })
