import type { Clock } from '../lib/clock.ts'
import { londonDay, type Span } from '../lib/london.ts'
import type { Names } from '../lib/names.ts'
import { singleFlight } from '../lib/single-flight.ts'
import { createTurns } from '../lib/turns.ts'
import type { PastReading } from '../readings/past.ts'
import type { Posting } from '../readings/posting.ts'
import { NO_NAMES } from '../readings/spending.ts'
import type { Ledger } from './ledger.ts'
import type { LedgerFile } from './ledger-file.ts'
import type { LedgerLine } from './ledger-lines.ts'
import { pastOf } from './past.ts'

/** A list of transactions as Monzo gave it. */
export interface ReadList {
  /** All that were made after this were read, in Unix ms. */
  readonly sinceMs: number
  readonly postings: readonly Posting[]
}

const LOOK_AGAIN_MS = 60_000

export interface AccountHistoryDeps {
  readonly accountId: string
  readonly clock: Clock
  /** As /accounts has it; a balance tells it otherwise. */
  readonly currency: string | undefined
  /** Reads what is kept. @throws {AppError} HISTORY_DAMAGED, HISTORY_UNREADABLE, HISTORY_UNWRITABLE. */
  readonly open: () => Promise<LedgerFile>
  /** @throws {AppError} TOKENS_LOCKED while another instance may be writing. */
  readonly mayWrite: () => Promise<void>
  /** What is exported is different now. */
  readonly onNews: () => void
  readonly onFailure: (error: unknown) => void
  readonly onWritten: () => void
}

/** One account's past: its ledger, and what polls and readings tell of it. Shared by all logins. */
export class AccountHistory {
  readonly #deps: AccountHistoryDeps
  /** Serializes changes of the ledger. */
  readonly #inTurn = createTurns()
  readonly #openOnce: () => Promise<LedgerFile>
  #file: LedgerFile | undefined
  #past: PastReading | undefined
  #pastNames = NO_NAMES
  #balance: { readonly minor: number; isAllRead: boolean } | undefined
  #currency: string | undefined
  #refusal: { readonly error: unknown; readonly sinceMs: number } | undefined
  /** When the last 88 days were last read whole. Unix ms. */
  recentReadAtMs: number | undefined
  /** Only one login reads it in at a time. */
  isBeingRead = false
  #isFailing = false

