import { aborted } from './aborted.ts'
import type { Clock } from './clock.ts'

/**
 * Whether work is done, or has failed, within a time in **milliseconds**. It goes on in any case: for
 * what can't be aborted, such as a call to a disk over a network, which may never answer.
 */
export const settlesWithin = (clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> =>
  clock.within(ms, (limit) =>
    Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      aborted(limit).then(() => false),
    ]),
  )
