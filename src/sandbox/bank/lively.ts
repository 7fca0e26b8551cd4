import { between, chanceOf, pick } from './chance.ts'
import type { Entry } from './entry.ts'
import { cardPayment, fasterPayment } from './entry-maker.ts'
import type { Life } from './life.ts'
import { SHOPS } from './merchants.ts'

const CYCLE = 8 // seven small payments, then somebody pays all of it back
const LIVELY_TICKS = 240 // two hours at one every 30 s
const BEFORE_RATIO = 10 // so much faster: hardly ever the day or month began in between
const CALM_EVERY = 20 // then one in 20: a sandbox that runs for months stays readable

/** Small payments at a steady pace, so that somebody who watches sees the balance change. */
export interface LivelyStream {
  /** Counted from this moment, in Unix ms. */
  readonly startMs: number
  /** Roughly one this often, in ms; 0 for none. */
  readonly everyMs: number
}

/** The first tick from `tick` on at which something happens. */
export const nextTick = (tick: number): number =>
  tick < LIVELY_TICKS ? tick : Math.ceil(tick / CALM_EVERY) * CALM_EVERY

/** When: the gaps are between two thirds and four thirds of `everyMs`. @returns Unix ms. */
export function tickMs(life: Life, { startMs, everyMs }: LivelyStream, tick: number): number {
  const jitter = (chanceOf(life.seed, life.accountId, 'when', tick)() - 0.5) / 3
  return Math.round(startMs + (tick + 1 + jitter) * everyMs)
}

/** What: over a cycle the amounts add up to nothing, so that the balance never drifts away. */
export function livelyEntry(life: Life, tick: number, createdMs: number): Entry {
  const { seed, accountId, userId } = life
  // The time is part of it: a stream that begins anew must not repeat ids.
  const chance = chanceOf(seed, accountId, 'lively', createdMs)
  const writer = { chance, userId, accountId }
  const turn = turnOf(tick)
  if (turn % CYCLE < CYCLE - 1) {
    const { merchant } = pick(chance, SHOPS)
    return cardPayment(writer, merchant, { createdMs, amountMinor: -priceOf(life, turn) })
  }
  let amountMinor = 0
  for (let back = 1; back < CYCLE; back++) amountMinor += priceOf(life, turn - back)
  return fasterPayment(writer, 'Roundtrip Refunds', { createdMs, amountMinor })
}

/** A few that came just before it began: whoever starts a sandbox at night sees spending at once. */
export function livelyBefore(life: Life, { startMs, everyMs }: LivelyStream): readonly Entry[] {
  if (everyMs <= 0) return []
  return Array.from({ length: CYCLE - 1 }, (_, n) =>
    livelyEntry(life, n, Math.round(startMs - ((CYCLE - 1 - n) * everyMs) / BEFORE_RATIO)),
  )
}

/** How many came before, whatever the pace. */
const turnOf = (tick: number): number =>
  tick < LIVELY_TICKS ? tick : LIVELY_TICKS + (tick - LIVELY_TICKS) / CALM_EVERY

const priceOf = (life: Life, turn: number): number =>
  between(chanceOf(life.seed, life.accountId, 'price', turn), 65, 495)
