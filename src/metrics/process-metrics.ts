import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { METERS } from './table.ts'

/**
 * Left out of prom-client's metrics: gauges with names for counters, which promtool objects to,
 * and the event loop's lag, whose sampling wakes an idle process many times a second.
 */
const LEFT_OUT = /^nodejs_(active_\w+_total|eventloop_lag_\w+)$/

/** prom-client always starts the sampling; this is the longest period a timer can have, 24 days. */
const LAG_PERIOD_MS = 2 ** 31 - 1

/** Created once per process, since prom-client cannot remove its observers again. */
let installed: Registry | undefined

/** Adds `process_*` and `nodejs_*`. They neither keep the process alive nor wake it up. */
export function addProcessMetrics(registries: Registry[]): void {
  installed ??= install()
  registries.push(installed)
}

function install(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PERIOD_MS })
  for (const { name } of registry.getMetricsAsArray())
    if (LEFT_OUT.test(name)) registry.removeSingleMetric(name)
  addUtilization(registry)
  return registry
}

function addUtilization(registry: Registry): void {
  const { name, help } = METERS.eventLoopUtilization
  let last = { idle: 0, active: 0, utilization: 0 } // as when the process started
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization()
      this.set(performance.eventLoopUtilization(now, last).utilization)
      last = now
    },
  })
}
