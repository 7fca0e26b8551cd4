import type { Clock } from '../../lib/clock.ts'

const WINDOW_MS = 5 * 60_000
const MAX_OAUTH = 30 // about 30 OAuth requests in five minutes were refused (monzo/docs#66)
const MAX_CALLS = 1500 // five a second: generous, and still a limit

/** Limits how often a client or a user may call. */
export interface RateLimits {
  /**
   * Counts a request, even a refused one, so retrying prolongs the limit.
   * @returns whether it is too many.
   */
  isOver(limit: 'oauth' | 'calls', who: string): boolean
}

/** Sliding windows of five minutes, by the sandbox's clock. */
export function createRateLimits(clock: Clock): RateLimits {
  const seen = new Map<string, number[]>()
  return {
    isOver(limit, who) {
      const max = limit === 'oauth' ? MAX_OAUTH : MAX_CALLS
      const key = `${limit} ${who}`
      const times = seen.get(key) ?? []
      seen.set(key, times)
      const nowMs = clock.now()
      const nth = times.length >= max ? times[times.length - max] : undefined
      times.push(nowMs)
      if (times.length > 2 * max) times.splice(0, times.length - max)
      return nth !== undefined && nowMs - nth < WINDOW_MS
    },
  }
}
