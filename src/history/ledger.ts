import { londonMonth, type MonthNumber, monthSpan, type Span } from '../lib/london.ts'
import { isSamePosting } from '../readings/month.ts'
import type { Posting } from '../readings/posting.ts'
import { count, createTally, type Tally } from '../readings/spending.ts'
import { isKnown, type KnownTime, withKnown } from './known-time.ts'
import type { LedgerHead, LedgerLine, Opening } from './ledger-lines.ts'

/** One calendar month in London, in minor units. */
export interface MonthTally extends Tally {
  /** By how much the balance changed. */
  movedMinor: number
}

interface LedgerMonth {
  readonly span: Span
  readonly postings: Map<string, Posting>
  /** Computed when it is needed; a change of the month drops it. */
  tally: MonthTally | undefined
}

/** By how much a transaction changed the balance, which includes pending ones. Minor units. */
const movedBy = ({ outcome, amountMinor }: Posting): number =>
  outcome === 'declined' ? 0 : amountMinor

/** What is kept of one account's past: what all lines of its file say together. Knows no disk. */
export class Ledger {
  readonly accountId: string
  /** When the account began, in Unix ms. */
  readonly createdMs: number
  readonly #months = new Map<MonthNumber, LedgerMonth>()
  #known: KnownTime = []
  #opening: Opening | undefined
  #currency: string | undefined
  #lines = 1 // the head

  constructor({ accountId, createdMs }: LedgerHead) {
    this.accountId = accountId
    this.createdMs = createdMs
  }

