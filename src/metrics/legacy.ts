import type { AccountReading, LoginReading } from '../readings/snapshot.ts'
import { accountValue, loginValue, type Sample, type Sampler, userLabel } from './samples.ts'
import { type Metric, SNAPSHOT_GAUGES, type SnapshotGauge } from './table.ts'

// What the Go exporter (tlwr/monzo-exporter) exported: its names, labels and minor units, without
// its faults. What is unknown is absent, and what is gone vanishes.

const ACCOUNT = ['user_id', 'account_id']
const USER = ['user_id']

const accountLabels = (account: AccountReading): Sample['labels'] => ({
  ...userLabel(account),
  account_id: account.accountId,
})

/** @param minorOf an amount in minor units (pence), exported as it is. */
const accountMinor = (minorOf: (account: AccountReading) => number | undefined): Sampler =>
  accountValue(accountLabels, minorOf)

/** No label names the account, so a pot that several of them list counts once. */
const potMinor: Sampler = ({ accounts }) => {
  const seen = new Set<string>()
  return accounts.flatMap((account) =>
    (account.pots ?? []).flatMap(({ potId, potName, balanceMinor }) => {
      if (seen.size === seen.add(potId).size) return []
      const labels = { ...userLabel(account), pot_id: potId, pot_name: potName }
      return [{ labels, value: balanceMinor }]
    }),
  )
}

/** The sum of all transactions with the same description since midnight, declined ones included. */
const transactionsToday: Sampler = ({ accounts }) =>
  accounts.flatMap((account) =>
    (account.spending?.describedToday ?? []).map(({ description, category, amountMinor }) => ({
      labels: { ...accountLabels(account), description, category },
      value: amountMinor,
    })),
  )

/** A moment in each login's life, in whole Unix seconds. @param msOf in Unix milliseconds. */
function userSeconds(msOf: (login: LoginReading) => number | undefined): Sampler {
  return loginValue((login) => {
    const ms = msOf(login)
    return ms === undefined ? undefined : Math.floor(ms / 1000)
  })
}

const LEGACY_GAUGES: readonly SnapshotGauge[] = [
  {
    name: 'monzo_current_balance',
    help: 'Name of the Go exporter: what can be spent now, in minor units (pence).',
    kind: 'gauge',
    labels: ACCOUNT,
    samples: accountMinor((account) => account.balanceMinor),
  },
  {
    name: 'monzo_total_balance',
    help: 'Name of the Go exporter: balance and pots together, in minor units (pence).',
    kind: 'gauge',
    labels: ACCOUNT,
    samples: accountMinor((account) => account.totalMinor),
  },
  {
    name: 'monzo_spend_today',
    help: 'Name of the Go exporter: spent today, negative as Monzo sends it, in minor units (pence).',
    kind: 'gauge',
    labels: ACCOUNT,
    samples: accountMinor((account) => account.spendTodayMinor),
  },
  {
    name: 'monzo_pot_balance',
    help: 'Name of the Go exporter: what a pot holds, in minor units (pence).',
    kind: 'gauge',
    labels: [...USER, 'pot_id', 'pot_name'],
    samples: potMinor,
  },
  {
    name: 'monzo_transactions_amount_today',
    help: 'Name of the Go exporter: amount of the transactions of a description since midnight in London, money out negative, in minor units (pence).',
    kind: 'gauge',
    labels: [...ACCOUNT, 'description', 'category'],
    samples: transactionsToday,
  },
  {
    name: 'monzo_user_latest_collect',
    help: 'Name of the Go exporter: when the user was last polled successfully, in Unix seconds.',
    kind: 'gauge',
    labels: USER,
    samples: userSeconds((login) => login.lastSuccessfulPollAtMs),
  },
  {
    name: 'monzo_access_token_expiry',
    help: 'Name of the Go exporter: when the access token expires, in Unix seconds.',
    kind: 'gauge',
    labels: USER,
    samples: userSeconds((login) => login.accessTokenExpiresAtMs),
  },
]

/** The gauges to render from a snapshot. @param withLegacy the setting `legacy_metrics`. */
export function snapshotGauges(withLegacy: boolean): readonly SnapshotGauge[] {
  return withLegacy ? [...SNAPSHOT_GAUGES, ...LEGACY_GAUGES] : SNAPSHOT_GAUGES
}

/**
 * Counts up, and was a counter in the Go exporter. Here it is a gauge: in OpenMetrics, which
 * Prometheus prefers, a counter's name has to end in `_total`, and queries would not find it.
 */
export const API_RESPONSE_CODE = {
  name: 'monzo_api_response_code',
  help: "Name of the Go exporter: replies of Monzo's API by HTTP status, counting up.",
  kind: 'gauge',
  labels: ['response_code', 'endpoint'],
} as const satisfies Metric

/** The Go exporter's labels of a call: 0 without a reply, and its name for a token refresh. */
export function apiResponseLabels({ endpoint, code }: { endpoint: string; code: string }) {
  return {
    response_code: /^\d+$/.test(code) ? code : '0',
    endpoint: endpoint === '/oauth2/token' ? `${endpoint}?grant_type=refresh_token` : endpoint,
  }
}

/** For the reference page. */
export const LEGACY_METRICS: readonly Metric[] = [...LEGACY_GAUGES, API_RESPONSE_CODE]
