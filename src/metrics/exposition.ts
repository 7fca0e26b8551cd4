import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gzip, gzipSync } from 'node:zlib'
import { Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import type { Snapshot } from '../readings/snapshot.ts'
import { withoutDuplicates } from './duplicates.ts'
import type { MeterRegistries } from './meters.ts'
import type { Sample } from './samples.ts'
import { type Metric, SNAPSHOT_GAUGES, type SnapshotGauge } from './table.ts'

/** One format of it, ready to send. */
export interface Rendering {
  readonly contentType: string
  readonly plain: Buffer
  /** A small one is compressed when somebody first asks for it: until the next, maybe nobody does. */
  readonly gzip: Buffer
}

/** What a scrape gets, in the format it asks for. */
export interface Exposition {
  /** Prometheus' text format 0.0.4. */
  readonly text: Rendering
  /** OpenMetrics 1.0. */
  readonly openMetrics: Rendering
}

/** Without it prom-client makes one per series and remembers it: a quarter of the time, at 100,000. */
const NONE = {}
const SMALL_BYTES = 64 * 1024 // half a millisecond at once; in threads it costs 1 MB of memory
/** More takes twice as long and saves 3 %. */
const effort = () => ({ level: constants.Z_BEST_SPEED })
const SERIES_PER_TURN = 500 // about a millisecond: scrapes are answered in between

/**
 * Renders a snapshot once, when something changes; a scrape then only copies bytes.
 * Its gauges are built afresh each time: closed accounts vanish instead of reporting their last
 * value. A metric without series leaves no trace, not even its HELP.
 * @param gauges what to make of the snapshot, in this order.
 */
export async function renderExposition(
  snapshot: Snapshot,
  { shared, text, openMetrics }: MeterRegistries,
  gauges: readonly SnapshotGauge[] = SNAPSHOT_GAUGES,
): Promise<Exposition> {
  const common = [...(await gaugeFamilies(snapshot, gauges)), ...(await familiesOf(shared))]
  const textFamilies = [...common, ...(await familiesOf(text))]
  const openFamilies = [...common, ...(await familiesOf(openMetrics))]
  const [textRendering, openMetricsRendering] = await Promise.all([
    toRendering(Registry.PROMETHEUS_CONTENT_TYPE, `${textFamilies.join('\n\n')}\n`),
    // OpenMetrics allows no empty lines, and tells a truncated reply by its missing end.
    toRendering(Registry.OPENMETRICS_CONTENT_TYPE, `${openFamilies.join('\n')}\n# EOF\n`),
  ])
  return { text: textRendering, openMetrics: openMetricsRendering }
}

/** HELP, TYPE and samples of each gauge; the same in both formats, so rendered once. */
async function gaugeFamilies(
  snapshot: Snapshot,
  gauges: readonly SnapshotGauge[],
): Promise<string[]> {
  const distinct = withoutDuplicates(snapshot)
  const families: string[] = []
  let seriesInTurn = 0
  for (const metric of gauges) {
    const samples = metric.samples(distinct)
    if (samples.length === 0) continue // an unlabeled gauge would read 0
    const { header, linesOf } = await familyOf(metric)
    const parts = [header]
    for (let start = 0; start < samples.length; start += SERIES_PER_TURN) {
      const some = samples.slice(start, start + SERIES_PER_TURN)
      parts.push(await linesOf(some))
      seriesInTurn += some.length
      if (seriesInTurn < SERIES_PER_TURN) continue
      seriesInTurn = 0
      await setImmediate()
    }
    families.push(parts.join(''))
  }
  return families
}

/** HELP and TYPE of a gauge, and what renders any number of its samples below them. */
async function familyOf({ name, help, labels }: Metric) {
  const registry = new Registry()
  const gauge = new Gauge({ name, help, labelNames: labels, registers: [registry] })
  const family = await gauge.get()
  const render = (samples: Sample[]) => {
    const values = samples.map((sample) => ({ ...sample, sharedLabels: NONE }))
    // Not by `set`: looking up each label set doubles the time, and these are distinct already.
    gauge.get = async () => ({ ...family, values })
    return registry.getSingleMetricAsString(name)
  }
  const header = await render([])
  return { header, linesOf: async (some: Sample[]) => (await render(some)).slice(header.length) }
}

async function familiesOf(registry: Registry | Registry<OpenMetricsContentType>) {
  const names = registry.getMetricsAsArray().map(({ name }) => name)
  const families = await Promise.all(names.map((name) => registry.getSingleMetricAsString(name)))
  return families.filter(hasSample)
}

function hasSample(family: string): boolean {
  return family[family.lastIndexOf('\n') + 1] !== '#'
}

async function toRendering(contentType: string, exposition: string): Promise<Rendering> {
  const plain = Buffer.from(exposition)
  let gzipped = plain.length > SMALL_BYTES ? await promisify(gzip)(plain, effort()) : undefined
  return {
    contentType,
    plain,
    get gzip() {
      gzipped ??= gzipSync(plain, effort())
      return gzipped
    },
  }
}
