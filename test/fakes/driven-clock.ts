import type { Clock } from '../../src/lib/clock.ts'

interface Sleeper {
  readonly atMs: number
  readonly wake: () => void
}

/** A clock that stands still until `advance`, which wakes every sleeper in its order. */
export class DrivenClock implements Clock {
  #elapsedMs = 0
  readonly #startMs: number
  #sleepers: Sleeper[] = []
  #timeouts: Sleeper[] = []
  /** Resolves when what was woken has done all it can before time moves on. */
  idle: () => Promise<void> = settle
  constructor(startIso = '2026-11-22T10:00:00Z') {
    this.#startMs = Date.parse(startIso)
  }
  now(): number {
    return this.#startMs + this.#elapsedMs
  }
  elapsed(): number {
    return this.#elapsedMs
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const sleeper = { atMs: this.#elapsedMs + Math.max(0, ms), wake }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
  async within<T>(ms: number, task: (limit: AbortSignal) => Promise<T>, signal?: AbortSignal) {
    const controller = new AbortController()
    const fire = () => controller.abort(new DOMException('timed out', 'TimeoutError'))
    const timeout = { atMs: this.#elapsedMs + ms, wake: fire }
    this.#timeouts.push(timeout)
    try {
      return await task(signal ? AbortSignal.any([controller.signal, signal]) : controller.signal)
    } finally {
      this.#timeouts = this.#timeouts.filter((other) => other !== timeout)
    }
  }
  every(ms: number, task: () => void): () => void {
    const wake = () => {
      task()
      timer = { atMs: timer.atMs + ms, wake }
      this.#timeouts.push(timer)
    }
    let timer = { atMs: this.#elapsedMs + ms, wake }
    this.#timeouts.push(timer)
    return () => {
      this.#timeouts = this.#timeouts.filter((other) => other !== timer)
    }
  }
  /** How many sleep now: a leak shows here. */
  get waiting(): number {
    return this.#sleepers.length
  }
  /** Moves time on, waking who is due and letting what they start settle before going further. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms
    await this.idle()
    for (;;) {
      const due = [...this.#sleepers, ...this.#timeouts].reduce<Sleeper | undefined>(
        (first, other) => (first && first.atMs <= other.atMs ? first : other),
        undefined,
      )
      if (!due || due.atMs > untilMs) break
      this.#sleepers = this.#sleepers.filter((other) => other !== due)
      this.#timeouts = this.#timeouts.filter((other) => other !== due)
      this.#elapsedMs = Math.max(this.#elapsedMs, due.atMs)
      due.wake()
      await this.idle()
    }
    this.#elapsedMs = untilMs
    await this.idle()
  }
  /** Lets time pass until the promise settles, for what waits on the clock to finish. */
  async until<T>(promise: Promise<T>, stepMs = 10): Promise<T> {
    let isSettled = false
    const settled = promise.finally(() => {
      isSettled = true
    })
    settled.catch(() => undefined)
    while (!isSettled) await this.advance(stepMs)
    return settled
  }
}

const SETTLE_TURNS = 10 // of the event loop: enough for a loopback round trip to begin

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++)
    await new Promise((resolve) => setImmediate(resolve))
}
