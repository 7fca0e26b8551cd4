import type { DataTransformerConfig } from '@grafana/grafana-foundation-sdk/dashboard'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { type About, bars, graph, property, stat } from './panels.ts'

/**
 * Grafana's unit and decimals of a currency. A panel has one unit, and the accounts on it may have
 * several currencies: so each legend ends in its currency, and these go by that. A currency that is
 * not here has no sign, and says in its legend what it is.
 */
const CURRENCIES: readonly (readonly [code: string, unit: string, decimals: number])[] = [
  ['GBP', units.Pounds, 2],
  ['EUR', units.Euro, 2],
  ['USD', units.Dollars, 2],
  ['JPY', units.Yen, 0],
]

/** Monzo's types of accounts in the words of its app; others stay as they are. */
const ACCOUNT_NAMES: readonly (readonly [type: string, name: string])[] = [
  ['uk_retail', 'Current account'],
  ['uk_retail_joint', 'Joint account'],
  ['uk_retail_young', 'Account under 18'],
  ['uk_business', 'Business account'],
  ['uk_monzo_flex', 'Flex'],
  ['uk_rewards', 'Cashback'],
]

interface Money extends Omit<About, 'unit'> {}

interface MoneyPanel {
  decimals(decimals: number): this
  overrideByRegexp(regexp: string, properties: ReturnType<typeof property>[]): this
  withTransformation(transformation: DataTransformerConfig): this
}

export const moneyStat = (about: Money) => inMoney(stat({ ...about, unit: units.NoUnit }))
export const moneyBars = (about: Money) => inMoney(bars({ ...about, unit: units.NoUnit }))
export const moneyGraph = (about: Money) => inMoney(graph({ ...about, unit: units.NoUnit }))

/** @param legend what the series are called, without the currency. */
export const moneyLegend = (legend: string): string => `${legend} ({{currency}})`

/** An account's metric, with its type in the labels. @param metric with its selectors. */
export const withAccountType = (metric: string): string =>
  `${metric} * on (job, instance, account_id) group_left (account_type) monzo_account_info`

/** Says *Current account* for `uk_retail`. */
export function namingAccounts<Panel extends MoneyPanel>(panel: Panel): Panel {
  for (const [type, name] of ACCOUNT_NAMES) panel.withTransformation(rename(`^${type}\\b`, name))
  return panel
}

const rename = (regex: string, renamePattern: string): DataTransformerConfig => ({
  id: 'renameByRegex',
  options: { regex, renamePattern },
})

function inMoney<Panel extends MoneyPanel>(panel: Panel): Panel {
  panel.decimals(2)
  for (const [code, unit, decimals] of CURRENCIES)
    panel.overrideByRegexp(`/\\(${code}\\)$/`, [
      property('unit', unit),
      property('decimals', decimals),
    ])
  return panel
}
