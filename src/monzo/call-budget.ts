import type { Clock } from '../lib/clock.ts'

const WINDOW_MS = 60_000

/** Hands out at most `perMinute` calls in any minute, in the order asked for. */
export function createCallBudget(clock: Clock, perMinute: number) {
  const takenAtMs: number[] = [] // at most perMinute, oldest first
  let queue: Promise<void> = Promise.resolve()

  const takeNext = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    const oldestMs = takenAtMs[0]
    if (takenAtMs.length >= perMinute && oldestMs !== undefined) {
      const waitMs = oldestMs + WINDOW_MS - clock.elapsed()
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      takenAtMs.shift()
    }
    takenAtMs.push(clock.elapsed())
  }
  return {
    /** Resolves when the call may be made; rejects with the signal's reason if aborted first. */
    take(signal: AbortSignal): Promise<void> {
      const mine = queue.then(() => takeNext(signal))
      queue = mine.catch(() => undefined) // one who gave up doesn't hold up the next
      return mine
    },
  }
}
export type CallBudget = ReturnType<typeof createCallBudget>
