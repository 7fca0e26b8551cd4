import { DAY_MS, HOUR_MS } from '../lib/clock.ts'
import { type Html, html } from './html.ts'

const STEPS: readonly (readonly [unit: string, ms: number])[] = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', 60_000],
  ['second', 1000],
]
const DAY = { day: 'numeric', month: 'short', year: 'numeric' } as const
const TIME = { hour: '2-digit', minute: '2-digit' } as const

/** `22 Nov 2026, 10:00 UTC (3 minutes ago)`; the script puts it into the browser's zone. Unix ms. */
export function renderMoment(atMs: number, nowMs: number): Html {
  const text = `${inWords(atMs, { ...DAY, ...TIME })} UTC`
  return html`<time datetime="${new Date(atMs).toISOString()}">${text}</time> <span class="distance">(${describeDistance(atMs - nowMs)})</span>`
}

/** `22 Nov 2026`. Unix ms. */
export const describeDay = (atMs: number): string => inWords(atMs, DAY)

const inWords = (atMs: number, parts: Intl.DateTimeFormatOptions): string =>
  new Date(atMs).toLocaleString('en-GB', { ...parts, timeZone: 'UTC' })

/** `in 90 days`, `3 minutes ago`, `just now`; whole units, rounded down. */
export function describeDistance(ms: number): string {
  const distance = describeDuration(Math.abs(ms))
  if (distance === undefined) return 'just now'
  return ms < 0 ? `${distance} ago` : `in ${distance}`
}

function describeDuration(ms: number): string | undefined {
  const step = STEPS.find(([, unitMs]) => ms >= unitMs)
  if (!step) return undefined
  const count = Math.floor(ms / step[1])
  return `${count} ${step[0]}${count === 1 ? '' : 's'}`
}
