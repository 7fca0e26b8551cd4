import * as units from '@grafana/grafana-foundation-sdk/units'
import { choice, renderBoard } from './board.ts'
import { LOGIN_PANELS } from './login-panels.ts'
import { graph, stacked } from './panels.ts'
import { CHOSEN_EXPORTER as CHOSEN } from './query.ts'

const perMinute = (counter: string, by: string) =>
  `sum by (${by}) (rate(${counter}${CHOSEN}[$__rate_interval])) * 60`
/** Nothing rather than NaN while nothing was measured. */
const quantile = (share: number, histogram: string, by: readonly string[] = []) => {
  const labels = ['le', ...by].join(', ')
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${histogram}_bucket${CHOSEN}[$__rate_interval]))) >= 0`
}

const polls = [
  graph({
    title: 'Logins polled successfully',
    description: '1 while the last poll of a login succeeded, else 0.',
    width: 8,
    height: 8,
    unit: units.NoUnit,
    queries: [{ expr: `monzo_login_up${CHOSEN}`, legend: '{{user_id}}' }],
  })
    .min(0)
    .max(1)
    .decimals(0),
  graph({
    title: 'Duration of polls',
    description: 'Of all logins, retries included.',
    width: 8,
    height: 8,
    unit: units.Seconds,
    queries: [
      { expr: quantile(0.5, 'monzo_poll_duration_seconds'), legend: 'half are faster' },
      { expr: quantile(0.95, 'monzo_poll_duration_seconds'), legend: '95 % are faster' },
    ],
  }).min(0),
  graph({
    title: 'Failed polls per minute',
    description: 'Wholly or partly, by reason.',
    width: 8,
    height: 8,
    unit: units.NoUnit,
    queries: [{ expr: perMinute('monzo_poll_failures_total', 'reason'), legend: '{{reason}}' }],
  })
    .decimals(1)
    .min(0)
    .stacking(stacked()),
]

const api = [
  graph({
    title: 'Requests per minute',
    description: 'To Monzo, by endpoint and HTTP status, timeout or network failure.',
    width: 12,
    height: 9,
    unit: units.NoUnit,
    queries: [
      {
        expr: perMinute('monzo_api_requests_total', 'endpoint, code'),
        legend: '{{endpoint}} {{code}}',
      },
    ],
  })
    .decimals(1)
    .min(0)
    .stacking(stacked()),
  graph({
    title: 'Latency of Monzo',
    description: '95 % of the requests are answered faster.',
    width: 12,
    height: 9,
    unit: units.Seconds,
    queries: [
      {
        expr: quantile(0.95, 'monzo_api_request_duration_seconds', ['endpoint']),
        legend: '{{endpoint}}',
      },
    ],
  }).min(0),
  graph({
    title: 'Token refreshes per hour',
    description: 'withheld: not sent, since the disk could not have kept the new token.',
    width: 8,
    height: 8,
    unit: units.NoUnit,
    queries: [
      {
        expr: `sum by (outcome) (increase(monzo_token_refreshes_total${CHOSEN}[1h]))`,
        legend: '{{outcome}}',
      },
    ],
  }).min(0),
  graph({
    title: 'Unreadable records per hour',
    description: 'Records that Monzo sent without what is needed of them, by endpoint.',
    width: 8,
    height: 8,
    unit: units.NoUnit,
    queries: [
      {
        expr: `sum by (endpoint) (increase(monzo_unreadable_records_total${CHOSEN}[1h]))`,
        legend: '{{endpoint}}',
      },
    ],
  }).min(0),
  graph({
    title: 'Webhook deliveries per hour',
    description: 'With webhooks = true: how often Monzo told of something new.',
    width: 8,
    height: 8,
    unit: units.NoUnit,
    queries: [
      {
        expr: `sum by (instance) (increase(monzo_webhook_deliveries_total${CHOSEN}[1h]))`,
        legend: '{{instance}}',
      },
    ],
  }).min(0),
]

const processes = [
  graph({
    title: 'Memory',
    description: 'Of the process, and of it what JavaScript uses.',
    width: 8,
    height: 8,
    unit: units.BytesIEC,
    queries: [
      {
        expr: `process_resident_memory_bytes${CHOSEN} and on (job, instance) monzo_up`,
        legend: 'resident {{instance}}',
      },
      {
        expr: `nodejs_heap_size_used_bytes${CHOSEN} and on (job, instance) monzo_up`,
        legend: 'heap {{instance}}',
      },
    ],
  }).min(0),
  graph({
    title: 'CPU',
    description: 'Share of one core.',
    width: 8,
    height: 8,
    unit: units.PercentUnit,
    queries: [
      {
        expr: `rate(process_cpu_seconds_total${CHOSEN}[$__rate_interval]) and on (job, instance) monzo_up`,
        legend: '{{instance}}',
      },
    ],
  })
    .decimals(1)
    .min(0),
  graph({
    title: 'Event loop',
    description: 'Share of the time that it was busy: near 100 %, answers are late.',
    width: 8,
    height: 8,
    unit: units.PercentUnit,
    queries: [
      {
        expr: `nodejs_eventloop_utilization${CHOSEN} and on (job, instance) monzo_up`,
        legend: '{{instance}}',
      },
    ],
  })
    .min(0)
    .max(1),
]

/** deploy/grafana/exporter-health.json: whether the exporter does its work, and why not. */
export const renderExporterHealth = (): string =>
  renderBoard({
    uid: 'monzo-exporter-health',
    title: 'Monzo exporter health',
    description: 'Logins, polls and requests of the Monzo exporter.',
    past: '6h',
    variables: [
      choice('instance', 'Exporter', 'label_values(monzo_exporter_build_info, instance)'),
    ],
    rows: [
      { title: 'Logins', panels: LOGIN_PANELS },
      { title: 'Polls', panels: polls },
      { title: 'Monzo', panels: api },
      { title: 'Process', panels: processes },
    ],
  })
