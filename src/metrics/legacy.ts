import type { AccountReading, LoginReading } from '../readings/snapshot.ts'
import type { Sample, Sampler } from './samples.ts'
import { type Metric, SNAPSHOT_GAUGES, type SnapshotGauge } from './table.ts'

// What the Go exporter (tlwr/monzo-exporter) exported: its names, labels and minor units, without
// its faults. What is unknown is absent, and what is gone vanishes.

const ACCOUNT = ['user_id', 'account_id']
const USER = ['user_id']

/** Whose login it was read with; until that is known, the label is left out. */
type Owned = AccountReading & { readonly userId?: string | undefined }

const userOf = ({ userId }: Owned): Sample['labels'] =>
  userId === undefined ? {} : { user_id: userId }

/** @param minorOf an amount in minor units (pence), exported as it is. */
function accountMinor(minorOf: (account: AccountReading) => number | undefined): Sampler {
  return ({ accounts }) =>
    accounts.flatMap((account: Owned) => {
      const value = minorOf(account)
      const labels = { ...userOf(account), account_id: account.accountId }
      return value === undefined ? [] : [{ labels, value }]
    })
}

/** No label tells the account, so a pot that several of them list counts once. */
const potMinor: Sampler = ({ accounts }) => {
  const seen = new Set<string>()
  return accounts.flatMap((account: Owned) =>
    (account.pots ?? []).flatMap(({ potId, potName, balanceMinor }) => {
      if (seen.size === seen.add(potId).size) return []
      const labels = { ...userOf(account), pot_id: potId, pot_name: potName }
      return [{ labels, value: balanceMinor }]
    }),
  )
}

/** What all transactions of a description come to since midnight, declined ones included. */
const transactionsToday: Sampler = ({ accounts }) =>
  accounts.flatMap((account: Owned) =>
    (account.spending?.describedToday ?? []).map(({ description, category, amountMinor }) => ({
      labels: { ...userOf(account), account_id: account.accountId, description, category },
      value: amountMinor,
    })),
  )

/** A moment in each login's life, in whole Unix seconds. @param msOf in Unix milliseconds. */
function userSeconds(msOf: (login: LoginReading) => number | undefined): Sampler {
  return ({ logins }) =>
    logins.flatMap((login) => {
      const ms = msOf(login)
      if (login.userId === undefined || ms === undefined) return []
      return [{ labels: { user_id: login.userId }, value: Math.floor(ms / 1000) }]
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

/** What to render from a snapshot. @param withLegacy `legacy_metrics`. */
export function snapshotGauges(withLegacy: boolean): readonly SnapshotGauge[] {
  return withLegacy ? [...SNAPSHOT_GAUGES, ...LEGACY_GAUGES] : SNAPSHOT_GAUGES
}

/**
 * Counts up, and was a counter there. Here a gauge: OpenMetrics, which Prometheus prefers, would
 * have to call a counter `…_total`, and queries would no longer find it.
 */
export const API_RESPONSE_CODE = {
  name: 'monzo_api_response_code',
  help: "Name of the Go exporter: replies of Monzo's API by HTTP status, counting up.",
  kind: 'gauge',
  labels: ['response_code', 'endpoint'],
} as const satisfies Metric

/** The labels it gave a call: 0 when there was no reply; of token calls it counted refreshes. */
export function apiResponseLabels({ endpoint, code }: { endpoint: string; code: string }) {
  return {
    response_code: /^\d+$/.test(code) ? code : '0',
    endpoint: endpoint === '/oauth2/token' ? `${endpoint}?grant_type=refresh_token` : endpoint,
  }
}

/** For the reference. */
export const LEGACY_METRICS: readonly Metric[] = [...LEGACY_GAUGES, API_RESPONSE_CODE]
