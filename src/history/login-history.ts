import type { Clock } from '../lib/clock.ts'
import { createComplaint, inOneLine } from '../lib/complaint.ts'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { londonDate } from '../lib/london.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { Account } from '../monzo/schemas.ts'
import type { PastReading, PastSummary, ReadingProgress } from '../readings/past.ts'
import { ALWAYS_SHOWN_MS } from '../readings/posting.ts'
import { NO_NAMES } from '../readings/spending.ts'
import type { AccountHistory } from './account-history.ts'
import { type PagesOfMonzo, readSpan } from './read-span.ts'
import { nextSpan } from './reading-plan.ts'

const WINDOW_MS = 5 * 60_000
const WINDOW_AT_MOST_MS = 10 * 60_000 // Monzo says when it is over; by then it is, even if Monzo says nothing

export interface LoginHistoryDeps {
  readonly clock: Clock
  readonly log: Log
  readonly monzo: PagesOfMonzo
  /** The past of an account, whichever logins see it. */
  readonly pastOf: (account: Account) => AccountHistory
  /** Lets more calls pass for so long. */
  readonly hurryFor: (ms: number) => void
}

/**
 * What one login adds to the past of its accounts: it reads what is not known, as soon as a person
 * has approved the access, and once a day what may have changed.
 */
export class LoginHistory {
  /**
   * Reads what is due, and resolves when there is nothing more, or something failed: that is tried
   * again at the next call. Never rejects.
   */
  readonly read: (signal: AbortSignal) => Promise<void>
  readonly #deps: LoginHistoryDeps
  readonly #complaint
  /** What was said to be missing. */
  readonly #said = new Set<string>()
  /** Accounts whose transactions Monzo refuses to this login. */
  readonly #refused = new Set<AccountHistory>()
  #accounts: readonly AccountHistory[] = []
  /** Until when it is worth asking for everything, on the elapsed clock. */
  #allShownUntilMs = Number.NEGATIVE_INFINITY
  #isReadingIn = false
  /** Since when what is not known is being read, over several attempts if some fail. Elapsed clock. */
  #startedMs: number | undefined
  #progress: ReadingProgress | undefined

  constructor(deps: LoginHistoryDeps) {
    this.#deps = deps
    this.#complaint = createComplaint(deps.clock)
    let current = new AbortController().signal
    const readOnce = singleFlight(() => this.#readAll(current))
    this.read = (signal) => {
      current = signal
      return readOnce()
    }
  }

  /** Pots and the month wait meanwhile: these minutes don't come back. */
  get isReadingIn(): boolean {
    return this.#isReadingIn
  }
  /** For people. */
  get summary(): PastSummary {
    const transactions = this.#transactions
    const isFailing = this.#accounts.some((account) => account.isFailing)
    if (this.#isReadingIn)
      return { transactions, isFailing, progress: this.#progress ?? { transactions: 0 } }
    const known = this.#accounts.flatMap(({ ledger }) => ledger?.knownSinceMs ?? [])
    const incomplete = this.#accounts.flatMap(({ ledger }) => ledger?.incompleteSinceMs ?? [])
    return {
      transactions,
      isFailing,
      knownSinceMs: known.length === 0 ? undefined : Math.min(...known),
      incompleteSinceMs: incomplete.length === 0 ? undefined : Math.max(...incomplete),
    }
  }
  /** What is exported of its accounts at `nowMs`. @param names what to call categories. */
  pastsAt(nowMs: number, names = NO_NAMES): readonly PastReading[] {
    return this.#accounts.flatMap((account) => account.pastAt(nowMs, names) ?? [])
  }
  /** To be told what polls read of an account. */
  find(accountId: string): AccountHistory | undefined {
    return this.#accounts.find((account) => account.accountId === accountId)
  }

  /** A person has just approved the access: for five minutes Monzo shows everything. */
  approved(): void {
    this.#allShownUntilMs = this.#deps.clock.elapsed() + WINDOW_AT_MOST_MS
    this.#isReadingIn = true
    this.#deps.hurryFor(WINDOW_MS)
  }

  /** These accounts are exported. */
  accountsRead(accounts: readonly Account[]): void {
    this.#accounts = accounts.map((account) => this.#deps.pastOf(account))
    this.#refused.clear()
  }

  get #isAllShown(): boolean {
    return this.#deps.clock.elapsed() < this.#allShownUntilMs
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    let failure: unknown
    for (const account of this.#accounts) {
      if (account.isBeingRead || account.currency === undefined) continue
      if (this.#refused.has(account)) continue
      account.isBeingRead = true
      await this.#readAccount(account, signal).catch((error: unknown) => {
        if (isForbidden(error)) this.#refused.add(account)
        else if (isOfDisk(error)) account.failed(error)
        else failure = error
      })
      account.isBeingRead = false
      if (signal.aborted) return
    }
    this.#isReadingIn = false
    const { log } = this.#deps
    if (failure === undefined) {
      this.#complaint.works(() => log.info({}, 'Reading history works again.'))
      this.#sayWhatWasRead()
    } else
      this.#complaint.fails(failure, () =>
        log.warn({ err: failure }, `History could not be read: ${inOneLine(failure)}`),
      )
  }

