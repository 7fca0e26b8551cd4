import type { HttpReply } from './http-fetch.ts'

/** The longest pause, whatever the server asks for: a wrong `Retry-After` must not end a login. */
export const LONGEST_PAUSE_MS = 60 * 60_000

/**
 * How long the server asks us to wait, which counts on 429 and 503 only. Not shortened here: calling
 * too early prolongs a 429.
 * @param nowMs wall clock, Unix ms.
 * @returns milliseconds; 0 for a date in the past, and for text that is neither seconds nor a date.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function retryAfterMs({ status, headers }: Omit<HttpReply, 'body'>, nowMs: number): number {
  const header = headers.get('retry-after')
  if (header === null || (status !== 429 && status !== 503)) return 0
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Math.max(0, Number.isNaN(ms) ? 0 : ms)
}
