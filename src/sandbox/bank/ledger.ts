import { londonDay, spendingDayStartMs } from '../../lib/london.ts'
import type { Account } from './account.ts'
import { type Entry, effectMinor, spendMinor } from './entry.ts'
import type { DayPlan, Life } from './life.ts'
import { type LivelyStream, livelyBefore, livelyEntry, nextTick, tickMs } from './lively.ts'
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
  readonly historyDays: number
  /** Whether it has a steady stream of small payments. */
  readonly isLively: boolean
}

const ID_SKEW_MS = 5000 // more than the order of ids can differ from that of times

/**
 * One account's money. Lazy: there is no timer, `catchUp` posts what is due by a given time. What
 * happens depends only on the plan and the time.
 */
export class Ledger {
  readonly #life: Life
  readonly #plan: DayPlan
  readonly #entries: Entry[] = []
  readonly #pots: Map<string, Pot>
  #upcoming: Entry[] = []
  #plannedThrough: number
  #balanceMinor = 0
  #openingMinor: number
  #lively: LivelyStream
  #tick = 0
  readonly #onPost: (entry: Entry) => void

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
    this.#plannedThrough = londonDay(options.startMs) - options.historyDays - 1
    this.#postDue(options.startMs)
    for (const entry of livelyBefore(this.#life, this.#lively)) this.post(entry)
    this.#openingMinor = options.balanceMinor - this.#balanceMinor
    this.#balanceMinor = options.balanceMinor
    this.#pots = new Map(options.pots.map((pot) => [pot.id, pot]))
    isHistory = false
  }

  /** All entries so far, in the order of ids. */
  get entries(): readonly Entry[] {
    return this.#entries
  }
  get balanceMinor(): number {
    return this.#balanceMinor
  }
  /** The balance before the first entry. */
  get openingMinor(): number {
    return this.#openingMinor
  }
  get pots(): readonly Pot[] {
    return [...this.#pots.values()]
  }

  /** Posts what is due by then. Entries stay even if the clock is set back later. */
  catchUp(nowMs: number): void {
    this.#postDue(nowMs)
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
    let at = this.#entries.length
    while (at > 0 && (this.#entries[at - 1]?.id ?? '') > entry.id) at--
    this.#entries.splice(at, 0, entry)
    this.#balanceMinor += effectMinor(entry)
    const pot = entry.potId === undefined ? undefined : this.#pots.get(entry.potId)
    if (pot) {
      const balanceMinor = pot.balanceMinor - effectMinor(entry)
      this.#pots.set(pot.id, { ...pot, balanceMinor, updatedMs: entry.createdMs })
    }
    this.#onPost(entry)
  }

  /** Changes the balance without an entry, by changing the opening balance. */
  setBalance(balanceMinor: number): void {
    this.#openingMinor += balanceMinor - this.#balanceMinor
    this.#balanceMinor = balanceMinor
  }
  putPot(pot: Pot): void {
    this.#pots.set(pot.id, pot)
  }

  /** Spending since 04:00 in London: 0 or less, in minor units. */
  spendTodayMinor(nowMs: number): number {
    const startMs = spendingDayStartMs(nowMs)
    let sumMinor = 0
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      const entry = this.#entries[at]
      if (!entry || entry.createdMs < startMs - ID_SKEW_MS) break
      if (entry.createdMs >= startMs) sumMinor += spendMinor(entry)
    }
    return sumMinor
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

const byTime = (one: Entry, other: Entry): number => one.createdMs - other.createdMs
