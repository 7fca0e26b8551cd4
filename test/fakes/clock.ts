import type { Clock } from '../../src/lib/clock.ts'

/** A clock that jumps instead of waiting, and remembers what it was asked to wait. */
export class FakeClock implements Clock {
  readonly slept: number[] = []
  #nowMs: number
  #elapsedMs = 0
  constructor(startIso = '2026-01-01T00:00:00Z') {
    this.#nowMs = Date.parse(startIso)
  }
  now(): number {
    return this.#nowMs
  }
  elapsed(): number {
    return this.#elapsedMs
  }
  sleep(ms: number): Promise<void> {
    this.slept.push(ms)
    this.#nowMs += ms
    this.#elapsedMs += ms
    return Promise.resolve()
  }
  /** Never fires by itself: a test aborts `signal`. */
  within<T>(_ms: number, task: (limit: AbortSignal) => Promise<T>, signal?: AbortSignal) {
    return task(signal ?? new AbortController().signal)
  }
  /** Never calls by itself. */
  every(): () => void {
    return () => undefined
  }
  /** Somebody sets the wall clock: `elapsed()` does not notice. */
  setWall(iso: string): void {
    this.#nowMs = Date.parse(iso)
  }
}
