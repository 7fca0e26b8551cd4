import { type DayNumber, londonDay, londonTimeMs, spendingDayStartMs } from '../../lib/london.ts'
import type { Account } from './account.ts'
import { changedEntry, type Entry, effectMinor, type Fate, spendMinor } from './entry.ts'
import { firstIndex, firstIndexSince, ID_SKEW_MS } from './entry-order.ts'
import { timeOfId } from './ids.ts'
import type { DayPlan, Life } from './life.ts'
import { type LivelyStream, livelyBefore, livelyEntry, nextTick, tickMs } from './lively.ts'
import { type Opening, pastOf } from './past.ts'
import type { Pot } from './pot.ts'

/** An account and its simulated transactions. Amounts in minor units. */
export interface AccountPlan {
  readonly account: Account
  readonly life: Life
  readonly plan: DayPlan
  /** The time at which `balanceMinor` and `pots` hold; the history lies before it. */
  readonly startMs: number
  readonly balanceMinor: number
  readonly pots: readonly Pot[]
  /** The days of `plan` that are always there. Whatever is older is made when it is asked for. */
  readonly historyDays: number
  /** What happened before, since the account was opened. */
  readonly past: DayPlan
  /**
   * How far the balance may drift in the past before money is moved from or to a savings account,
   * once a month. Infinity: never.
   */
  readonly slackMinor: number
  /** Whether it has a steady stream of small payments. */
  readonly isLively: boolean
}

/**
 * One account's money. Lazy: there is no timer, `catchUp` posts what is due by a given time. What
 * happens depends only on the plan and the time.
 *
 * The books add up: the account begins with nothing, and its balance is the sum of its entries,
 * unless `setBalance` leaves something unexplained.
 */
export class Ledger {
  readonly #life: Life
  readonly #plan: DayPlan
  #entries: Entry[] = []
  readonly #pots: Map<string, Pot>
  #upcoming: Entry[] = []
  #fates: { readonly id: string; readonly atMs: number; readonly change: Fate['change'] }[] = []
  #plannedThrough: number
  #balanceMinor = 0
  #unexplainedMinor = 0
  #lively: LivelyStream
  #tick = 0
  readonly #onPost: (entry: Entry) => void
  /** What happened before `#pastEndsMs`; absent once it is among the entries. */
  #past: (() => readonly Entry[]) | undefined
  readonly #pastEndsMs: number

