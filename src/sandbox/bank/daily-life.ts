import { HOUR_MS } from '../../lib/clock.ts'
import { calendarOf, type DayNumber, londonTimeMs } from '../../lib/london.ts'
import { between, type Chance, chanceOf, hashOf, pick } from './chance.ts'
import type { Entry } from './entry.ts'
import { cardPayment, potTransfer, type Writer } from './entry-maker.ts'
import { createTimedId } from './ids.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { SHOPS, type Shop } from './merchants.ts'

const MINUTE_MS = 60_000

/** How often and how a person pays by card. */
export interface Habits {
  /** Minimum and maximum number of card payments a day. */
  readonly paymentsPerDay: readonly [number, number]
  /** The pot that receives the rest to the next pound of every payment. */
  readonly roundUpPotId?: string | undefined
  /** A custom category that some payments get. */
  readonly customCategory?: string | undefined
}

/** Card payments between 07:00 and 23:00, one more on each day of a weekend. */
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

/** A price in minor units. Those ending in .00, .49, .50 or .99 are the most common. */
export function priceAt(shop: Shop, chance: Chance): number {
  const price = between(chance, shop.minMinor, shop.maxMinor)
  return chance() < 0.4 ? price - (price % 50) + pick(chance, [0, 49]) : price
}

const ROUND_UP_AFTER_MS = 350
const ROUND_UP_ID_BEFORE_MS = 40 // sorts before the payment: ids are not quite in time order

function roundUp(writer: Writer, payment: Entry, potId: string): readonly Entry[] {
  const amountMinor = -((100 - (-payment.amountMinor % 100)) % 100)
  if (amountMinor === 0) return []
  const createdMs = payment.createdMs + ROUND_UP_AFTER_MS
  const id = createTimedId('tx', payment.createdMs - ROUND_UP_ID_BEFORE_MS, writer.chance)
  return [potTransfer(writer, potId, 'coin_jar', { createdMs, amountMinor, id })]
}

/** Some payments are split, lack `categories`, or are in a custom category. */
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

/** At most half a minute after `hour`:`minute` in London. Unix ms. */
export const atAbout = (day: DayNumber, hour: number, minute: number, scene: string): number =>
  londonTimeMs(
    day,
    hour * HOUR_MS + minute * MINUTE_MS + between(chanceOf(day, scene), 0, MINUTE_MS / 2),
  )
