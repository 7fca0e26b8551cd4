import { calendarOf, type DayNumber } from '../../lib/london.ts'
import { between } from './chance.ts'
import { atAbout } from './daily-life.ts'
import type { Entry } from './entry.ts'
import { bacs, fasterPayment, flexRepayment, potTransfer, type Writer } from './entry-maker.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'

/** A monthly transaction, on the day `date` (1-28). Amounts in minor units. */
export type Monthly =
  | { readonly date: number; readonly salary: string; readonly amountMinor: number }
  | {
      readonly date: number
      readonly directDebit: string
      readonly amountMinor: number
      /** From November to March. Default: `amountMinor`. */
      readonly winterMinor?: number
    }
  | { readonly date: number; readonly transfer: string; readonly amountMinor: number }
  | { readonly date: number; readonly flexRepayment: true; readonly amountMinor: number }
  | {
      readonly date: number
      readonly potId: string
      readonly trigger: 'user' | 'committed_spending'
      readonly amountMinor: number
    }

/** Salary, rent, bills and savings. A salary due at a weekend comes on the Friday before. */
export function monthlyLife(life: Life, months: readonly Monthly[]): DayPlan {
  return (day) => {
    const { date } = calendarOf(day)
    return months.flatMap((item, n) => {
      const isDue = 'salary' in item ? isPayday(day, item.date) : date === item.date
      return isDue ? [entryFor(item, writerOf(life, day, `monthly ${n}`), day)] : []
    })
  }
}

function entryFor(item: Monthly, writer: Writer, day: DayNumber): Entry {
  const { amountMinor } = item
  if ('salary' in item)
    return bacs(writer, item.salary, {
      createdMs: atAbout(day, 0, 20, 'salary'),
      amountMinor: amountMinor + between(writer.chance, 0, 4000),
      category: 'income',
    })
  if ('directDebit' in item) {
    const { month } = calendarOf(day)
    const isWinter = month >= 11 || month <= 3
    return bacs(writer, item.directDebit, {
      createdMs: atAbout(day, 2, 30, item.directDebit),
      amountMinor: isWinter ? (item.winterMinor ?? amountMinor) : amountMinor,
    })
  }
  if ('transfer' in item)
    return fasterPayment(writer, item.transfer, {
      createdMs: atAbout(day, 6, 15, item.transfer),
      amountMinor,
      category: amountMinor < 0 ? 'bills' : 'general',
    })
  if ('potId' in item)
    return potTransfer(writer, item.potId, item.trigger, {
      createdMs: atAbout(day, item.trigger === 'user' ? 8 : 2, 29, item.potId),
      amountMinor,
    })
  return flexRepayment(writer, { createdMs: atAbout(day, 5, 0, 'flex'), amountMinor })
}

/** Whether a salary due on `date` comes on this day: on Friday if due on Saturday or Sunday. */
function isPayday(day: DayNumber, date: number): boolean {
  const today = calendarOf(day)
  if (today.weekday === 0 || today.weekday === 6) return false
  if (today.date === date) return true
  const isFriday = today.weekday === 5
  return isFriday && [1, 2].some((ahead) => calendarOf(day + ahead).date === date)
}
