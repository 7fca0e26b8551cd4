import { Counter, type OpenMetricsContentType, type Registry } from 'prom-client'

/** Counters are rendered under another name in OpenMetrics: each is in both registries. */
export interface CounterRegistries {
  readonly text: Registry
  readonly openMetrics: Registry<OpenMetricsContentType>
}

interface CounterNames<Label extends string> {
  /** Ends in `_total`. */
  readonly name: string
  readonly help: string
  readonly labels: readonly Label[]
}

/** Counts once, and shows in both formats. */
export function createCounter<Label extends string>(
  names: CounterNames<Label>,
  registries: CounterRegistries,
): Counter<Label> {
  const { name, help, labels } = names
  const counter = new Counter({ name, help, labelNames: labels, registers: [] })
  addCounter(counter, names, registries)
  return counter
}

/** Registers a counter in both formats. In OpenMetrics a twin follows it. */
export function addCounter<Label extends string>(
  counter: Counter<Label>,
  { name, help, labels }: CounterNames<Label>,
  { text, openMetrics }: CounterRegistries,
): void {
  text.registerMetric(counter)
  new Counter({
    name: name.replace(/_total$/, ''), // OpenMetrics names the family so; `_total` is the sample's
    help,
    labelNames: labels,
    registers: [openMetrics],
    async collect() {
      const { values } = await counter.get()
      this.reset() // nothing awaited from here on, or two renderings at once would add up
      for (const sample of values) this.inc(sample.labels, sample.value)
    },
  })
}
