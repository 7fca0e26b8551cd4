import { calendarOf, type DayNumber } from '../../lib/london.ts'
import { between, hashOf, pick } from './chance.ts'
import { daytimeMs, priceAt } from './daily-life.ts'
import type { Entry } from './entry.ts'
import { cardPayment } from './entry-maker.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { FOREIGN_SHOPS, HOLIDAYS, SHOPS } from './merchants.ts'
import { payAbroad } from './occasions.ts'

const GIFT_SHOPS = SHOPS.filter(({ merchant }) => merchant.category === 'shopping')

/** Presents in December, on every second day until Christmas. */
export function gifts(life: Life): DayPlan {
  return (day) => {
    const { month, date } = calendarOf(day)
    if (month !== 12 || date > 24 || date % 2 === 0) return []
    const writer = writerOf(life, day, 'gifts')
    const shop = pick(writer.chance, GIFT_SHOPS)
    const amountMinor = -2 * priceAt(shop, writer.chance)
    return [
      cardPayment(writer, shop.merchant, {
        createdMs: daytimeMs(day, writer.chance),
        amountMinor,
        category: 'gifts',
        categories: { gifts: amountMinor },
      }),
    ]
  }
}

/** A life with two weeks abroad every August, in another country each year. Booked in March. */
export function withHolidays(life: Life, atHome: DayPlan): DayPlan {
  return (day) => {
    const { year, month, date } = calendarOf(day)
    if (month === 8 && date >= 3 && date <= 16) return holidayOf(life, day, year)
    const isBooking = month === 3 && date === 12
    const isRefund = month === 4 && date === 2 && year % 2 === 0
    return isBooking || isRefund ? [...atHome(day), trip(life, day, year)] : atHome(day)
  }
}

function holidayOf(life: Life, day: DayNumber, year: number): readonly Entry[] {
  const [shop] = FOREIGN_SHOPS.slice(hashOf(life.accountId, year) % FOREIGN_SHOPS.length)
  if (!shop) return []
  return ['breakfast', 'lunch', 'dinner'].flatMap((meal) =>
    payAbroad(writerOf(life, day, meal), day, {}, [shop]),
  )
}

/** In March two trips are paid for; in even years, one of them is canceled and refunded. */
function trip(life: Life, day: DayNumber, year: number): Entry {
  const writer = writerOf(life, day, 'trip')
  const priceMinor = 41_900 + (hashOf(life.accountId, 'trip', year) % 200) * 100
  const isRefund = calendarOf(day).month !== 3
  return cardPayment(writer, HOLIDAYS.merchant, {
    createdMs: daytimeMs(day, writer.chance) + between(writer.chance, 0, 1000),
    amountMinor: isRefund ? Math.round(priceMinor / 2) : -priceMinor,
    isInSpending: true,
  })
}
