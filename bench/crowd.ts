import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, median, type Row } from './budget.ts'
import {
  get,
  PROMETHEUS_HEADERS,
  prepareExporter,
  type Running,
  type Settings,
  startMonzo,
  startOnce,
  waitForPolls,
} from './exporter.ts'
import type { LoadJob, LoadReport } from './load.ts'
import { ask, workOf, workSince } from './processes.ts'
import type { Bench } from './programs.ts'

/** An exporter that polls many logins. */
export interface Crowd extends Running {
  readonly tokensBytes: number
  /** From the start of the process until every login was polled. */
  readonly startMs: number
  /** Has it poll at another pace, as a person would. */
  setPollInterval(interval: string): Promise<void>
  stop(): Promise<void>
}

const POLLING = '15s'
const settingsAt = (poll_interval: string): Settings => ({ poll_interval, stale_after: '2h' })

/**
 * Starts a simulated Monzo with so many people, and an exporter that has all their logins.
 * @param areExpired their access tokens have expired: nothing ran for days.
 */
export async function startCrowd(bench: Bench, count: number, areExpired = false): Promise<Crowd> {
  const monzo = await startMonzo(bench, { count })
  const { access } = monzo
  const old = access.tokens.replaceAll(
    /"expires_at": "[^"]+"/g,
    '"expires_at": "2026-01-01T00:00:00Z"',
  )
  const known = areExpired ? { ...monzo, access: { ...access, tokens: old } } : monzo
  const prepared = await prepareExporter(bench, known, { settings: settingsAt(POLLING) })
  const beganMs = performance.now()
  const { child, port } = await startOnce(prepared)
  await waitForPolls({ child, port })
  return {
    child,
    port,
    tokensBytes: Buffer.byteLength(access.tokens),
    startMs: performance.now() - beganMs,
    async setPollInterval(interval) {
      await prepared.configure(settingsAt(interval))
      child.kill('SIGHUP')
    },
    async stop() {
      await bench.processes.stop(child)
      await bench.processes.stop(monzo.child)
    },
  }
}

const SOME = 100
const WATCHED_S = 45 // three polls of each
const MOST_CPU = 4

/** What it costs to poll a hundred logins. */
export async function measureCrowdWork(bench: Bench): Promise<Row> {
  const crowd = await startCrowd(bench, SOME)
  const before = await workOf(crowd.child)
  await sleep(WATCHED_S * 1000)
  const { cpuMs } = await workSince(crowd.child, before)
  await crowd.stop()
  const percent = cpuMs / WATCHED_S / 10
  return {
    what: `CPU of a core, ${SOME} logins at ${POLLING}`,
    exporter: `${percent.toFixed(1)} %`,
    rounds: 1,
    budget: atMost(MOST_CPU, '%', percent),
  }
}

const MANY = 1000
const RESTING = '1h'
const ROUNDS = 3
// A few Prometheus servers that scrape far too often: the machine is never busy with them alone.
const LOAD = { headers: PROMETHEUS_HEADERS, connections: 4, restMs: 100, seconds: 8 }
const SETTLES_MS = 5000 // polls that were under way are made, and rendered
const MOST_TIMES_REST = 3

/** How long scrapes take while a thousand logins are polled, and while the same exporter rests. */
export async function measureCrowdLatency(bench: Bench): Promise<Row> {
  const { processes, programs } = bench
  const crowd = await startCrowd(bench, MANY)
  const loader = processes.start([programs.load], { cwd: programs.folder, isTold: true })
  const load = () => ask<LoadReport>(loader, { port: crowd.port, ...LOAD } satisfies LoadJob)
  const pairs: { readonly resting: number; readonly polling: number }[] = []
  let polls = 0
  for (let round = 0; round < ROUNDS; round++) {
    await crowd.setPollInterval(RESTING)
    await sleep(SETTLES_MS)
    const resting = await load()
    await crowd.setPollInterval(POLLING)
    await sleep(SETTLES_MS)
    const before = await pollsOf(crowd)
    const polling = await load()
    polls += (await pollsOf(crowd)) - before
    pairs.push({ resting: resting.p99Ms, polling: polling.p99Ms })
  }
  await crowd.stop()
  await processes.stop(loader)
  const perSecond = polls / (ROUNDS * LOAD.seconds)
  const ms = (values: readonly number[]): string => `${median(values).toFixed(1)} ms`
  return {
    what: `/stats p99 while ${MANY} logins are polled, ${perSecond.toFixed(0)} a second, to p99 at rest`,
    base: ms(pairs.map(({ resting }) => resting)),
    exporter: ms(pairs.map(({ polling }) => polling)),
    rounds: ROUNDS,
    budget: atMost(
      MOST_TIMES_REST,
      '×',
      median(pairs.map(({ resting, polling }) => polling / resting)),
    ),
  }
}

async function pollsOf({ port }: Running): Promise<number> {
  const { body } = await get(port, '/stats')
  return Number(/^monzo_poll_duration_seconds_count (\d+)$/m.exec(body)?.[1] ?? 0)
}
