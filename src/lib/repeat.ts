import type { Clock } from './clock.ts'

/**
 * Runs a task again and again, `everyMs` after it ended, first after `everyMs`.
 * @param everyMs asked anew each time.
 * @param task never rejects.
 * @returns stops it; resolves when a run under way has ended.
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
