import type { Clock } from '../lib/clock.ts'

const WINDOW_MS = 15 * 60_000
const MOST_PER_ADDRESS = 10
const MOST_IN_ALL = 100
const MOST_ADDRESSES = 10_000 // about 2 MB: guessing from many addresses can't fill memory

/** Failures since the first of them; forgotten a window later. */
interface Failures {
  count: number
  readonly sinceMs: number
}

/** Counts wrong keys. Times in milliseconds of `Clock.elapsed()`, which nobody can set. */
export class GuessLimit {
  readonly #clock: Clock
  readonly #byAddress = new Map<string, Failures>()
  #inAll: Failures | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts a wrong key.
   * @returns milliseconds until this address may try again; `undefined` while it still may.
   */
  fail(address: string): number | undefined {
    const own = this.#current(this.#byAddress.get(address)) ?? this.#begin(address)
    if (own.count >= MOST_PER_ADDRESS) return this.#leftMs(own)
    own.count += 1
    const all = this.#current(this.#inAll) ?? { count: 0, sinceMs: this.#clock.elapsed() }
    this.#inAll = all
    if (all.count >= MOST_IN_ALL) return this.#leftMs(all)
    all.count += 1
    return undefined
  }

  /**
   * Whether the right key is let in: always from an address without failures of its own, so that
   * nobody can lock the owner out by guessing from elsewhere.
   * @returns milliseconds to wait, or `undefined`.
   */
  blockedForMs(address: string): number | undefined {
    const own = this.#current(this.#byAddress.get(address))
    if (!own) return undefined
    if (own.count >= MOST_PER_ADDRESS) return this.#leftMs(own)
    const all = this.#current(this.#inAll)
    return all && all.count >= MOST_IN_ALL ? this.#leftMs(all) : undefined
  }

  #begin(address: string): Failures {
    const own = { count: 0, sinceMs: this.#clock.elapsed() }
    this.#byAddress.delete(address) // it goes to the end: the map stays in the order of age
    this.#byAddress.set(address, own)
    const [oldest] = this.#byAddress.keys()
    if (this.#byAddress.size > MOST_ADDRESSES && oldest !== undefined)
      this.#byAddress.delete(oldest)
    return own
  }

  #current(failures: Failures | undefined): Failures | undefined {
    return failures && this.#leftMs(failures) > 0 ? failures : undefined
  }

  #leftMs({ sinceMs }: Failures): number {
    return sinceMs + WINDOW_MS - this.#clock.elapsed()
  }
}
