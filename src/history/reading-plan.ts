import { DAY_MS } from '../lib/clock.ts'

/** How far back Monzo shows transactions at any time: it refuses 90 days. */
export const ALWAYS_SHOWN_MS = 88 * DAY_MS
