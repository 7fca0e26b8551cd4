import { HOUR_MS } from '../../lib/clock.ts'
import { calendarOf, type DayNumber, londonTimeMs } from '../../lib/london.ts'
import { between, type Chance, chanceOf, hashOf, pick } from './chance.ts'
import type { Entry } from './entry.ts'
import { cardPayment, potTransfer, type Writer } from './entry-maker.ts'
import { createTimedId } from './ids.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { SHOPS, type Shop } from './merchants.ts'

const MINUTE_MS = 60_000

/** How much happens in a life. */
export interface Habits {
  /** The fewest and the most card payments of a day. */
  readonly paymentsPerDay: readonly [number, number]
  /** Every payment is rounded up to a pound into this pot. */
  readonly roundUpPotId?: string | undefined
  /** The custom category that some payments are put into. */
  readonly customCategory?: string | undefined
}

/** Card payments from breakfast to late, more of them at weekends. */
export function dailyLife(life: Life, habits: Habits): DayPlan {
  return (day) => {
    const writer = writerOf(life, day, 'daily')
    const [min, max] = habits.paymentsPerDay
    const { weekday } = calendarOf(day)
    const isWeekend = weekday === 0 || weekday === 6
    const count = between(writer.chance, min, max) + (isWeekend ? 1 : 0)
    const entries: Entry[] = []
    for (let i = 0; i < count; i++) {
      const shop = pick(writer.chance, SHOPS)
      const payment = cardPayment(writer, shop.merchant, {
        createdMs: daytimeMs(day, writer.chance),
        amountMinor: -priceAt(shop, writer.chance),
      })
      entries.push(categorized(payment, life, habits, day + i))
      if (habits.roundUpPotId !== undefined)
        entries.push(...roundUp(writer, payment, habits.roundUpPotId))
    }
    return entries
  }
}

/** Some time between 07:00 and 22:59 in London, to the millisecond. */
export const daytimeMs = (day: DayNumber, chance: Chance): number =>
  londonTimeMs(day, between(chance, 7 * HOUR_MS, 23 * HOUR_MS - 1))

/** Prices like .99 and .50 are more common than others. Minor units. */
export function priceAt(shop: Shop, chance: Chance): number {
  const price = between(chance, shop.minMinor, shop.maxMinor)
  return chance() < 0.4 ? price - (price % 50) + pick(chance, [0, 49]) : price
}

const ROUND_UP_AFTER_MS = 350
const ROUND_UP_ID_BEFORE_MS = 40 // its id is older than the payment's: ids are not quite in order

function roundUp(writer: Writer, payment: Entry, potId: string): readonly Entry[] {
  const amountMinor = -((100 - (-payment.amountMinor % 100)) % 100)
  if (amountMinor === 0) return []
  const createdMs = payment.createdMs + ROUND_UP_AFTER_MS
  const id = createTimedId('tx', payment.createdMs - ROUND_UP_ID_BEFORE_MS, writer.chance)
  return [potTransfer(writer, potId, 'coin_jar', { createdMs, amountMinor, id })]
}

/** Now and then a payment is split, lacks `categories`, or lies in a category of one's own. */
function categorized(payment: Entry, life: Life, habits: Habits, n: number): Entry {
  const { amountMinor, category } = payment
  const turn = (n + hashOf(life.accountId, 'categories')) % 11
  if (turn === 0) return { ...payment, categories: null }
  if (turn === 1) {
    const part = Math.round(amountMinor / 3)
    const other = category === 'shopping' ? 'general' : 'shopping'
    return { ...payment, categories: { [category]: amountMinor - part, [other]: part } }
  }
  const own = habits.customCategory
  if (turn !== 2 || own === undefined) return payment
  return { ...payment, category: own, categories: { [own]: amountMinor } }
}

/** Whether it is this day's turn for what happens every `days` days. */
export function isTurn(life: Life, day: DayNumber, scene: string, days: number): boolean {
  return (day + hashOf(life.seed, life.accountId, scene)) % days === 0
}

/** At `hour`:`minute` in London, give or take half a minute. */
export const atAbout = (day: DayNumber, hour: number, minute: number, scene: string): number =>
  londonTimeMs(
    day,
    hour * HOUR_MS + minute * MINUTE_MS + between(chanceOf(day, scene), 0, MINUTE_MS / 2),
  )
