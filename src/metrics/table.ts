import {
  accountInfo,
  accountMoney,
  categoryMoney,
  lastTransaction,
  loginStates,
  loginTimestamp,
  loginValue,
  monthCategories,
  monthMoney,
  outcomeCounts,
  pastMoney,
  pastTimestamp,
  pastValue,
  potMoney,
  type Sampler,
  single,
} from './samples.ts'

/** A metric as the exposition and the reference page describe it. */
export interface Metric {
  readonly name: string
  /** One sentence with the unit. No double quotes: only one of the two formats escapes them. */
  readonly help: string
  readonly kind: 'gauge' | 'counter' | 'histogram'
  readonly labels: readonly string[]
}

/** A gauge that is computed from each snapshot anew, so that what is gone leaves no series. */
export interface SnapshotGauge extends Metric {
  readonly kind: 'gauge'
  readonly samples: Sampler
}

const MONEY = ['account_id', 'currency']
const CATEGORY = [...MONEY, 'category']
const MONTH = [...MONEY, 'month']
const POT = [...MONEY, 'pot_id', 'pot_name']
const LOGIN = ['user_id']

/** The gauges of accounts and logins, in the order of the exposition. */
export const SNAPSHOT_GAUGES: readonly SnapshotGauge[] = [
  {
    name: 'monzo_balance',
    help: 'What can be spent now, in major units of the currency (pounds).',
    kind: 'gauge',
    labels: MONEY,
    samples: accountMoney((account) => account.balanceMinor),
  },
  {
    name: 'monzo_balance_including_pots',
    help: "The account's balance and its pots together, in major units of the currency.",
    kind: 'gauge',
    labels: MONEY,
    samples: accountMoney((account) => account.totalMinor),
  },
  {
    name: 'monzo_balance_including_flexible_savings',
    help: "The account's balance and flexible savings together, in major units of the currency.",
    kind: 'gauge',
    labels: MONEY,
    samples: accountMoney((account) => account.includingFlexibleSavingsMinor),
  },
  {
    name: 'monzo_spent_today',
    help: 'Spent today, in major units of the currency; starts again daily at about 04:00.',
    kind: 'gauge',
    labels: MONEY,
    // Subtracted from 0, since negating a day without spending makes -0.
    samples: accountMoney(({ spendTodayMinor: minor }) =>
      minor === undefined ? minor : 0 - minor,
    ),
  },
  {
    name: 'monzo_balance_in_pot',
    help: 'What a pot holds, in major units of the currency; deleted pots are left out.',
    kind: 'gauge',
    labels: POT,
    samples: potMoney((pot) => pot.balanceMinor),
  },
  {
    name: 'monzo_pot_goal',
    help: 'What a pot is meant to hold one day, in major units of the currency.',
    kind: 'gauge',
    labels: POT,
    samples: potMoney((pot) => pot.goalMinor),
  },
  {
    name: 'monzo_account_info',
    help: '1 for each account, with its type, owner and name (of account_names) in the labels.',
    kind: 'gauge',
    labels: ['account_id', 'account_type', 'owner_type', 'account_name'],
    samples: accountInfo,
  },
  {
    name: 'monzo_category_spent_today',
    help: 'Spent in a category since 04:00 in London, less refunds, in major units of the currency.',
    kind: 'gauge',
    labels: CATEGORY,
    samples: categoryMoney((spending) => spending.spentToday),
  },
  {
    name: 'monzo_category_spent_month',
    help: 'Spent in a category this month, less refunds, in major units of the currency.',
    kind: 'gauge',
    labels: CATEGORY,
    samples: categoryMoney((spending) => spending.spentMonth),
  },
  {
    name: 'monzo_received_month',
    help: 'Received this month, moves out of pots left out, in major units of the currency.',
    kind: 'gauge',
    labels: MONEY,
    samples: accountMoney(({ spending }) => spending?.receivedMonthMinor),
  },
  {
    name: 'monzo_transactions_month',
    help: 'Transactions of this month by outcome; those without an amount are not counted.',
    kind: 'gauge',
    labels: ['account_id', 'outcome'],
    samples: outcomeCounts,
  },
  {
    name: 'monzo_last_transaction_timestamp_seconds',
    help: 'When the newest transaction was made, declined ones included, in Unix seconds.',
    kind: 'gauge',
    labels: ['account_id'],
    samples: lastTransaction,
  },
  {
    name: 'monzo_category_spent_past_month',
    help: 'Spent in a category in a month that is over, less refunds, in major units of the currency.',
    kind: 'gauge',
    labels: [...CATEGORY, 'month'],
    samples: monthCategories,
  },
  {
    name: 'monzo_received_past_month',
    help: 'Received in a month that is over, moves out of pots left out, in major units of the currency.',
    kind: 'gauge',
    labels: MONTH,
    samples: monthMoney((month) => month.receivedMinor),
  },
  {
    name: 'monzo_balance_month_end',
    help: 'The balance when a month ended, in major units of the currency.',
    kind: 'gauge',
    labels: MONTH,
    samples: monthMoney((month) => month.balanceMinor),
  },
  {
    name: 'monzo_history_start_timestamp_seconds',
    help: 'Since when every transaction is known, in Unix seconds.',
    kind: 'gauge',
    labels: ['account_id'],
    samples: pastTimestamp((past) => past.startMs),
  },
  {
    name: 'monzo_history_transactions',
    help: 'How many transactions are kept, those without an amount included.',
    kind: 'gauge',
    labels: ['account_id'],
    samples: pastValue((past) => past.transactions),
  },
  {
    name: 'monzo_history_unexplained',
    help: "What no transaction explains of the account's balance, in major units of the currency.",
    kind: 'gauge',
    labels: MONEY,
    samples: pastMoney((past) => past.unexplainedMinor),
  },
  {
    name: 'monzo_up',
    help: "1 when there is a login and every login's last poll succeeded recently, else 0.",
    kind: 'gauge',
    labels: [],
    samples: single((snapshot) => Number(snapshot.isUp)),
  },
  {
    name: 'monzo_login_up',
    help: "1 when the login's last poll succeeded recently, else 0.",
    kind: 'gauge',
    labels: LOGIN,
    samples: loginValue((login) => Number(login.isUp)),
  },
  {
    name: 'monzo_login_state',
    help: '1 for the state a login is in, 0 for the others.',
    kind: 'gauge',
    labels: ['user_id', 'state'],
    samples: loginStates,
  },
  {
    name: 'monzo_access_token_expiry_timestamp_seconds',
    help: 'When the access token expires, in Unix seconds; it is refreshed before.',
    kind: 'gauge',
    labels: LOGIN,
    samples: loginTimestamp((login) => login.accessTokenExpiresAtMs),
  },
  {
    name: 'monzo_authorization_expiry_timestamp_seconds',
    help: "When Monzo's consent ends and a person has to log in again, in Unix seconds.",
    kind: 'gauge',
    labels: LOGIN,
    samples: loginTimestamp((login) => login.authorizationExpiresAtMs),
  },
  {
    name: 'monzo_last_poll_timestamp_seconds',
    help: 'When the login was last polled, successfully or not, in Unix seconds.',
    kind: 'gauge',
    labels: LOGIN,
    samples: loginTimestamp((login) => login.lastPollAtMs),
  },
  {
    name: 'monzo_last_successful_poll_timestamp_seconds',
    help: 'When the login was last polled successfully, in Unix seconds.',
    kind: 'gauge',
    labels: LOGIN,
    samples: loginTimestamp((login) => login.lastSuccessfulPollAtMs),
  },
  {
    name: 'monzo_tokens_persisted',
    help: '1 when the tokens file holds the newest tokens, 0 when a restart would lose them.',
    kind: 'gauge',
    labels: [],
    samples: single(({ areTokensPersisted: are }) => (are === undefined ? undefined : Number(are))),
  },
]

