import {
  accountChoice,
  accountNames,
  accountNamesOfNow,
  withAccount,
  withAccountOfNow,
} from './account-names.ts'
import { renderBoard } from './board.ts'
import {
  moneyGraph,
  moneyLegend,
  moneyMonths,
  moneySeries,
  moneyStat,
  namingCategories,
} from './money.ts'
import { asBars, property, stacked, stat, withPoints } from './panels.ts'
import type { Query } from './query.ts'
import { spentByThisDayLastMonth, spentThisMonth } from './this-month.ts'

const CHOSEN = '{account_id=~"$account"}'
const MOST_CATEGORIES = 11 // as many colors as can be told apart, with one for all others
const MOST_BARS = 100 // thinner ones can't be told apart
const A_DAY = '25h' // the longest, when the clocks go back
const SPENT = `monzo_category_spent_past_month${CHOSEN}`
const RECEIVED = `monzo_received_past_month${CHOSEN}`
const SPENT_DAYS = `monzo_history_category_spent_day${CHOSEN}`

/** Those categories in which `total` is highest, and one that stands for all others. */
function perCategory(spending: string, labels: string, total: string): string {
  const all = `sum by (${['category', 'currency', labels].filter(Boolean).join(', ')}) (${spending})`
  const most = `on (category, currency) topk(${MOST_CATEGORIES}, sum by (category, currency) (${total}))`
  const others = `sum by (${['currency', labels].filter(Boolean).join(', ')}) (${all} unless ${most})`
  return `(${all} and ${most}) or label_replace(${others}, "category", "All others", "", "")`
}

const flow = (query: string, name: string): string =>
  `label_replace(${query}, "flow", "${name}", "", "")`

/** One series for each value of a label. */
const monthly = (query: string, label: string): Query => ({
  expr: `sort_desc(${moneySeries(query, label)})`,
  legend: moneyLegend(`{{${label}}}`),
})

const averageMonth = `sum by (currency) (${SPENT}) / count by (currency) (count by (currency, month) (${RECEIVED}))`

const byMonth = [
  moneyStat({
    title: 'This month against others',
    description:
      'Spent since the first; in the month before until the same day and hour, which needs a month of data in Prometheus; and in an average month of those below.',
    width: 15,
    height: 5,
    queries: [
      { expr: spentThisMonth(CHOSEN), legend: moneyLegend('This month') },
      { expr: spentByThisDayLastMonth(CHOSEN), legend: moneyLegend('Last month by now') },
      { expr: averageMonth, legend: moneyLegend('An average month') },
    ],
  }),
  stat({
    title: 'Known since',
    description: 'From then on every transaction is kept.',
    width: 9,
    height: 5,
    unit: 'time:YYYY-MM-DD',
    queries: [
      {
        expr: `sort(${withAccount(`(monzo_history_start_timestamp_seconds${CHOSEN} * 1000)`)})`,
        legend: '{{account}}',
      },
    ],
  }),
  namingCategories(
    asBars(
      moneyMonths({
        title: 'Spent by month',
        description: 'Each month that is over, by category. Refunds are subtracted.',
        width: 24,
        height: 12,
        queries: [monthly(perCategory(SPENT, 'month', SPENT), 'category')],
      }),
    ).stacking(stacked()),
  ),
  asBars(
    moneyMonths({
      title: 'Received against spent',
      description:
        'Money in as bars, money out as a line: below the top of the bar, something was left over. Money from other accounts of your own counts as received there.',
      width: 12,
      height: 10,
      queries: [
        monthly(
          `(${flow(`sum by (currency, month) (${RECEIVED})`, 'Received')} or ${flow(`sum by (currency, month) (${SPENT})`, 'Spent')})`,
          'flow',
        ),
      ],
    }),
  ).overrideByRegexp('/^Spent\\b/', [
    property('custom.drawStyle', 'line'),
    property('custom.lineWidth', 2),
    property('custom.fillOpacity', 0),
    property('custom.showPoints', 'always'),
  ]),
  withPoints(
    moneyMonths({
      title: 'Balance at month ends',
      description: 'What was in the account when the month ended, without its pots.',
      width: 12,
      height: 10,
      queries: [monthly(withAccount(`monzo_balance_month_end${CHOSEN}`), 'account')],
    }),
  ),
]

const byDay = [
  moneyGraph({
    title: 'Balance day by day',
    description: 'When each day ended, without pots.',
    width: 24,
    height: 10,
    queries: [
      {
        expr: withAccountOfNow(`last_over_time(monzo_history_balance${CHOSEN}[${A_DAY}])`),
        legend: moneyLegend('{{account}}'),
      },
    ],
  }).interval('1d'),
  namingCategories(
    asBars(
      moneyGraph({
        title: 'Spent day by day',
        description:
          'By category; over a long time each bar is the sum of several days. Refunds are subtracted.',
        width: 24,
        height: 11,
        queries: [
          {
            expr: perCategory(
              `sum_over_time(${SPENT_DAYS}[$__interval])`,
              '',
              `sum_over_time(${SPENT_DAYS}[$__range] @ end())`,
            ),
            legend: moneyLegend('{{category}}'),
          },
        ],
      }),
    )
      .stacking(stacked())
      .interval('1d')
      .maxDataPoints(MOST_BARS),
  ),
  moneyGraph({
    title: 'Received and spent in a year',
    description: 'The sums of the 365 days before each day, so they grow during the first year.',
    width: 24,
    height: 10,
    queries: [
      {
        expr: `sum by (currency) (sum_over_time(monzo_history_received_day${CHOSEN}[365d]))`,
        legend: moneyLegend('Received'),
      },
      {
        expr: `sum by (currency) (sum_over_time(${SPENT_DAYS}[365d]))`,
        legend: moneyLegend('Spent'),
      },
    ],
  }).interval('1d'),
]

/** deploy/grafana/history.json: the months and years before. */
export const renderHistory = (): string =>
  renderBoard({
    uid: 'monzo-history',
    title: 'Monzo history',
    description: 'Months and years that are over, from the Monzo exporter with history = true.',
    past: '25M/M', // 24 months that are over, and this one
    variables: [accountNames(), accountNamesOfNow(), accountChoice()],
    rows: [
      {
        title: 'Month by month: all of this comes from the exporter, nothing has to be imported',
        panels: byMonth,
      },
      {
        title: 'Day by day: this needs an import into the database, which docs/history.md explains',
        panels: byDay,
      },
    ],
  })
