import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { systemClock } from '../lib/clock.ts'
import { addCounter } from './counter.ts'
import type { MeterRegistries } from './meters.ts'

/** Gauges whose names end like a counter's: promtool objects to them. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]
const LAG_STATISTIC = /^nodejs_eventloop_lag_(min|max|mean|stddev|p\d+)_seconds$/

/**
 * How often the event loop's lag is sampled. prom-client's 10 ms cost an idle exporter half a
 * percent of a core. Node counts the period itself as lag: `nodejs_eventloop_lag_*` shows it idle.
 */
const LAG_PERIOD_MS = 50

/** Of this process, not of a `Meters`: prom-client has no way to remove its observers again. */
let installed: Registry | undefined

/** Adds prom-client's `process_*` and `nodejs_*`. Its timers don't keep the process alive. */
export function addProcessMetrics(registries: MeterRegistries): void {
  installed ??= install()
  for (const { name, help } of installed.getMetricsAsArray()) {
    const metric = installed.getSingleMetric(name)
    if (metric instanceof Counter) addCounter(metric, { name, help, labels: [] }, registries)
    else if (metric) registries.shared.registerMetric(metric)
  }
}

function install(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PERIOD_MS })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const gauges = registry
    .getMetricsAsArray()
    .filter(({ name }) => LAG_STATISTIC.test(name))
    .map(({ name }) => registry.getSingleMetric(name))
    .filter((metric) => metric instanceof Gauge)
  const mean = registry.getSingleMetric('nodejs_eventloop_lag_mean_seconds')
  if (mean instanceof Gauge) mean.set(Number.NaN) // nothing was measured yet
  const meanNow = mean?.get.bind(mean) // bound before it is replaced as well
  if (meanNow) for (const gauge of gauges) keepMeasured(gauge, meanNow)
  const lag = registry.getSingleMetric('nodejs_eventloop_lag_seconds')
  if (lag) collectOncePerPeriod(lag)
  return registry
}

/** Each time the statistics walk through 70,000 counts: not before there can be anything in them. */
function collectOncePerPeriod(lag: object & { collect?: unknown }): void {
  const { collect } = lag
  if (typeof collect !== 'function') return
  let lastMs = systemClock.elapsed()
  lag.collect = () => {
    if (systemClock.elapsed() - lastMs < LAG_PERIOD_MS) return
    lastMs = systemClock.elapsed()
    collect.call(lag)
  }
}

/**
 * Each rendering empties the histogram behind these gauges, and of an empty one Node says NaN,
 * 511 ns, or 292 years. So a rendering right after another one shows again what that one did.
 * @param meanNow NaN when nothing was measured since.
 */
function keepMeasured(gauge: Gauge, meanNow: () => ReturnType<Gauge['get']>): void {
  const valuesNow = gauge.get.bind(gauge)
  let measured: Awaited<ReturnType<Gauge['get']>>['values'] = []
  gauge.get = async () => {
    const [now, mean] = await Promise.all([valuesNow(), meanNow()]) // of the same moment
    if (!mean.values.some(({ value }) => Number.isNaN(value))) measured = now.values
    return { ...now, values: measured }
  }
}