/** Metrics that live as long as the process. */
export const METERS = {
  pollDuration: {
    name: 'monzo_poll_duration_seconds',
    help: 'How long polls of a login took, retries included, in seconds.',
    kind: 'histogram',
    labels: [],
    // A poll is a few calls of a tenth of a second each; retries back off to a minute and more.
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  },
  pollFailures: {
    name: 'monzo_poll_failures_total',
    help: 'Polls, or parts of them, that failed.',
    kind: 'counter',
    labels: ['reason'],
  },
  apiRequests: {
    name: 'monzo_api_requests_total',
    help: "Requests to Monzo's API, by HTTP status, timeout or network failure.",
    kind: 'counter',
    labels: ['endpoint', 'code'],
  },
  apiRequestDuration: {
    name: 'monzo_api_request_duration_seconds',
    help: "How long requests to Monzo's API took, in seconds.",
    kind: 'histogram',
    labels: ['endpoint'],
    // Monzo answers in a few tenths of a second. Calls given up after ten seconds are in +Inf.
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  tokenRefreshes: {
    name: 'monzo_token_refreshes_total',
    help: 'Attempts to refresh an access token; withheld ones were not sent, to lose no token.',
    kind: 'counter',
    labels: ['outcome'],
  },
  unreadableRecords: {
    name: 'monzo_unreadable_records_total',
    help: 'Records that Monzo sent without what is needed of them, and that were left out.',
    kind: 'counter',
    labels: ['endpoint'],
  },
  webhookDeliveries: {
    name: 'monzo_webhook_deliveries_total',
    help: 'Deliveries to our webhooks, each a hint to read the login; only with webhooks.',
    kind: 'counter',
    labels: [],
  },
  buildInfo: {
    name: 'monzo_exporter_build_info',
    help: '1, with what this exporter was built from and runs on in the labels.',
    kind: 'gauge',
    labels: ['version', 'revision', 'node_version'],
  },
  eventLoopUtilization: {
    name: 'nodejs_eventloop_utilization',
    help: 'Share of the time since the last rendering that the event loop was busy, from 0 to 1.',
    kind: 'gauge',
    labels: [],
  },
} as const satisfies Record<string, Metric & { readonly buckets?: readonly number[] }>

/** What `history export` writes: one point a day, so their names are none of those above. */
export const PAST_DAY_METRICS = {
  balance: {
    name: 'monzo_history_balance',
    help: 'The balance when the day ended in London, in major units of the currency.',
    kind: 'gauge',
    labels: MONEY,
  },
  spent: {
    name: 'monzo_history_category_spent_day',
    help: 'Spent in a category on that day in London, less refunds, in major units of the currency.',
    kind: 'gauge',
    labels: CATEGORY,
  },
  received: {
    name: 'monzo_history_received_day',
    help: 'Received on that day in London, moves out of pots left out, in major units of the currency.',
    kind: 'gauge',
    labels: MONEY,
  },
} as const satisfies Record<string, Metric>

/** All metrics of ours, for the reference page; prom-client adds `process_*` and `nodejs_*`. */
export const METRICS: readonly Metric[] = [...SNAPSHOT_GAUGES, ...Object.values(METERS)]
