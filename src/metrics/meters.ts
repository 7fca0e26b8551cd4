import { Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client'
import { type CounterRegistries, createCounter } from './counter.ts'
import { API_RESPONSE_CODE, apiResponseLabels } from './legacy.ts'
import { METERS } from './table.ts'

/** How an attempt to refresh a token can end; `withheld` was not sent, to lose no token. */
const REFRESH_OUTCOMES = ['refreshed', 'refused', 'failed', 'withheld'] as const
type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number]

/** What the exporter was built from, and runs on. */
export interface BuildInfo {
  readonly version: string
  readonly revision: string
  readonly nodeVersion: string
}

/** Where meters are read from. Gauges and histograms look the same in both formats. */
export interface MeterRegistries extends CounterRegistries {
  readonly shared: Registry
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
  /** For `renderExposition` and `addProcessMetrics`. */
  readonly registries: MeterRegistries
}

/**
 * Builds what counts up for as long as the process lives.
 * @param withLegacy `legacy_metrics`. @param withWebhooks `webhooks`.
 */
export function createMeters(build: BuildInfo, withLegacy = false, withWebhooks = false): Meters {
  const registries = createRegistries()
  const pollDuration = createHistogram(METERS.pollDuration, registries.shared)
  const apiRequestDuration = createHistogram(METERS.apiRequestDuration, registries.shared)
  const pollFailures = createCounter(METERS.pollFailures, registries)
  const apiRequests = createCounter(METERS.apiRequests, registries)
  const tokenRefreshes = createCounter(METERS.tokenRefreshes, registries)
  const unreadableRecords = createCounter(METERS.unreadableRecords, registries)
  const webhookDeliveries = withWebhooks
    ? createCounter(METERS.webhookDeliveries, registries)
    : undefined
  const apiResponses = withLegacy ? createApiResponses(registries.shared) : undefined
  // From 0 on, or `rate()` would not see the first one.
  for (const outcome of REFRESH_OUTCOMES) tokenRefreshes.inc({ outcome }, 0)
  showBuild(build, registries.shared)
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
    registries,
  }
}

function createRegistries(): MeterRegistries {
  const openMetrics = new Registry<OpenMetricsContentType>()
  openMetrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  return { shared: new Registry(), text: new Registry(), openMetrics }
}

interface HistogramNames<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labels: readonly Label[]
  readonly buckets: readonly number[]
}

function createHistogram<Label extends string>(
  { name, help, labels, buckets }: HistogramNames<Label>,
  registry: Registry,
): Histogram<Label> {
  const registers = [registry]
  return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers })
}

function createApiResponses(registry: Registry) {
  const { name, help, labels } = API_RESPONSE_CODE
  return new Gauge({ name, help, labelNames: labels, registers: [registry] })
}

function showBuild({ version, revision, nodeVersion }: BuildInfo, registry: Registry): void {
  const { name, help, labels } = METERS.buildInfo
  const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] })
  gauge.set({ version, revision, node_version: nodeVersion }, 1)
}
