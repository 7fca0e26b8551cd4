import * as units from '@grafana/grafana-foundation-sdk/units'
import { accountChoice, accountNames, potsToldApart, withAccount } from './account-names.ts'
import { renderBoard } from './board.ts'
import { daysOfLoginLeft } from './login-panels.ts'
import { moneyBars, moneyGraph, moneyLegend, moneyStat, namingCategories } from './money.ts'
import { bars, rename, stacked, stat, steps } from './panels.ts'
import type { Query } from './query.ts'
import { leftPerDay, spentByThisDayLastMonth, spentThisMonth } from './this-month.ts'

const CHOSEN = '{account_id=~"$account"}'
const ACCOUNT = moneyLegend('{{account}}')
const POT = moneyLegend('{{pot_name}}')
const CATEGORY = moneyLegend('{{category}}')
const MOST_CATEGORIES = 11 // as many bars as can be read, with one for all others

const inAll = (metric: string): string => `sum by (currency) (${metric}${CHOSEN})`
const perAccount = (metric: string) => ({
  expr: withAccount(`${metric}${CHOSEN}`),
  legend: ACCOUNT,
})
const mostFirst = ({ expr, legend }: Query): Query => ({ expr: `sort_desc(${expr})`, legend })

/** The categories in which most is spent, and one that stands for all others. */
function perCategory(metric: string) {
  const all = `sum by (category, currency) (${metric}${CHOSEN})`
  const most = `topk(${MOST_CATEGORIES}, ${all})`
  const others = `label_replace(sum by (currency) (${all} unless ${most}), "category", "All others", "", "")`
  return { expr: `sort_desc(${most} or ${others})`, legend: CATEGORY }
}

function inWords<Panel extends ReturnType<typeof stat>>(panel: Panel): Panel {
  for (const outcome of ['Settled', 'Pending', 'Declined'])
    panel.withTransformation(rename(`/^${outcome.toLowerCase()}$/`, outcome))
  return panel
}

const now = [
  moneyStat({
    title: 'Total',
    description: 'All accounts and their pots together, less what is owed.',
    width: 6,
    height: 5,
    queries: [
      { expr: inAll('monzo_balance_including_pots'), legend: moneyLegend('Accounts and pots') },
    ],
  }),
  moneyStat({
    title: 'Spent this month',
    description:
      'Since the first, and in the month before until the same day and hour. That needs a month of data in Prometheus.',
    width: 9,
    height: 5,
    queries: [
      { expr: spentThisMonth(CHOSEN), legend: moneyLegend('This month') },
      { expr: spentByThisDayLastMonth(CHOSEN), legend: moneyLegend('Last month by now') },
    ],
  }),
  moneyStat({
    title: 'Left for each day',
    description:
      'Received less spent since the first, divided by the days of the month that are left, today included. Below zero: more was spent than came in.',
    width: 5,
    height: 5,
    queries: [{ expr: leftPerDay(CHOSEN), legend: moneyLegend('A day') }],
  }).thresholds(
    steps([
      ['text', null],
      ['red', -1e9],
      ['text', 0],
    ]),
  ),
  daysOfLoginLeft({ title: 'Days of login left', width: 4, height: 5, of: 'min', chosen: '' }),
]

const accounts = [
  moneyStat({
    title: 'Balance',
    description: 'What can be spent now. Nothing is shown while it is not known, or old.',
    width: 14,
    height: 5,
    queries: [mostFirst(perAccount('monzo_balance'))],
  }),
  moneyStat({
    title: 'With pots',
    description: 'The balance and all pots together, of accounts that have any.',
    width: 10,
    height: 5,
    queries: [
      mostFirst({
        expr: withAccount(
          `(monzo_balance_including_pots${CHOSEN} != on (job, instance, account_id, currency) monzo_balance)`,
        ),
        legend: ACCOUNT,
      }),
    ],
  }),
  moneyStat({
    title: 'Received this month',
    description:
      'Money in since the first, also from other accounts of your own. Moves from pots are not counted.',
    width: 14,
    height: 5,
    queries: [mostFirst(perAccount('monzo_received_month'))],
  }),
  stat({
    title: 'Last transaction',
    description: 'When anything last happened on the account.',
    width: 10,
    height: 5,
    unit: units.DateTimeFromNow,
    queries: [
      mostFirst({
        expr: withAccount(`(monzo_last_transaction_timestamp_seconds${CHOSEN} * 1000)`),
        legend: '{{account}}',
      }),
    ],
  }),
]

