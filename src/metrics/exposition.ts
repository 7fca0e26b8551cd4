import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gzip, gzipSync } from 'node:zlib'
import { Registry } from 'prom-client'
import type { Snapshot } from '../readings/snapshot.ts'
import { withoutDuplicates } from './duplicates.ts'
import { renderHeader, renderSamples } from './family.ts'
import { SNAPSHOT_GAUGES, type SnapshotGauge } from './table.ts'

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

const SMALL_BYTES = 64 * 1024 // half a millisecond at once; in threads it costs 1 MB of memory
/** More takes twice as long and saves 3 %. */
const effort = () => ({ level: constants.Z_BEST_SPEED })
const SERIES_PER_TURN = 500 // less than a millisecond: scrapes are answered in between

/**
 * Renders a snapshot once, when something changes; a scrape then only copies bytes.
 * Its gauges are built afresh each time: closed accounts vanish instead of reporting their last
 * value. A metric without series leaves no trace, not even its HELP.
 * @param registries what counts up, exported after the gauges.
 * @param gauges what to make of the snapshot, in this order.
 */
export async function renderExposition(
  snapshot: Snapshot,
  registries: readonly Registry[],
  gauges: readonly SnapshotGauge[] = SNAPSHOT_GAUGES,
): Promise<Exposition> {
  const ofSnapshot = await renderGauges(snapshot, gauges)
  const counted = (await Promise.all(registries.map(renderRegistry))).flat()
  const [text, openMetrics] = await Promise.all([
    toRendering(Registry.PROMETHEUS_CONTENT_TYPE, `${[...ofSnapshot, ...counted].join('\n\n')}\n`),
    // OpenMetrics allows no empty lines, and tells a truncated reply by its missing end.
    toRendering(
      Registry.OPENMETRICS_CONTENT_TYPE,
      `${[...ofSnapshot, ...counted.map(toOpenMetrics)].join('\n')}\n# EOF\n`,
    ),
  ])
  return { text, openMetrics }
}

/** HELP, TYPE and samples of each gauge; the same in both formats, so rendered once. */
async function renderGauges(
  snapshot: Snapshot,
  gauges: readonly SnapshotGauge[],
): Promise<string[]> {
  const distinct = withoutDuplicates(snapshot)
  const families: string[] = []
  let seriesInTurn = 0
  for (const gauge of gauges) {
    const samples = gauge.samples(distinct)
    if (samples.length === 0) continue
    const parts = [renderHeader(gauge)]
    for (let start = 0; start < samples.length; start += SERIES_PER_TURN) {
      const some = samples.slice(start, start + SERIES_PER_TURN)
      parts.push(renderSamples(gauge.name, some))
      seriesInTurn += some.length
      if (seriesInTurn < SERIES_PER_TURN) continue
      seriesInTurn = 0
      await setImmediate()
    }
    families.push(parts.join('\n'))
  }
  return families
}

/** Each metric of a registry that has samples, in the text format. */
async function renderRegistry(registry: Registry): Promise<string[]> {
  const families = (await registry.metrics()).trimEnd().split('\n\n')
  return families.filter((family) => !family.slice(family.lastIndexOf('\n') + 1).startsWith('#'))
}

/** A counter's samples are named `…_total` in both formats, but in OpenMetrics its family is not. */
const toOpenMetrics = (family: string): string =>
  family.replace(/^(# (?:HELP|TYPE) \w+)_total /gm, '$1 ')

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
