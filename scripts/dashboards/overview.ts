import * as units from '@grafana/grafana-foundation-sdk/units'
import { choice, renderBoard } from './board.ts'
import {
  moneyBars,
  moneyGraph,
  moneyLegend,
  moneyStat,
  namingAccounts,
  withAccountType,
} from './money.ts'
import { bars, stacked, stat, steps } from './panels.ts'

const CHOSEN = '{account_id=~"$account"}'
const ACCOUNT = moneyLegend('{{account_type}}')
const POT = moneyLegend('{{pot_name}}')
const CATEGORY = moneyLegend('{{category}}')
const GOAL_REACHED = `monzo_balance_in_pot${CHOSEN} / (monzo_pot_goal${CHOSEN} > 0)`

const perAccount = (metric: string) => ({
  expr: withAccountType(`${metric}${CHOSEN}`),
  legend: ACCOUNT,
})
const perCategory = (metric: string) => ({
  expr: `sort_desc(sum by (category, currency) (${metric}${CHOSEN}))`,
  legend: CATEGORY,
})
const perPot = (metric: string) => ({ expr: `sort_desc(${metric}${CHOSEN})`, legend: POT })

const now = [
  namingAccounts(
    moneyStat({
      title: 'Balance',
      description: 'What can be spent now. Nothing is shown when it is not known or old.',
      width: 8,
      height: 5,
      queries: [perAccount('monzo_balance')],
    }),
  ),
  namingAccounts(
    moneyStat({
      title: 'With pots',
      description: 'The balance and all pots of the account together.',
      width: 8,
      height: 5,
      queries: [perAccount('monzo_balance_including_pots')],
    }),
  ),
  namingAccounts(
    moneyStat({
      title: 'With flexible savings',
      description: 'The balance and flexible savings, where Monzo tells it.',
      width: 8,
      height: 5,
      queries: [perAccount('monzo_balance_including_flexible_savings')],
    }),
  ),
  namingAccounts(
    moneyStat({
      title: 'Spent today',
      description: 'Starts again at about 04:00, as in the Monzo app.',
      width: 8,
      height: 5,
      queries: [perAccount('monzo_spent_today')],
    }),
  ),
  namingAccounts(
    moneyStat({
      title: 'Received this month',
      description: 'Money in since the first of the month. Moves from pots are not counted.',
      width: 8,
      height: 5,
      queries: [perAccount('monzo_received_month')],
    }),
  ),
  namingAccounts(
    stat({
      title: 'Last transaction',
      description: 'When anything last happened on the account.',
      width: 8,
      height: 5,
      unit: units.DateTimeFromNow,
      queries: [
        {
          expr: withAccountType(`monzo_last_transaction_timestamp_seconds${CHOSEN} * 1000`),
          legend: '{{account_type}}',
        },
      ],
    }),
  ),
]

const pots = [
  moneyBars({
    title: 'Pots',
    description: 'What each pot holds.',
    width: 8,
    height: 9,
    queries: [perPot('monzo_balance_in_pot')],
  }),
  bars({
    title: 'Goals reached',
    description: 'How much of its goal each pot with a goal has reached.',
    width: 8,
    height: 9,
    unit: units.PercentUnit,
    queries: [{ expr: `sort_desc(${GOAL_REACHED})`, legend: '{{pot_name}}' }],
  })
    .max(1)
    .decimals(0)
    .thresholds(steps([['blue', null]])),
  moneyBars({
    title: 'Goals',
    description: 'What each pot with a goal is meant to hold one day.',
    width: 8,
    height: 9,
    queries: [perPot('monzo_pot_goal')],
  }),
]

const spending = [
  moneyBars({
    title: 'Spent today by category',
    description: 'Refunds are subtracted. Empty until something is spent; starts again at 04:00.',
    width: 9,
    height: 11,
    queries: [perCategory('monzo_category_spent_today')],
  }),
  moneyBars({
    title: 'Spent this month by category',
    description: 'Since 00:00 on the first. Refunds are subtracted.',
    width: 9,
    height: 11,
    queries: [perCategory('monzo_category_spent_month')],
  }),
  stat({
    title: 'Transactions this month',
    description: 'How many were settled, are pending, or were declined.',
    width: 6,
    height: 11,
    unit: units.NoUnit,
    queries: [
      { expr: `sum by (outcome) (monzo_transactions_month${CHOSEN})`, legend: '{{outcome}}' },
    ],
  }).decimals(0),
]

const history = [
  namingAccounts(
    moneyGraph({
      title: 'Balance',
      description: 'A gap: the exporter did not know it then.',
      width: 12,
      height: 10,
      queries: [perAccount('monzo_balance')],
    }),
  ),
  namingAccounts(
    moneyGraph({
      title: 'With pots',
      description: 'The balance and all pots of the account together.',
      width: 12,
      height: 10,
      queries: [perAccount('monzo_balance_including_pots')],
    }),
  ),
  moneyGraph({
    title: 'Pots',
    description: 'What the pots hold, on top of each other.',
    width: 12,
    height: 10,
    queries: [{ expr: `monzo_balance_in_pot${CHOSEN}`, legend: POT }],
  }).stacking(stacked()),
  moneyGraph({
    title: 'Spent this month by category',
    description: 'Grows through the month, and begins again on the first.',
    width: 12,
    height: 10,
    queries: [
      {
        expr: `sum by (category, currency) (monzo_category_spent_month${CHOSEN})`,
        legend: CATEGORY,
      },
    ],
  }).stacking(stacked()),
]

/** deploy/grafana/overview.json: where the money is, and where it goes. */
export const renderOverview = (): string =>
  renderBoard({
    uid: 'monzo-overview',
    title: 'Monzo overview',
    description: 'Balances, pots and spending, from the Monzo exporter.',
    past: '30d',
    variable: choice(
      'account',
      'Account',
      'query_result(monzo_account_info)',
      '/account_id="(?<value>[^"]+)".*account_type="(?<text>[^"]+)"/',
    ),
    rows: [
      { title: 'Now', panels: now },
      { title: 'Pots', panels: pots },
      { title: 'Spending', panels: spending },
      { title: 'History', panels: history },
    ],
  })