const spending = [
  moneyStat({
    title: 'Spent today',
    description: 'Starts again at about 04:00, as in the Monzo app.',
    width: 12,
    height: 4,
    queries: [{ expr: inAll('monzo_spent_today'), legend: moneyLegend('Today') }],
  }),
  inWords(
    stat({
      title: 'Transactions this month',
      description: 'How many were settled, are pending, or were declined.',
      width: 12,
      height: 4,
      unit: units.NoUnit,
      queries: [
        { expr: `sum by (outcome) (monzo_transactions_month${CHOSEN})`, legend: '{{outcome}}' },
      ],
    }).decimals(0),
  ),
  namingCategories(
    moneyBars({
      title: 'Spent this month by category',
      description: 'Since 00:00 on the first. Refunds are subtracted.',
      width: 12,
      height: 11,
      queries: [perCategory('monzo_category_spent_month')],
    }),
  ),
  namingCategories(
    moneyBars({
      title: 'Spent today by category',
      description: 'Since 04:00. Refunds are subtracted.',
      width: 12,
      height: 11,
      queries: [perCategory('monzo_category_spent_today')],
    }),
  ),
]

const pots = [
  moneyBars({
    title: 'Pots',
    description: 'What each pot holds.',
    width: 14,
    height: 11,
    queries: [
      { expr: `sort_desc(${potsToldApart(`monzo_balance_in_pot${CHOSEN}`)})`, legend: POT },
    ],
  }),
  bars({
    title: 'Goals',
    description: 'How much of its goal each pot with a goal holds.',
    width: 10,
    height: 11,
    unit: units.PercentUnit,
    queries: [
      {
        expr: `sort_desc(${potsToldApart(`(monzo_balance_in_pot${CHOSEN} / (monzo_pot_goal > 0))`)})`,
        legend: '{{pot_name}}',
      },
    ],
  })
    .max(1)
    .decimals(0)
    .thresholds(steps([['blue', null]])),
]

const history = [
  moneyGraph({
    title: 'Balance over time',
    description: 'A gap: the exporter did not know it then.',
    width: 12,
    height: 10,
    queries: [perAccount('monzo_balance')],
  }),
  moneyGraph({
    title: 'Spending through the month',
    description: 'Grows through the month, and begins again on the first.',
    width: 12,
    height: 10,
    queries: [
      { expr: spentThisMonth(CHOSEN), legend: moneyLegend('Spent') },
      {
        expr: spentByThisDayLastMonth(CHOSEN),
        legend: moneyLegend('Last month by the same day'),
      },
    ],
  }),
  moneyGraph({
    title: 'Pots over time',
    description: 'What the pots hold, on top of each other.',
    width: 24,
    height: 10,
    queries: [{ expr: potsToldApart(`monzo_balance_in_pot${CHOSEN}`), legend: POT }],
  }).stacking(stacked()),
]

/** deploy/grafana/overview.json: where the money is, and where it goes. */
export const renderOverview = (): string =>
  renderBoard({
    uid: 'monzo-overview',
    title: 'Monzo overview',
    description: 'Balances, pots and spending, from the Monzo exporter.',
    past: '30d',
    variables: [accountNames(), accountChoice()],
    rows: [
      { title: 'Now', panels: now },
      { title: 'Accounts', panels: accounts },
      { title: 'Spending', panels: spending },
      { title: 'Pots', panels: pots },
      { title: 'Over time', panels: history },
    ],
  })
