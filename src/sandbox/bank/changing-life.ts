import { DAY_MS } from '../../lib/clock.ts'
import type { DayNumber } from '../../lib/london.ts'
import { between, hashOf, pick } from './chance.ts'
import { daytimeMs, priceAt } from './daily-life.ts'
import type { Entry, Fate } from './entry.ts'
import { cardPayment, fasterPayment, type Writer } from './entry-maker.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { merchantNamed, SHOPS } from './merchants.ts'

const FUEL = merchantNamed('Sample Fuel', 'transport')
const HOTEL = merchantNamed('Hotel Exempla', 'expenses')
const HOTEL_MINOR = 6500

/** The entries of one scene, `sinceStart` days after it began. */
type Scene = readonly [
  name: string,
  everyDays: number,
  happen: (writer: Writer, day: DayNumber, sinceStart: number) => readonly Entry[],
]

const SCENES: readonly Scene[] = [
  ['fuel', 6, fillUp],
  ['hotel', 17, stayOver],
  ['second thoughts', 5, thinkAgain],
]

/** Payments that Monzo or the person changes after they were listed, and holds that vanish. */
export function changingLife(life: Life): DayPlan {
  return (day) =>
    SCENES.flatMap(([name, everyDays, happen]) => {
      const offset = hashOf(life.seed, life.accountId, name)
      return happen(writerOf(life, day, name), day, (day + offset) % everyDays)
    })
}

/** The pump asks for £1, and what was filled up settles under the same id. */
function fillUp(writer: Writer, day: DayNumber, sinceStart: number): readonly Entry[] {
  if (sinceStart !== 0) return []
  const createdMs = daytimeMs(day, writer.chance)
  const held = cardPayment(writer, FUEL, { createdMs, amountMinor: -100 })
  const change = { amountMinor: -between(writer.chance, 500, 1500) }
  return [destined(held, { afterMs: (held.settledMs ?? createdMs) - createdMs, change })]
}

/** A hold, two days later the bill under another id, then the hold goes; work pays it back. */
function stayOver(writer: Writer, day: DayNumber, sinceStart: number): readonly Entry[] {
  const createdMs = daytimeMs(day, writer.chance)
  if (sinceStart === 0) {
    const hold = cardPayment(writer, HOTEL, {
      ...{ createdMs, amountMinor: -HOTEL_MINOR, settledMs: undefined },
    })
    return [destined(hold, { afterMs: 3 * DAY_MS, change: 'vanishes' })]
  }
  if (sinceStart === 2)
    return [cardPayment(writer, HOTEL, { createdMs, amountMinor: -HOTEL_MINOR - 450 })]
  if (sinceStart !== 6) return []
  const paidBack = { createdMs, amountMinor: HOTEL_MINOR + 450 }
  return [fasterPayment(writer, 'Sample & Sons Expenses', paidBack)]
}

/** The person puts a payment into another category, days later. */
function thinkAgain(writer: Writer, day: DayNumber, sinceStart: number): readonly Entry[] {
  if (sinceStart !== 0) return []
  const shop = pick(writer.chance, SHOPS)
  const payment = cardPayment(writer, shop.merchant, {
    createdMs: daytimeMs(day, writer.chance),
    amountMinor: -Math.min(900, priceAt(shop, writer.chance)),
  })
  return [destined(payment, { afterMs: 4 * DAY_MS, change: { category: 'family' } })]
}

const destined = (entry: Entry, ...fates: readonly Fate[]): Entry => ({ ...entry, fates })
