import type { DataTransformerConfig } from '@grafana/grafana-foundation-sdk/dashboard'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { type About, bars, graph, months, property, rename, stat } from './panels.ts'

/**
 * To the penny, and with separators: Grafana's own `currencyGBP` makes £12.39K of 12,390.01.
 * @see https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit
 */
const inFull = (sign: string): string => `currency:financial:${sign}`

/**
 * A panel has one unit, but its accounts may have several currencies. So each legend ends in its
 * currency, and the unit goes by that. One that is not here has no sign.
 */
const FOREIGN: readonly (readonly [code: string, unit: string, decimals: number])[] = [
  ['[A-Z]{3}', units.NoUnit, 2],
  ['EUR', inFull('€'), 2],
  ['USD', inFull('$'), 2],
  ['JPY', inFull('¥'), 0],
]

/** Monzo's categories in the words of its app; others stay as they are. */
const CATEGORIES: readonly (readonly [category: string, name: string])[] = [
  ['general', 'General'],
  ['eating_out', 'Eating out'],
  ['expenses', 'Expenses'],
  ['transport', 'Transport'],
  ['cash', 'Cash'],
  ['bills', 'Bills'],
  ['entertainment', 'Entertainment'],
  ['shopping', 'Shopping'],
  ['holidays', 'Holidays'],
  ['groceries', 'Groceries'],
  ['family', 'Family'],
  ['finances', 'Finances'],
  ['personal_care', 'Personal care'],
  ['charity', 'Charity'],
  ['gifts', 'Gifts'],
  ['income', 'Income'],
  ['savings', 'Savings'],
  ['transfers', 'Transfers'],
  ['other', 'Other'], // what the exporter puts together beyond 50 categories
  ['category_\\w+(\\w{4})', 'Custom category …$1'],
]

interface Money extends Omit<About, 'unit'> {}

interface MoneyPanel {
  overrideByRegexp(regexp: string, properties: ReturnType<typeof property>[]): this
  withTransformation(transformation: DataTransformerConfig): this
}

const POUNDS = inFull('£')

export const moneyStat = (about: Money) => inMoney(stat({ ...about, unit: POUNDS }).decimals(2))
export const moneyBars = (about: Money) => inMoney(bars({ ...about, unit: POUNDS }).decimals(2))
export const moneyGraph = (about: Money) => inMoney(graph({ ...about, unit: POUNDS }).decimals(2))
export const moneyMonths = (about: Money) => inMoney(months({ ...about, unit: POUNDS }).decimals(2))

/**
 * The space is one that doesn't break: a pot in pounds that somebody called "Holiday (EUR)" must not
 * be taken for one in euros.
 * @param legend what the series are called, without the currency.
 */
export const moneyLegend = (legend: string): string => `${legend}\u00a0({{currency}})`

/** The same in PromQL, as the label `series`, for tables, which have no legends. @param label what they are called by. */
export const moneySeries = (query: string, label: string): string =>
  `label_replace(label_join(${query}, "series", "\u00a0(", "${label}", "currency"), "series", "$1)", "series", "(.+)")`

/** Says *Eating out* for `eating_out`. */
export function namingCategories<Panel extends MoneyPanel>(panel: Panel): Panel {
  for (const [category, name] of CATEGORIES)
    panel.withTransformation(rename(`/^${category}(?=\\s|$)/`, name))
  return panel
}

function inMoney<Panel extends MoneyPanel>(panel: Panel): Panel {
  panel.withTransformation(rename('/\u00a0\\(GBP\\)$/', '')) // most people have pounds only
  for (const [code, unit, decimals] of FOREIGN)
    panel.overrideByRegexp(`/\u00a0\\(${code}\\)$/`, [
      property('unit', unit),
      property('decimals', decimals),
    ])
  return panel
}
