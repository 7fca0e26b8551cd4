import { DAY_MS, HOUR_MS } from '../lib/clock.ts'
import { type Html, html } from './html.ts'

const STEPS: readonly (readonly [unit: string, ms: number])[] = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', 60_000],
  ['second', 1000],
]

/** `2026-11-22 10:00 UTC (3 minutes ago)`. Both in Unix milliseconds. */
export function renderMoment(atMs: number, nowMs: number): Html {
  const iso = new Date(atMs).toISOString()
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
  return html`<time datetime="${iso}">${text}</time> (${describeDistance(atMs - nowMs)})`
}

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
