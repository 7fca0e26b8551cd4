import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { API_RESPONSE_CODE, apiResponseLabels } from './legacy.ts'
import { METERS } from './table.ts'

/** How an attempt to refresh a token can end. `withheld`: not sent, so that no token is lost. */
const REFRESH_OUTCOMES = ['refreshed', 'refused', 'failed', 'withheld'] as const
type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number]

/** What the exporter was built from, and runs on. */
export interface BuildInfo {
  readonly version: string
  readonly revision: string
  readonly nodeVersion: string
}

/** What other rooms report to. Lives as long as the process; none of it throws. */
export interface Meters {
  /** One request to Monzo. @param request `code` is the HTTP status, `timeout` or `network`. */
  readonly apiRequest: (request: {
    readonly endpoint: string
    readonly code: string
    readonly seconds: number
  }) => void
  /** One poll of a login, successful or not. */
  readonly polled: (poll: { readonly seconds: number }) => void
  /** @param failure `reason` is an error's code in lower case. */
  readonly pollFailed: (failure: { readonly reason: string }) => void
  readonly tokenRefreshed: (attempt: { readonly outcome: RefreshOutcome }) => void
  /** One record that lacks what we need. */
  readonly unreadableRecord: (record: { readonly endpoint: string }) => void
  /** One delivery to a webhook of ours. */
  readonly webhookDelivered: () => void
  /** What `renderExposition` reads; `addProcessMetrics` appends to it. */
  readonly registries: Registry[]
}

/**
 * Creates the metrics that count for as long as the process lives.
 * @param withLegacy the setting `legacy_metrics`. @param withWebhooks the setting `webhooks`.
 */
export function createMeters(build: BuildInfo, withLegacy = false, withWebhooks = false): Meters {
  const registry = new Registry()
  const pollDuration = createHistogram(METERS.pollDuration, registry)
  const apiRequestDuration = createHistogram(METERS.apiRequestDuration, registry)
  const apiResponses = withLegacy ? new Gauge(optionsOf(API_RESPONSE_CODE, registry)) : undefined
  const buildInfo = new Gauge(optionsOf(METERS.buildInfo, registry))
  const pollFailures = new Counter(optionsOf(METERS.pollFailures, registry))
  const apiRequests = new Counter(optionsOf(METERS.apiRequests, registry))
  const tokenRefreshes = new Counter(optionsOf(METERS.tokenRefreshes, registry))
  const unreadableRecords = new Counter(optionsOf(METERS.unreadableRecords, registry))
  const webhookDeliveries = withWebhooks
    ? new Counter(optionsOf(METERS.webhookDeliveries, registry))
    : undefined
  const { version, revision, nodeVersion } = build
  buildInfo.set({ version, revision, node_version: nodeVersion }, 1)
  // Starting at 0, or `rate()` would miss the first one.
  for (const outcome of REFRESH_OUTCOMES) tokenRefreshes.inc({ outcome }, 0)
  return {
    apiRequest({ endpoint, code, seconds }) {
      apiRequests.inc({ endpoint, code })
      apiRequestDuration.observe({ endpoint }, seconds)
      apiResponses?.inc(apiResponseLabels({ endpoint, code }))
    },
    polled: ({ seconds }) => pollDuration.observe(seconds),
    pollFailed: ({ reason }) => pollFailures.inc({ reason }),
    tokenRefreshed: ({ outcome }) => tokenRefreshes.inc({ outcome }),
    unreadableRecord: ({ endpoint }) => unreadableRecords.inc({ endpoint }),
    webhookDelivered: () => webhookDeliveries?.inc(),
    registries: [registry],
  }
}

interface MeterRow<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labels: readonly Label[]
}

/** The options that prom-client takes for a row of the table. */
function optionsOf<Label extends string>(
  { name, help, labels }: MeterRow<Label>,
  registry: Registry,
) {
  return { name, help, labelNames: labels, registers: [registry] }
}

function createHistogram<Label extends string>(
  row: MeterRow<Label> & { readonly buckets: readonly number[] },
  registry: Registry,
) {
  return new Histogram({ ...optionsOf(row, registry), buckets: [...row.buckets] })
}
