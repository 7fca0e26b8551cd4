import type { Clock } from '../lib/clock.ts'

const MOST_UNDER_WAY = 256 // enough for a thousand logins every 15 s with half-second replies
const MOST_PER_LOGIN = 4 // so that a login whose calls hang can't block the others
const SLOW_MS = 2000

/**
 * Resolves once a slot is free for a call. Rejects with the signal's reason if aborted first.
 * @returns what gives the slot back.
 */
export type TakeSlot = (signal: AbortSignal) => Promise<() => void>

/** Limits how many calls may be in progress at once, across all logins. */
export interface CallLimit {
  readonly take: TakeSlot
  /** For one login: takes no more than its share of the slots. */
  share(): TakeSlot
}

/**
 * First come, first served. A call that takes more than two seconds continues, but gives up its
 * slot if others are waiting: so the others wait no longer than that, however many logins hang.
 */
export function createCallLimit(
  clock: Pick<Clock, 'elapsed' | 'sleep'>,
  { most = MOST_UNDER_WAY, mostPerLogin = MOST_PER_LOGIN } = {},
): CallLimit {
  const nowMs = () => clock.elapsed()
  const places = createPlaces(most, nowMs, freeSlow)
  let isFreeing = false

  function freeSlow(): void {
    if (isFreeing) return
    isFreeing = true
    void whileOthersWait().finally(() => {
      isFreeing = false
    })
  }
  async function whileOthersWait(): Promise<void> {
    for (let oldest = places.oldest(); oldest; oldest = places.oldest()) {
      const leftMs = oldest.sinceMs + SLOW_MS - nowMs()
      if (leftMs > 0) await clock.sleep(leftMs)
      else places.giveBack(oldest)
    }
  }

  const takeFrom =
    (slots: Places): TakeSlot =>
    async (signal) => {
      const place = { sinceMs: nowMs() }
      await slots.take(place, signal)
      return () => slots.giveBack(place)
    }
  const take = takeFrom(places)
  return {
    take,
    share() {
      const takeOwn = takeFrom(createPlaces(mostPerLogin, nowMs))
      return async (signal) => {
        const giveBackOwn = await takeOwn(signal)
        try {
          const giveBack = await take(signal)
          return () => {
            giveBack()
            giveBackOwn()
          }
        } catch (error) {
          giveBackOwn()
          throw error
        }
      }
    },
  }
}

interface Place {
  /** When it got its slot, on `clock.elapsed()`. */
  sinceMs: number
}
type Places = ReturnType<typeof createPlaces>

/** @param onWait called when a call has to wait. */
function createPlaces(most: number, nowMs: () => number, onWait = () => {}) {
  const taken = new Set<Place>() // oldest first
  const waiting = new Map<Place, () => void>() // oldest first, too

  return {
    async take(place: Place, signal: AbortSignal): Promise<void> {
      signal.throwIfAborted()
      if (taken.size < most) taken.add(place)
      else {
        const turn = waitForTurn(place, signal)
        onWait()
        await turn
      }
    },
    /** Does nothing if the slot was already given back. */
    giveBack(place: Place): void {
      if (!taken.delete(place)) return
      const [next] = waiting
      if (!next) return
      const [other, begin] = next
      waiting.delete(other)
      other.sinceMs = nowMs()
      taken.add(other)
      begin()
    },
    /** The slot that has been taken longest; `undefined` when no call is waiting. */
    oldest: (): Place | undefined => (waiting.size > 0 ? first(taken) : undefined),
  }

  function waitForTurn(place: Place, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.delete(place)
        reject(signal.reason)
      }
      waiting.set(place, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item
  return undefined
}
