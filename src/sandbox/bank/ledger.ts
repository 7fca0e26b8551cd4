import { londonDay, spendingDayStartMs } from '../../lib/london.ts'
import type { Account } from './account.ts'
import { type Entry, effectMinor, spendMinor } from './entry.ts'
import type { DayPlan, Life } from './life.ts'
import { type LivelyStream, livelyBefore, livelyEntry, nextTick, tickMs } from './lively.ts'
import type { Pot } from './pot.ts'

/** An account and what happens in it. Amounts in minor units. */
export interface AccountPlan {
  readonly account: Account
  readonly life: Life
  readonly plan: DayPlan
  /** When it stands as told: the balance and the pots. Before it there is a history. */
  readonly startMs: number
  readonly balanceMinor: number
  readonly pots: readonly Pot[]
  readonly historyDays: number
  /** Whether small payments go on all the time. */
  readonly isLively: boolean
}

const ID_SKEW_MS = 5000 // how far the order of ids may be from that of times, and then some

/**
 * One account's money. Lazy: nothing happens by itself, `catchUp` posts what is due by then, and
 * costs nothing when nothing is. What happens depends on the plan and the time alone.
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

  /** @param onPost told of each entry from now on; what is history by then is not news. */
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

  /** Everything so far, in the order of ids. */
  get entries(): readonly Entry[] {
    return this.#entries
  }
  get balanceMinor(): number {
    return this.#balanceMinor
  }
  /** What was there before the first entry: with all effects since, the balance. */
  get openingMinor(): number {
    return this.#openingMinor
  }
  get pots(): readonly Pot[] {
    return [...this.#pots.values()]
  }

  /** Posts what is due. A clock that was set back undoes nothing. */
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

  /** Begins the small payments anew. */
  restartLively(lively: LivelyStream): void {
    this.#lively = lively
    this.#tick = 0
  }
  /** The clock was moved: nobody paid small amounts in the time that was skipped. */
  skipLively(ms: number): void {
    this.#lively = { ...this.#lively, startMs: this.#lively.startMs + ms }
  }

  /** Enters it, and moves the money: the account's, and that of a pot on the other side. */
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

  /** Corrects the balance without an entry, as if it had always been so. */
  setBalance(balanceMinor: number): void {
    this.#openingMinor += balanceMinor - this.#balanceMinor
    this.#balanceMinor = balanceMinor
  }
  putPot(pot: Pot): void {
    this.#pots.set(pot.id, pot)
  }

  /** Since 04:00 in London: 0 or less. Minor units. */
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
