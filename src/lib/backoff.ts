const FIRST_MS = 1000
const MAX_MS = 60_000

/**
 * How long to wait before the next attempt: full jitter under a doubling ceiling.
 * @param attempt 1 after the first failure. @param random in [0, 1), new for every call.
 * @returns milliseconds in [0, 60 000).
 */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(MAX_MS, FIRST_MS * 2 ** (attempt - 1))
}