  async #readAccount(account: AccountHistory, signal: AbortSignal): Promise<void> {
    const { clock, monzo } = this.#deps
    const ledger = await account.open()
    for (;;) {
      const { createdMs, known } = ledger
      const { recentReadAtMs } = account
      const isAllShown = this.#isAllShown
      const nowMs = clock.now()
      const next = nextSpan({ createdMs, known, nowMs, isAllShown, recentReadAtMs })
      if (!next) return
      if (next.isGap) this.#begin()
      const isRead = account.readingAll()
      const onPage = (newestMs: number) => this.#pageRead(newestMs)
      try {
        await readSpan(account, next.span, { monzo, signal, onPage })
      } catch (error) {
        if (!isAllShown || !isTooLongAgo(error)) throw error
        this.#allShownUntilMs = Number.NEGATIVE_INFINITY // go on with what is always shown
        continue
      }
      const { startMs, endMs } = next.span
      if (startMs > Math.max(createdMs, nowMs - ALWAYS_SHOWN_MS) || endMs !== nowMs) continue
      account.recentReadAtMs = nowMs
      isRead()
    }
  }

  #begin(): void {
    if (this.#isAllShown) this.#isReadingIn = true
    if (this.#startedMs !== undefined) return
    this.#startedMs = this.#deps.clock.elapsed()
    const what = this.#isAllShown ? 'history, oldest first' : 'the last 88 days of history'
    this.#deps.log.info({}, `Reading ${what}.`)
  }

  #pageRead(newestMs: number): void {
    const year = Number(londonDate(newestMs).slice(0, 4))
    this.#progress = { year, transactions: this.#transactions }
  }

  /** How many are kept of its accounts. */
  get #transactions(): number {
    return this.#accounts.reduce((sum, { ledger }) => sum + (ledger?.count ?? 0), 0)
  }

  #sayWhatWasRead(): void {
    const { clock, log } = this.#deps
    if (this.#startedMs !== undefined) {
      const seconds = Math.round((clock.elapsed() - this.#startedMs) / 1000)
      const transactions = this.#transactions
      const { knownSinceMs = clock.now(), incompleteSinceMs = knownSinceMs } = this.summary
      const since = londonDate(incompleteSinceMs)
      log.info(
        { transactions, seconds },
        `Read history in ${seconds} s: ${transactions} transactions are kept, everything since ${since} is known.`,
      )
      this.#startedMs = undefined
    }
    for (const { accountId, ledger } of this.#accounts) {
      const sinceMs = ledger?.incompleteSinceMs
      if (sinceMs === undefined) continue
      const since = londonDate(sinceMs)
      if (this.#said.size === this.#said.add(`${accountId} ${since}`).size) continue
      log.warn(
        { account_id: accountId },
        `Of ${accountId}, everything since ${since} is known. ${MISSED}`,
      )
    }
  }
}

/** What to do when not everything is known. */
const MISSED =
  'Monzo shows what is older only in the five minutes after an approval: log in again, and it is read.'

const hasCode = (error: unknown, ...codes: readonly ErrorCode[]): boolean =>
  error instanceof AppError && codes.includes(error.code)

const isForbidden = (error: unknown) => hasCode(error, 'MONZO_FORBIDDEN')
const isTooLongAgo = (error: unknown) => hasCode(error, 'MONZO_TOO_LONG_AGO')
const isOfDisk = (error: unknown) =>
  hasCode(error, 'HISTORY_DAMAGED', 'HISTORY_UNREADABLE', 'HISTORY_UNWRITABLE', 'TOKENS_LOCKED')
