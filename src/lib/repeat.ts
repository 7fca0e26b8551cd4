import type { Clock } from './clock.ts'

/**
 * Runs a task repeatedly. Waits `everyMs` before the first run, and after each run ends.
 * @param everyMs called before each wait.
 * @param task must not reject.
 * @returns a function that stops the repetition, and resolves when a run under way has ended.
 */
export function repeat(clock: Clock, everyMs: () => number, task: () => Promise<void>) {
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(everyMs(), stopping.signal)
      await task()
    }
  }
  const done = run().catch(() => undefined) // stopped
  return async (): Promise<void> => {
    stopping.abort(new Error('stopping'))
    await done
  }
}