  /** @param onPost called for each later entry, not for those of the history. */
  constructor(
    options: AccountPlan,
    lively: LivelyStream,
    onPost: (entry: Entry) => void = () => {},
  ) {
    let isHistory = true
    this.#onPost = (entry) => {
      if (!isHistory) onPost(entry)
    }
    this.#life = options.life
    this.#plan = options.plan
    this.#lively = options.isLively ? lively : { ...lively, everyMs: 0 }
    this.#pots = new Map()
    const firstDay = Math.max(
      londonDay(options.startMs) - options.historyDays,
      londonDay(options.account.createdMs) + 1,
    )
    this.#plannedThrough = firstDay - 1
    this.#postDue(options.startMs)
    for (const entry of livelyBefore(this.#life, this.#lively)) this.post(entry)
    const start = openingOf(options, firstDay, this.#entries)
    this.#past = () => pastOf(options, start)
    this.#pastEndsMs = londonTimeMs(firstDay, 0) + ID_SKEW_MS
    this.#balanceMinor = options.balanceMinor
    this.#pots = new Map(options.pots.map((pot) => [pot.id, pot]))
    isHistory = false
  }

  /**
   * All entries so far, in the order of ids.
   * @param sinceMs leaves out years that nobody asked for yet, if they are all before this.
   */
  entries(sinceMs = Number.NEGATIVE_INFINITY): readonly Entry[] {
    if (sinceMs < this.#pastEndsMs && this.#past) {
      const past = this.#past()
      this.#past = undefined
      this.#entries = past.concat(this.#entries).toSorted(byId)
    }
    return this.#entries
  }
  find(id: string): Entry | undefined {
    return this.#at(id)?.entry
  }
  get balanceMinor(): number {
    return this.#balanceMinor
  }
  /** The part of the balance that no entry explains. */
  get unexplainedMinor(): number {
    return this.#unexplainedMinor
  }
  get pots(): readonly Pot[] {
    return [...this.#pots.values()]
  }

  /** Posts what is due by then. Entries stay even if the clock is set back later. */
  catchUp(nowMs: number): void {
    this.#postDue(nowMs)
    if (this.#fates.some(({ atMs }) => atMs <= nowMs)) this.#meetFates(nowMs)
    if (this.#lively.everyMs <= 0) return
    for (;;) {
      const tick = nextTick(this.#tick)
      const atMs = tickMs(this.#life, this.#lively, tick)
      if (atMs > nowMs) return
      this.post(livelyEntry(this.#life, tick, atMs))
      this.#tick = tick + 1
    }
  }

  /** Restarts the stream of small payments. */
  restartLively(lively: LivelyStream): void {
    this.#lively = lively
    this.#tick = 0
  }
  /** Leaves out the small payments of a period that the clock skips. */
  skipLively(ms: number): void {
    this.#lively = { ...this.#lively, startMs: this.#lively.startMs + ms }
  }

  /** Adds an entry, and updates the balance and, for a pot transfer, the pot. */
  post(entry: Entry): void {
    this.entries(entry.createdMs)
    const isLast = (this.#entries.at(-1)?.id ?? '') < entry.id // as most are: this is faster
    if (isLast) this.#entries.push(entry)
    else
      this.#entries.splice(
        firstIndex(this.#entries, ({ id }) => id > entry.id),
        0,
        entry,
      )
    this.#count(entry, 1)
    for (const { afterMs, change } of entry.fates ?? [])
      this.#fates.push({ id: entry.id, atMs: entry.createdMs + afterMs, change })
    this.#onPost(entry)
  }

  /**
   * Changes or removes an entry, and the balance with it.
   * @returns whether there is such an entry.
   */
  change(id: string, change: Fate['change'], nowMs: number): boolean {
    const found = this.#at(id)
    if (!found) return false
    this.#count(found.entry, -1)
    if (change === 'vanishes') {
      this.#entries.splice(found.index, 1)
      return true
    }
    const changed = { ...changedEntry(found.entry, change), updatedMs: nowMs }
    this.#entries[found.index] = changed
    this.#count(changed, 1)
    return true
  }

  /** Changes the balance without an entry. The difference stays unexplained. */
  setBalance(balanceMinor: number): void {
    this.#unexplainedMinor += balanceMinor - this.#balanceMinor
    this.#balanceMinor = balanceMinor
  }
  putPot(pot: Pot): void {
    this.#pots.set(pot.id, pot)
  }

  /** Spending since 04:00 in London: 0 or less, in minor units. */
  spendTodayMinor(nowMs: number): number {
    const startMs = spendingDayStartMs(nowMs)
    const entries = this.entries(startMs)
    return entries
      .slice(firstIndexSince(entries, startMs))
      .filter(({ createdMs }) => createdMs >= startMs)
      .reduce((sum, entry) => sum + spendMinor(entry), 0)
  }

  #at(id: string): { readonly entry: Entry; readonly index: number } | undefined {
    const atMs = timeOfId('tx', id)
    if (atMs === undefined) return undefined
    const entries = this.entries(atMs)
    const index = firstIndex(entries, (other) => other.id >= id)
    const entry = entries[index]
    return entry?.id === id ? { entry, index } : undefined
  }

  #count(entry: Entry, sign: 1 | -1): void {
    const effect = sign * effectMinor(entry)
    this.#balanceMinor += effect
    const pot = entry.potId === undefined ? undefined : this.#pots.get(entry.potId)
    if (pot)
      this.#pots.set(pot.id, {
        ...pot,
        balanceMinor: pot.balanceMinor - effect,
        updatedMs: entry.createdMs,
      })
  }

  #meetFates(nowMs: number): void {
    const due = this.#fates.filter(({ atMs }) => atMs <= nowMs)
    this.#fates = this.#fates.filter(({ atMs }) => atMs > nowMs)
    for (const { id, atMs, change } of due.toSorted((one, other) => one.atMs - other.atMs))
      this.change(id, change, atMs)
  }

  #postDue(nowMs: number): void {
    const today = londonDay(nowMs)
    while (this.#plannedThrough < today) {
      this.#plannedThrough++
      this.#upcoming.push(...this.#plan(this.#plannedThrough).toSorted(byTime))
    }
    const firstLater = this.#upcoming.findIndex((entry) => entry.createdMs > nowMs)
    if (firstLater === 0) return
    const due = firstLater < 0 ? this.#upcoming : this.#upcoming.slice(0, firstLater)
    this.#upcoming = firstLater < 0 ? [] : this.#upcoming.slice(firstLater)
    for (const entry of due) this.post(entry)
  }
}

/** What the account and its pots had when the history began, so that they come out as planned. */
function openingOf(
  { balanceMinor, pots }: AccountPlan,
  firstDay: DayNumber,
  history: readonly Entry[],
): Opening {
  let openingMinor = balanceMinor
  const movedMinor = new Map<string, number>()
  for (const entry of history) {
    openingMinor -= effectMinor(entry)
    if (entry.potId === undefined) continue
    movedMinor.set(entry.potId, (movedMinor.get(entry.potId) ?? 0) + effectMinor(entry))
  }
  return {
    day: firstDay,
    balanceMinor: openingMinor,
    pots: pots.map((pot) => ({
      ...pot,
      balanceMinor: pot.balanceMinor + (movedMinor.get(pot.id) ?? 0),
    })),
  }
}

const byTime = (one: Entry, other: Entry): number => one.createdMs - other.createdMs
const byId = (one: Entry, other: Entry): number => (one.id < other.id ? -1 : 1)
