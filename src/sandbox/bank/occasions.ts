import type { DayNumber } from '../../lib/london.ts'
import { between, hashOf, pick } from './chance.ts'
import { atAbout, daytimeMs, priceAt } from './daily-life.ts'
import type { Entry } from './entry.ts'
import {
  cardCheck,
  cardPayment,
  declinedPayment,
  fasterPayment,
  peerPayment,
  potTransfer,
  type Writer,
} from './entry-maker.ts'
import { type DayPlan, type Life, writerOf } from './life.ts'
import { ATM, FOREIGN_SHOPS, HOLIDAYS, SHOPS } from './merchants.ts'

/** The friend and the pot that take part in some occasions. */
export interface Ties {
  readonly friend?: { readonly name: string; readonly userId: string } | undefined
  /** Money is withdrawn from it now and then. */
  readonly savingsPotId?: string | undefined
}

/** Some of Monzo's `decline_reason` values; the real list is longer. */
const DECLINE_REASONS = [
  'INSUFFICIENT_FUNDS',
  'CARD_BLOCKED',
  'INVALID_CVC',
  'INVALID_PIN',
  'STRONG_CUSTOMER_AUTHENTICATION_REQUIRED',
  'OTHER',
]

/** Minor units of the currency per penny. The yen has no minor unit, so £1 is 191 yen. */
const RATES = { FRA: ['EUR', 1.17], USA: ['USD', 1.27], JPN: ['JPY', 1.91] } as const

type Scene = readonly [
  name: string,
  everyDays: number,
  happen: (writer: Writer, day: DayNumber, ties: Ties) => readonly Entry[],
]

const SCENES: readonly Scene[] = [
  ['cash', 13, ({ chance, ...who }, day) => [payAt({ chance, ...who }, day, ATM)]],
  ['holidays', 61, (writer, day) => [payAt(writer, day, HOLIDAYS)]],
  ['abroad', 10, payAbroad],
  ['refund', 12, getRefund],
  ['declined', 9, beDeclined],
  ['card check', 8, (writer, day) => [checkCard(writer, day)]],
  ['from friend', 7, getFromFriend],
  ['to friend', 11, payFriend],
  ['from bank', 15, getTransfer],
  ['from pot', 20, takeFromPot],
]

/** What happens now and then: refunds, friends, cash, a meal abroad, a declined payment. */
export function occasions(life: Life, ties: Ties): DayPlan {
  const scenes = SCENES.map(([name, ...scene]) => {
    const offset = hashOf(life.seed, life.accountId, name)
    return [name, offset, ...scene] as const
  })
  return (day) =>
    scenes
      .filter(([, offset, everyDays]) => (day + offset) % everyDays === 0)
      .flatMap(([name, , , happen]) => happen(writerOf(life, day, name), day, ties))
}

const payAt = (writer: Writer, day: DayNumber, shop: typeof ATM): Entry =>
  cardPayment(writer, shop.merchant, {
    createdMs: daytimeMs(day, writer.chance),
    amountMinor: -Math.round(priceAt(shop, writer.chance) / 500) * 500,
  })

/** A card payment in another currency. */
export function payAbroad(
  writer: Writer,
  day: DayNumber,
  _ties: Ties,
  shops = FOREIGN_SHOPS,
): readonly Entry[] {
  const shop = pick(writer.chance, shops)
  const amountMinor = -priceAt(shop, writer.chance)
  const [currency, rate] = rateIn(shop.merchant.country)
  const local = { amountMinor: Math.round(amountMinor * rate), currency }
  const createdMs = daytimeMs(day, writer.chance)
  return [cardPayment(writer, shop.merchant, { createdMs, amountMinor, local })]
}

function rateIn(country: string): readonly [currency: string, rate: number] {
  if (country === 'FRA' || country === 'USA' || country === 'JPN') return RATES[country]
  return ['GBP', 1]
}

function getRefund(writer: Writer, day: DayNumber): readonly Entry[] {
  const shop = pick(
    writer.chance,
    SHOPS.filter(({ merchant }) => merchant.category === 'shopping'),
  )
  const amountMinor = priceAt(shop, writer.chance)
  const createdMs = daytimeMs(day, writer.chance)
  return [cardPayment(writer, shop.merchant, { createdMs, amountMinor, isInSpending: true })]
}

function beDeclined(writer: Writer, day: DayNumber): readonly Entry[] {
  const shop = pick(writer.chance, SHOPS)
  return [
    declinedPayment(writer, shop.merchant, {
      createdMs: daytimeMs(day, writer.chance),
      amountMinor: -priceAt(shop, writer.chance),
      declineReason: pick(writer.chance, DECLINE_REASONS),
    }),
  ]
}

const checkCard = (writer: Writer, day: DayNumber): Entry =>
  cardCheck(writer, pick(writer.chance, SHOPS).merchant, daytimeMs(day, writer.chance))

function getFromFriend(writer: Writer, day: DayNumber, { friend }: Ties): readonly Entry[] {
  if (!friend) return []
  const amountMinor = between(writer.chance, 4, 30) * 100
  const createdMs = atAbout(day, 21, 10, 'from friend')
  return [peerPayment(writer, friend, { createdMs, amountMinor, notes: 'Dinner 🍕' })]
}

function payFriend(writer: Writer, day: DayNumber, { friend }: Ties): readonly Entry[] {
  if (!friend) return []
  const amountMinor = -between(writer.chance, 4, 30) * 100
  const category = hashOf(day) % 2 ? 'entertainment' : 'general'
  const createdMs = atAbout(day, 22, 40, 'to friend')
  return [peerPayment(writer, friend, { createdMs, amountMinor, category })]
}

function getTransfer(writer: Writer, day: DayNumber): readonly Entry[] {
  const amountMinor = between(writer.chance, 500, 6500)
  const createdMs = atAbout(day, 13, 5, 'from bank')
  return [fasterPayment(writer, 'Second Hand Sales', { createdMs, amountMinor })]
}

function takeFromPot(writer: Writer, day: DayNumber, { savingsPotId }: Ties): readonly Entry[] {
  if (savingsPotId === undefined) return []
  const amountMinor = between(writer.chance, 2, 8) * 500
  const createdMs = daytimeMs(day, writer.chance)
  return [potTransfer(writer, savingsPotId, 'user', { createdMs, amountMinor })]
}
