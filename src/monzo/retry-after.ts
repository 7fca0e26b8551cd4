/** The longest pause, whatever the server asks for: a wrong `Retry-After` must not end a login. */
export const LONGEST_PAUSE_MS = 60 * 60_000

/**
 * How long the server asks us to wait. Not shortened here: calling too early prolongs a 429.
 * @param header delay-seconds or an HTTP date. @param nowMs wall clock, Unix ms.
 * @returns milliseconds; 0 for a date in the past, and for text that is neither.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Math.max(0, Number.isNaN(ms) ? 0 : ms)
}