  constructor(deps: AccountHistoryDeps) {
    this.#deps = deps
    this.#currency = deps.currency
    this.#openOnce = singleFlight(async () => {
      this.#file ??= await deps.open()
      this.#isFailing = false
      this.#deps.onNews()
      return this.#file
    })
  }

  get accountId(): string {
    return this.#deps.accountId
  }
  /** Without it nothing can be kept; a balance tells it. */
  get currency(): string | undefined {
    return this.#currency
  }
  /** Whether its file could not be read or written the last time. */
  get isFailing(): boolean {
    return this.#isFailing
  }
  /** Absent until it was opened. */
  get ledger(): Ledger | undefined {
    return this.#file?.ledger
  }
  /** @throws {AppError} HISTORY_DAMAGED, HISTORY_UNREADABLE, HISTORY_UNWRITABLE. */
  async open(): Promise<Ledger> {
    return (await this.#open()).ledger
  }

  /** What is exported now; absent until it was opened. The same object as long as nothing changes. */
  pastAt(nowMs: number, names: Names = NO_NAMES): PastReading | undefined {
    const { ledger } = this
    if (!ledger) return undefined
    const { startMs = 0, endMs = 0 } = this.#past?.holds ?? {}
    const isOver = nowMs < startMs || nowMs >= endMs
    if (!this.#past || isOver || names !== this.#pastNames) {
      this.#past = pastOf(ledger, nowMs, names)
      this.#pastNames = names
    }
    return this.#past
  }

  /**
   * A balance was read. If it was the same before and after everything was read, what the account
   * held at first follows from it: a payment in between can then have shifted nothing.
   */
  balanceRead(minor: number, currency: string): void {
    this.#currency = currency
    const before = this.#balance
    if (before?.minor !== minor) {
      this.#balance = { minor, isAllRead: false }
      return
    }
    const lines = before.isAllRead ? this.#openingFrom(minor, currency) : []
    before.isAllRead = false
    if (lines.length > 0) this.#inBackground(() => this.#write(lines))
  }

  /** All that can have changed is about to be read. @returns what to call when it was. */
  readingAll(): () => void {
    const balance = this.#balance
    return () => {
      if (balance) balance.isAllRead = true
    }
  }

  /** A poll is about to read transactions. @returns what to tell the list to. */
  reading(): (list: ReadList) => void {
    const isRead = this.readingAll()
    const atMs = this.#deps.clock.now()
    return ({ sinceMs, postings }) =>
      this.#inBackground(async ({ ledger }) => {
        const span = { startMs: sinceMs + 1, endMs: atMs } // what is newer, another login may have read
        const ids = new Set(postings.map(({ id }) => id))
        await this.#write([
          ...ledger.changesTo(postings.map(withoutDescription), this.#currency ?? ''),
          ...ledger.missingFrom(ids, span),
        ])
        await this.#extend(span)
        isRead()
      })
  }

  /** Keeps some of a span that is being read. @throws {AppError} HISTORY_UNWRITABLE and as open. */
  keep(postings: readonly Posting[]): Promise<void> {
    return this.#change(({ ledger }) =>
      this.#write([...ledger.changesTo(postings, this.#currency ?? '')]),
    )
  }

  /** Everything made in this span was kept. @throws {AppError} as keep. */
  knows(span: Span): Promise<void> {
    return this.#change(async ({ ledger }) => {
      if (span.endMs > span.startMs && !ledger.isKnown(span))
        await this.#write([{ kind: 'known', span }])
    })
  }

  /** A whole span was read: what was not among it is gone. @throws {AppError} as keep. */
  hasRead(span: Span, ids: ReadonlySet<string>): Promise<void> {
    return this.#change(async ({ ledger }) => {
      await this.#write([...ledger.missingFrom(ids, span)])
      await this.#write([{ kind: 'known', span }])
    })
  }

  /** Its file could not be read or written. */
  failed(error: unknown): void {
    this.#isFailing = true
    this.#deps.onFailure(error)
  }

  /** Resolves when everything that was told is on disk, or could not be written. */
  settled(): Promise<void> {
    return this.#inTurn('ledger', async () => undefined)
  }

  /** Persists what more is known where a day has ended: only that makes a difference to anybody. */
  async #extend(span: Span): Promise<void> {
    if (span.endMs <= span.startMs) return // the clock was set back
    const ledger = await this.open()
    const isNewDay = !ledger.known.some(
      ({ startMs, endMs }) =>
        startMs <= span.startMs &&
        endMs >= span.startMs &&
        londonDay(endMs) >= londonDay(span.endMs),
    )
    if (isNewDay) await this.#write([{ kind: 'known', span }])
    else ledger.extendKnown(span)
  }

  /** What is kept at this moment belongs to that balance. @returns a line if it says something new. */
  #openingFrom(minor: number, currency: string): readonly LedgerLine[] {
    const { ledger } = this
    const fromMs = ledger?.knownSinceMs
    if (!ledger || fromMs === undefined) return []
    const moved = ledger.movedMinor({ startMs: fromMs, endMs: Number.POSITIVE_INFINITY })
    const opening = { minor: minor - moved, currency, fromMs }
    return ledger.balanceBefore(fromMs) === opening.minor ? [] : [{ kind: 'opening', opening }]
  }

  async #write(lines: readonly LedgerLine[]): Promise<void> {
    if (lines.length === 0) return
    const file = await this.#open()
    await this.#deps.mayWrite()
    await file.append(lines)
    this.#past = undefined
    this.#isFailing = false
    this.#deps.onWritten()
    this.#deps.onNews()
  }

  /** A file that can't be used is looked at again from time to time: a person may have helped. */
  async #open(): Promise<LedgerFile> {
    if (this.#file) return this.#file
    const nowMs = this.#deps.clock.elapsed()
    if (this.#refusal && nowMs - this.#refusal.sinceMs < LOOK_AGAIN_MS) throw this.#refusal.error
    try {
      return await this.#openOnce()
    } catch (error) {
      this.#refusal = { error, sinceMs: nowMs }
      throw error
    }
  }

  #change(work: (file: LedgerFile) => Promise<void>): Promise<void> {
    return this.#inTurn('ledger', async () => work(await this.#open()))
  }

  /** For what polls tell: they don't wait for the disk, and the next one tells the same again. */
  #inBackground(work: (file: LedgerFile) => Promise<void>): void {
    void this.#change(work).catch((error: unknown) => this.failed(error))
  }
}

const withoutDescription = ({ description: _, ...posting }: Posting): Posting => posting
