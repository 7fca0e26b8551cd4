import { DAY_MS, HOUR_MS } from '../../lib/clock.ts'
import { type DayNumber, londonTimeMs } from '../../lib/london.ts'
import { hashOf } from './chance.ts'
import type { Entry } from './entry.ts'
import { cardPayment, fasterPayment } from './entry-maker.ts'
import { createTimedId } from './ids.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { SHOPS } from './merchants.ts'

/** How many entries there are, evenly over the days from `firstDay` to the one before `endDay`. */
interface Crowd {
  readonly firstDay: DayNumber
  readonly endDay: DayNumber
  readonly count: number
}

const [CHEAPEST_MINOR, DEAREST_MINOR] = [65, 4995]

/**
 * Any number of entries. Every second one returns the amount of the one before, as a refund or as
 * a transfer, so that the balance stays where it is.
 */
export function crowdedLife(life: Life, { firstDay, endDay, count }: Crowd): DayPlan {
  const countBefore = (day: DayNumber): number =>
    Math.floor((count * (day - firstDay)) / (endDay - firstDay))
  const models = modelsOf(life)
  return (day) => {
    const [from, to] = [countBefore(day), countBefore(day + 1)]
    const { chance } = writerOf(life, day, 'crowded')
    const midnightMs = londonTimeMs(day, 0)
    const stepMs = (23 * HOUR_MS) / (to - from) // no day is shorter
    return Array.from({ length: to - from }, (_, n): Entry => {
      const at = from + n
      const first = at - (at % 2)
      const createdMs = midnightMs + Math.floor((n + 0.5) * stepMs)
      const priceMinor = first === count - 1 ? 0 : priceOf(life, first) // the last may be alone
      const amountMinor = at === first ? -priceMinor : priceMinor
      const model = at % 4 === 1 ? models.transfer : models.card(first)
      return {
        ...model,
        id: createTimedId('tx', createdMs, chance),
        createdMs,
        settledMs: createdMs + DAY_MS,
        amountMinor,
        categories: { [model.category]: amountMinor },
      }
    })
  }
}

const priceOf = ({ seed, accountId }: Life, at: number): number =>
  CHEAPEST_MINOR + (hashOf(seed, accountId, at) % (DEAREST_MINOR - CHEAPEST_MINOR + 1))

/** Entries to be copied, since to make each anew would take several times as long. */
function modelsOf(life: Life) {
  const writer = writerOf(life, 0, 'crowded')
  const basics = { createdMs: 0, amountMinor: 0, isInSpending: true }
  const cards = SHOPS.map(({ merchant }) =>
    cardPayment(writer, merchant, { ...basics, metadata: { mcc: merchant.mcc } }),
  )
  const transfer = fasterPayment(writer, 'Roundtrip Refunds', { createdMs: 0, amountMinor: 1 })
  return { transfer, card: (at: number): Entry => cards[at % cards.length] ?? transfer }
}
