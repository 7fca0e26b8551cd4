import { between, chanceOf, pick } from './chance.ts'
import type { Entry } from './entry.ts'
import { cardPayment, fasterPayment } from './entry-maker.ts'
import type { Life } from './life.ts'
import { SHOPS } from './merchants.ts'

const CYCLE = 8 // seven small payments, then one refund of them all
const LIVELY_TICKS = 240 // two hours at one every 30 s
const BEFORE_RATIO = 10 // the first few come ten times as fast, so that they rarely cross midnight
const CALM_EVERY = 20 // then one tick in 20, so that months of it stay readable

/** A steady stream of small payments, so that a person can watch the balance change. */
export interface LivelyStream {
  /** When the stream starts, in Unix ms. */
  readonly startMs: number
  /** Average time between payments, in ms; 0 for none. */
  readonly everyMs: number
}

/** @returns the first tick, `tick` or later, that has a payment. */
export const nextTick = (tick: number): number =>
  tick < LIVELY_TICKS ? tick : Math.ceil(tick / CALM_EVERY) * CALM_EVERY

/** The time of a tick, in Unix ms. Gaps are between two and four thirds of `everyMs`. */
export function tickMs(life: Life, { startMs, everyMs }: LivelyStream, tick: number): number {
  const jitter = (chanceOf(life.seed, life.accountId, 'when', tick)() - 0.5) / 3
  return Math.round(startMs + (tick + 1 + jitter) * everyMs)
}

/** The entry of a tick. A cycle's amounts add up to 0, so that the balance never drifts. */
export function livelyEntry(life: Life, tick: number, createdMs: number): Entry {
  const { seed, accountId, userId } = life
  // Depends on the time too: a restarted stream must not repeat ids.
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

/** A few payments just before the start, so that even at night there is spending to see. */
export function livelyBefore(life: Life, { startMs, everyMs }: LivelyStream): readonly Entry[] {
  if (everyMs <= 0) return []
  return Array.from({ length: CYCLE - 1 }, (_, n) =>
    livelyEntry(life, n, Math.round(startMs - ((CYCLE - 1 - n) * everyMs) / BEFORE_RATIO)),
  )
}

/** The number of payments before this tick. */
const turnOf = (tick: number): number =>
  tick < LIVELY_TICKS ? tick : LIVELY_TICKS + (tick - LIVELY_TICKS) / CALM_EVERY

const priceOf = (life: Life, turn: number): number =>
  between(chanceOf(life.seed, life.accountId, 'price', turn), 65, 495)
