import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gzip, gzipSync } from 'node:zlib'
import { Registry } from 'prom-client'
import { LOGIN_STATE_NAMES } from '../readings/login-state-name.ts'
import type { LoginReading, Snapshot } from '../readings/snapshot.ts'
import { renderHeader, renderSamples } from './family.ts'
import { SNAPSHOT_GAUGES, type SnapshotGauge } from './table.ts'

/** The exposition in one format, ready to send. */
export interface Rendering {
  readonly contentType: string
  readonly plain: Buffer
  /** Compressed only when first asked for, if it is small: often nobody asks before the next one. */
  readonly gzip: Buffer
}

/** What a scrape gets, in the format it asks for. */
export interface Exposition {
  /** Prometheus' text format 0.0.4. */
  readonly text: Rendering
  /** OpenMetrics 1.0. */
  readonly openMetrics: Rendering
}

const SMALL_BYTES = 64 * 1024 // takes half a millisecond; compressing in a thread would cost 1 MB of memory
/** The default level takes twice as long for 3 % fewer bytes. */
const effort = () => ({ level: constants.Z_BEST_SPEED })
const SERIES_PER_TURN = 500 // about a millisecond; scrapes are answered between two turns

/**
 * Renders a snapshot in both formats, so that a scrape only sends bytes. Accounts that are gone
 * leave no series behind. A metric without samples is left out, HELP and TYPE included.
 * @param registries exported after the gauges.
 * @param gauges computed from the snapshot, exported in this order.
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
    // OpenMetrics allows no empty lines. Its last line shows that the reply is complete.
    toRendering(
      Registry.OPENMETRICS_CONTENT_TYPE,
      `${[...ofSnapshot, ...counted.map(toOpenMetrics)].join('\n')}\n# EOF\n`,
    ),
  ])
  return { text, openMetrics }
}

/** HELP, TYPE and samples of each gauge that has any. They are the same in both formats. */
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

/** HELP, TYPE and samples of each metric of a registry that has any, in the text format. */
async function renderRegistry(registry: Registry): Promise<string[]> {
  const families = (await registry.metrics()).trimEnd().split('\n\n')
  return families.filter((family) => !family.slice(family.lastIndexOf('\n') + 1).startsWith('#'))
}

/** In OpenMetrics the HELP and TYPE of a counter leave out `_total`; its samples keep it. */
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

/**
 * Keeps one reading per account, pot and user, by their ids as they are written: lone surrogates all
 * become `�`. Two would export the same series twice, and Prometheus then rejects the whole scrape.
 * The first reading of an account or pot is kept. Of the logins of one user, or of those whose user
 * is not known yet, the one in the latest state is kept whole: a login that needs a person must not
 * be hidden by one that works.
 */
export function withoutDuplicates(snapshot: Snapshot): Snapshot {
  const accounts = firstOfEach(snapshot.accounts, (account) => account.accountId)
  return {
    ...snapshot,
    logins: furthestOfEachUser(snapshot.logins),
    pasts: firstOfEach(snapshot.pasts, (past) => past.accountId),
    accounts: accounts.map((account) => ({
      ...account,
      pots: account.pots && firstOfEach(account.pots, (pot) => pot.potId),
    })),
  }
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => seen.size < seen.add(keyOf(item).toWellFormed()).size)
}

function furthestOfEachUser(logins: readonly LoginReading[]): LoginReading[] {
  const byUser = new Map<string | undefined, LoginReading>()
  for (const login of logins) {
    const user = login.userId?.toWellFormed()
    const other = byUser.get(user)
    if (!other || stage(login) > stage(other)) byUser.set(user, login)
  }
  return [...byUser.values()]
}

const stage = (login: LoginReading): number => LOGIN_STATE_NAMES.indexOf(login.state)