  get known(): KnownTime {
    return this.#known
  }
  /** Since when, until `known` ends, everything is known. Unix ms. */
  get knownSinceMs(): number | undefined {
    const startMs = this.#known.at(-1)?.startMs
    return startMs === undefined ? undefined : Math.max(startMs, this.createdMs)
  }
  /** The same, if that is not since the account began: then a new login can tell more. */
  get incompleteSinceMs(): number | undefined {
    const sinceMs = this.knownSinceMs
    return sinceMs !== undefined && sinceMs > this.createdMs ? sinceMs : undefined
  }
  get opening(): Opening | undefined {
    return this.#opening
  }
  /** Absent until a line names it. */
  get currency(): string | undefined {
    return this.#currency
  }
  /** How many transactions are kept. */
  get count(): number {
    let count = 0
    for (const { postings } of this.#months.values()) count += postings.size
    return count
  }
  /** How many lines its file has, and how many of them later ones have superseded. */
  get lines(): { readonly all: number; readonly superseded: number } {
    const needed = 1 + this.count + this.#known.length + (this.#opening ? 1 : 0)
    return { all: this.#lines, superseded: this.#lines - needed }
  }

  apply(line: LedgerLine): void {
    this.#lines++
    switch (line.kind) {
      case 'posting':
        this.#currency = line.currency
        this.#put(line.posting)
        break
      case 'gone':
        this.#remove(line.id)
        break
      case 'known':
        this.#known = withKnown(this.#known, line.span)
        break
      case 'opening':
        this.#currency = line.opening.currency
        this.#opening = line.opening
        break
      default:
        line satisfies never
    }
  }

  /** More is known than the file says: it is read again after a restart. */
  extendKnown(span: Span): void {
    this.#known = withKnown(this.#known, span)
  }

  /** The lines that say all of this, in portions of a month. */
  *portions(): Iterable<readonly LedgerLine[]> {
    const currency = this.#currency ?? ''
    for (const { postings } of this.#months.values())
      yield [...postings.values()].map(
        (posting) => ({ kind: 'posting', posting, currency }) as const,
      )
    yield this.#known.map((span) => ({ kind: 'known', span }) as const)
    if (this.#opening) yield [{ kind: 'opening', opening: this.#opening }]
  }
  /** A file that has just been written anew has only the lines that are needed. */
  forgetSuperseded(): void {
    this.#lines -= this.lines.superseded
  }

  /** The lines that make of what is kept what was just read: nothing for what is kept already. */
  *changesTo(read: readonly Posting[], currency: string): Iterable<LedgerLine> {
    for (const posting of read) {
      const kept = this.#find(posting)
      if (kept && isSamePosting(kept, posting)) continue
      // In another month it would be a second one.
      if (kept && londonMonth(kept.createdMs) !== londonMonth(posting.createdMs))
        yield { kind: 'gone', id: kept.id }
      yield { kind: 'posting', posting, currency }
    }
  }

  /** The lines that remove what is kept of this span, but was not among what was just read. */
  *missingFrom(read: ReadonlySet<string>, span: Span): Iterable<LedgerLine> {
    for (const { id } of this.postingsIn(span)) if (!read.has(id)) yield { kind: 'gone', id }
  }

  /** The transactions made in this span, in no order. */
  postingsIn(span: Span): readonly Posting[] {
    return [...this.#touching(span)].flatMap((month) =>
      isWithin(span, month.span)
        ? [...month.postings.values()]
        : [...month.postings.values()].filter(({ createdMs }) => isIn(span, createdMs)),
    )
  }

  /** @returns the same object as long as nothing in the month has changed. */
  tallyOf(month: MonthNumber): Readonly<MonthTally> {
    const kept = this.#months.get(month)
    return kept ? tallyOf(kept) : { ...createTally(), movedMinor: 0 }
  }

  /** Whether every transaction of this span is kept. Before the account began there were none. */
  isKnown({ startMs, endMs }: Span): boolean {
    return isKnown(this.#known, { startMs: Math.max(startMs, this.createdMs), endMs })
  }

  /** By how much the balance changed in this span, in minor units. */
  movedMinor(span: Span): number {
    let minor = 0
    for (const month of this.#touching(span))
      if (isWithin(span, month.span)) minor += tallyOf(month).movedMinor
      else
        for (const posting of month.postings.values())
          if (isIn(span, posting.createdMs)) minor += movedBy(posting)
    return minor
  }

  /**
   * The balance just before `atMs` (Unix ms), walked back from one that Monzo told. Minor units.
   * @returns `undefined` when not everything is known that was made in between.
   */
  balanceBefore(atMs: number): number | undefined {
    if (!this.#opening) return undefined
    const { minor, fromMs } = this.#opening
    const isLater = atMs >= fromMs
    const span = isLater ? { startMs: fromMs, endMs: atMs } : { startMs: atMs, endMs: fromMs }
    if (!this.isKnown(span)) return undefined
    return isLater ? minor + this.movedMinor(span) : minor - this.movedMinor(span)
  }

  #find({ id, createdMs }: Posting): Posting | undefined {
    const likely = this.#months.get(londonMonth(createdMs))?.postings.get(id)
    if (likely) return likely
    for (const { postings } of this.#months.values()) {
      const kept = postings.get(id)
      if (kept) return kept
    }
    return undefined
  }

  *#touching({ startMs, endMs }: Span): Iterable<LedgerMonth> {
    for (const month of this.#months.values())
      if (month.span.startMs < endMs && month.span.endMs > startMs) yield month
  }

  #put(posting: Posting): void {
    const number = londonMonth(posting.createdMs)
    const known = this.#months.get(number)
    const month = known ?? { span: monthSpan(number), postings: new Map(), tally: undefined }
    if (!known) this.#months.set(number, month)
    month.postings.set(posting.id, posting)
    month.tally = undefined
  }

  #remove(id: string): void {
    for (const month of this.#months.values())
      if (month.postings.delete(id)) month.tally = undefined
  }
}

const isIn = ({ startMs, endMs }: Span, atMs: number): boolean => atMs >= startMs && atMs < endMs

const isWithin = (outer: Span, inner: Span): boolean =>
  outer.startMs <= inner.startMs && outer.endMs >= inner.endMs

function tallyOf(month: LedgerMonth): MonthTally {
  if (month.tally) return month.tally
  const tally: MonthTally = { ...createTally(), movedMinor: 0 }
  for (const posting of month.postings.values()) {
    count(tally, posting)
    tally.movedMinor += movedBy(posting)
  }
  month.tally = tally
  return tally
}
