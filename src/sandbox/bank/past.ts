import { HOUR_MS } from '../../lib/clock.ts'
import { calendarOf, type DayNumber, londonDay, londonTimeMs } from '../../lib/london.ts'
import { between, chanceOf } from './chance.ts'
import { type Entry, effectMinor } from './entry.ts'
import {
  bacs,
  cardPayment,
  fasterPayment,
  flexRepayment,
  potTransfer,
  topUp,
  type Writer,
} from './entry-maker.ts'
import type { AccountPlan } from './ledger.ts'
import { type Life, writerOf } from './life.ts'
import { merchantNamed } from './merchants.ts'
import type { Pot } from './pot.ts'

/** What there is when the past ends, at the beginning of `day`. Amounts in minor units. */
export interface Opening {
  readonly day: DayNumber
  readonly balanceMinor: number
  readonly pots: readonly Pot[]
}

const FIRST_DEPOSIT_AFTER_MS = 1000
const SAVING_DATE = 26
const TRANSFER_DATE = 27
const TRANSFER_MS = 23.25 * HOUR_MS // later than anything else that day
const LAST_MS = 23.75 * HOUR_MS

/**
 * An account's entries from its first day to the opening, in no particular order. It begins with
 * nothing, and ends with just what there is at the opening: a first deposit, and money that moves
 * from and to a savings account elsewhere, make up for what the account's life leaves open.
 */
export function pastOf(plan: AccountPlan, opening: Opening): readonly Entry[] {
  const firstDay = londonDay(plan.account.createdMs) + 1
  const days: Day[] = []
  for (let day = firstDay; day < opening.day; day++)
    days.push({ day, date: calendarOf(day).date, entries: [...plan.past(day)] })
  for (const pot of opening.pots) saveFor(plan, pot, days)
  const transfers = evenOut(plan, opening, days)
  return [...days.flatMap(({ entries }) => entries), ...transfers]
}

interface Day {
  readonly day: DayNumber
  /** Of the month, from 1. */
  readonly date: number
  readonly entries: Entry[]
}

const effectOf = ({ entries }: Day): number =>
  entries.reduce((sum, entry) => sum + effectMinor(entry), 0)

/** Whether anything happened in the month before; if not, the account is left alone. */
const isInUse = (days: readonly Day[], n: number): boolean =>
  days.slice(Math.max(0, n - 30), n + 1).some(({ entries }) => entries.length > 0)

/** Adds equal deposits every month, so that a pot comes by what is not put into it otherwise. */
function saveFor({ life }: AccountPlan, pot: Pot, days: readonly Day[]): void {
  const dates = days.filter(
    ({ day, date }, n) =>
      date === SAVING_DATE && day > londonDay(pot.createdMs) && isInUse(days, n),
  )
  let missingMinor = pot.balanceMinor
  for (const { entries } of days)
    for (const entry of entries) if (entry.potId === pot.id) missingMinor += effectMinor(entry)
  const shareMinor = Math.trunc(missingMinor / dates.length / 100) * 100
  for (const [n, { day, entries }] of dates.entries()) {
    const isLast = n === dates.length - 1
    const amountMinor = isLast ? shareMinor * n - missingMinor : -shareMinor
    const createdMs = londonTimeMs(day, 9 * HOUR_MS)
    const writer = writerOf(life, day, `saving for ${pot.id}`)
    if (amountMinor !== 0)
      entries.push(potTransfer(writer, pot.id, 'user', { createdMs, amountMinor }))
  }
}

/** The first deposit; once a month what the balance has drifted; and at last all that is left. */
function evenOut(plan: AccountPlan, opening: Opening, days: readonly Day[]): readonly Entry[] {
  const { account, life, slackMinor, startMs } = plan
  const transfers: Entry[] = []
  let balanceMinor = 0
  const move = (createdMs: number, amountMinor: number): void => {
    if (amountMinor === 0) return
    balanceMinor += amountMinor
    const transfer = TRANSFERS[account.type] ?? savingsTransfer
    transfers.push(transfer(writerOf(life, createdMs, 'even out'), { createdMs, amountMinor }))
  }
  const isLevel = slackMinor !== Number.POSITIVE_INFINITY
  const lifetimeMinor = days.reduce((sum, day) => sum + effectOf(day), 0)
  const firstMinor = opening.balanceMinor - (isLevel ? 0 : lifetimeMinor)
  move(Math.min(account.createdMs + FIRST_DEPOSIT_AFTER_MS, startMs), firstMinor)
  for (const [n, day] of days.entries()) {
    balanceMinor += effectOf(day)
    if (isLevel && day.date === TRANSFER_DATE && isInUse(days, n)) {
      const offMinor = balanceMinor - opening.balanceMinor - swayMinor(life, day.day, slackMinor)
      if (Math.abs(offMinor) > slackMinor)
        move(londonTimeMs(day.day, TRANSFER_MS), slackMinor > 0 ? -wholeTens(offMinor) : -offMinor)
    }
  }
  move(londonTimeMs(opening.day - 1, LAST_MS), opening.balanceMinor - balanceMinor)
  return transfers
}

/** What a person leaves in the account differs from month to month. */
const swayMinor = (life: Life, day: DayNumber, slackMinor: number): number =>
  between(chanceOf(life.seed, life.accountId, 'sway', day), -slackMinor, 3 * slackMinor)

const wholeTens = (minor: number): number => Math.round(minor / 1000) * 1000

type Transfer = (
  writer: Writer,
  basics: { readonly createdMs: number; readonly amountMinor: number },
) => Entry

const savingsTransfer: Transfer = (writer, basics) =>
  fasterPayment(writer, 'Savings Account', {
    ...basics,
    category: 'transfers',
    isInSpending: false,
  })

/** Where money comes from and goes to in accounts of other types. */
const TRANSFERS: Readonly<Record<string, Transfer>> = {
  uk_monzo_flex: (writer, basics) =>
    basics.amountMinor > 0
      ? flexRepayment(writer, basics)
      : cardPayment(writer, merchantNamed('Foobar Furniture', 'shopping'), basics),
  uk_prepaid: (writer, basics) =>
    basics.amountMinor > 0
      ? topUp(writer, basics)
      : fasterPayment(writer, 'Refund of the rest', { ...basics, isInSpending: false }),
  uk_rewards: (writer, basics) =>
    bacs(writer, 'Cashback', { ...basics, scheme: 'monzo_paid', isInSpending: false }),
}
