import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { METERS } from './table.ts'

/**
 * Gauges whose names end like a counter's, which promtool objects to; and the event loop's lag,
 * which takes a timer that wakes an idle process many times a second.
 */
const LEFT_OUT = /^nodejs_(active_\w+_total|eventloop_lag_\w+)$/

/** prom-client starts that timer in any case: with the longest period there is, 24 days. */
const LAG_PERIOD_MS = 2 ** 31 - 1

/** One for the whole process: prom-client has no way to remove its observers again. */
let installed: Registry | undefined

/** Adds `process_*` and `nodejs_*`. None of it keeps the process alive or wakes it up. */
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
  let last = { idle: 0, active: 0, utilization: 0 } // as at the start of the process
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
