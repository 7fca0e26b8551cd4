import { calendarOf } from '../../lib/london.ts'
import { between, pick } from './chance.ts'
import { atAbout } from './daily-life.ts'
import { bacs, cardPayment, flexRepayment, topUp } from './entry-maker.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { SHOPS } from './merchants.ts'

const INSTALLMENT_MINOR = 4_250

/** A Flex account: a purchase on the 20th, repaid on the 16th of the next month. */
export function flexLife(life: Life): DayPlan {
  return (day) => {
    const writer = writerOf(life, day, 'flex')
    const { date } = calendarOf(day)
    if (date === 16) {
      const createdMs = atAbout(day, 5, 0, 'flex')
      return [flexRepayment(writer, { createdMs, amountMinor: INSTALLMENT_MINOR })]
    }
    if (date !== 20) return []
    const { merchant } = pick(writer.chance, SHOPS)
    const createdMs = atAbout(day, 12, 45, 'flex')
    return [cardPayment(writer, merchant, { createdMs, amountMinor: -INSTALLMENT_MINOR })]
  }
}

/** A rewards account: some cashback every Monday. */
export function rewardsLife(life: Life): DayPlan {
  return (day) => {
    if (calendarOf(day).weekday !== 1) return []
    const writer = writerOf(life, day, 'rewards')
    return [
      bacs(writer, 'Cashback', {
        createdMs: atAbout(day, 9, 0, 'rewards'),
        amountMinor: between(writer.chance, 12, 160),
        scheme: 'monzo_paid',
        category: 'income',
      }),
    ]
  }
}

/** Money that is loaded onto a prepaid card, every week. */
export function topUps(life: Life): DayPlan {
  return (day) => {
    if (calendarOf(day).weekday !== 1) return []
    const createdMs = atAbout(day, 6, 0, 'top-up')
    return [topUp(writerOf(life, day, 'top-up'), { createdMs, amountMinor: 11_000 })]
  }
}
