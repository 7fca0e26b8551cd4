import { DAY_MS } from '../lib/clock.ts'

/** How long before consent ends somebody is reminded, in days; the nearest last. */
const REMINDER_DAYS = [7, 1]

/** What decides on a reminder. Times in Unix ms. */
export interface ReminderFacts {
  readonly nowMs: number
  /** When consent ends. */
  readonly endMs: number
  /** Of the tokens this process began with. */
  readonly firstTokensMs: number | undefined
  /** The last reminder that this process has sent, in days before that end. */
  readonly sentDays: number | undefined
}

/**
 * Which reminder to send now. Pure. Nothing is stored: if tokens were obtained after a reminder was
 * due, an exporter was running then and has sent it. A restart before the next refresh, which comes
 * within a day or so, sends it again.
 * @returns in days before the end: 7 or 1; `undefined` for none.
 */
export function dueReminder(facts: ReminderFacts): number | undefined {
  const { nowMs, endMs, firstTokensMs, sentDays } = facts
  if (nowMs >= endMs) return undefined
  const days = REMINDER_DAYS.findLast((before) => nowMs >= endMs - before * DAY_MS)
  if (days === undefined || (sentDays !== undefined && sentDays <= days)) return undefined
  const wasSentBefore = firstTokensMs !== undefined && firstTokensMs >= endMs - days * DAY_MS
  return wasSentBefore ? undefined : days
}

/** What a person reads in the Monzo app. */
export function reminderText(endMs: number, nowMs: number): { title: string; body: string } {
  const days = Math.ceil((endMs - nowMs) / DAY_MS)
  const date = new Date(endMs).toISOString().slice(0, 10)
  return {
    title: `Your balance exporter: log in again ${days === 1 ? 'by tomorrow' : `within ${days} days`}`,
    body: `Monzo's consent ends on ${date}. Tap to log in again; have the key (auth_key) at hand.`,
  }
}
