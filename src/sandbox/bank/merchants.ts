import { chanceOf, hashOf } from './chance.ts'
import type { Merchant } from './entry.ts'
import { createId } from './ids.ts'

/** A shop and its price range, in minor units. */
export interface Shop {
  readonly merchant: Merchant
  readonly minMinor: number
  readonly maxMinor: number
}

type Row = readonly [
  name: string,
  category: string,
  mcc: string,
  emoji: string,
  prices: readonly [number, number],
  place?: string,
]

const HIGH_STREET: readonly Row[] = [
  ['Sample Café', 'eating_out', '5814', '☕', [280, 940]],
  ['The Placeholder Arms', 'eating_out', '5813', '🍺', [540, 2860]],
  ['Noodle & Son', 'eating_out', '5812', '🍜', [890, 2450]],
  ['Lorem Grocers', 'groceries', '5411', '🛒', [340, 4890]],
  ['Corner Shop 24', 'groceries', '5499', '🥛', [110, 1290]],
  ['Ipsum Market', 'groceries', '5411', '🥕', [620, 3200]],
  ['City Tramways', 'transport', '4111', '🚋', [175, 640]],
  ['Night Bus Co', 'transport', '4131', '🚌', [175, 350]],
  ['Foobar Books', 'shopping', '5942', '📚', [599, 2899]],
  ['Dolor Department Store', 'shopping', '5311', '🛍️', [850, 6400]],
  ['Amet Pharmacy', 'general', '5912', '💊', [199, 1850]],
  ['Electric Picture House', 'entertainment', '7832', '🎬', [750, 2200]],
]

const ELSEWHERE: readonly Row[] = [
  ['Café de Exemple', 'eating_out', '5812', '🥐', [640, 3100], 'FRA'],
  ['Diner 404', 'eating_out', '5812', '🍔', [780, 3300], 'USA'],
  ['Mihon Ramen', 'eating_out', '5814', '🍥', [690, 1900], 'JPN'],
]

const CASH_MACHINE: Row = ['Bank of Example ATM', 'cash', '6011', '🏧', [1000, 5000]]
const TRAVEL_AGENT: Row = ['Wish You Were Here', 'holidays', '4722', '🏖️', [4500, 12_500]]

/** Shops in Sampleton. */
export const SHOPS: readonly Shop[] = HIGH_STREET.map(shopOf)
/** Shops abroad. */
export const FOREIGN_SHOPS: readonly Shop[] = ELSEWHERE.map(shopOf)
export const ATM: Shop = shopOf(CASH_MACHINE)
export const HOLIDAYS: Shop = shopOf(TRAVEL_AGENT)

/** A merchant that is not in the tables, for transactions that a test or a person adds. */
export function merchantNamed(name: string, category: string): Merchant {
  return merchantOf([name, category, '5999', '🏷️', [100, 1000]])
}

function shopOf(row: Row): Shop {
  const [minMinor, maxMinor] = row[4]
  return { merchant: merchantOf(row), minMinor, maxMinor }
}

function merchantOf([name, category, mcc, emoji, , country = 'GBR']: Row): Merchant {
  const isOnline = hashOf(name) % 5 === 0
  return {
    id: createId('merch', chanceOf('merchant', name)),
    groupId: createId('grp', chanceOf('merchant group', name)),
    name,
    statement: `${name.toUpperCase().slice(0, 22).padEnd(24)}${'SAMPLETON'.padEnd(14)}${country}`,
    category,
    mcc,
    emoji,
    isOnline,
    isAtm: category === 'cash',
    country,
  }
}
