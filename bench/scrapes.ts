import { atLeast, atMost, median, type Row } from './budget.ts'
import {
  get,
  type Monzo,
  PROMETHEUS_HEADERS,
  prepareExporter,
  prepareFloor,
  type Running,
  startMonzo,
  startOnce,
  waitForPolls,
} from './exporter.ts'
import type { LoadJob, LoadReport } from './load.ts'
import { ask, workOf, workSince } from './processes.ts'
import type { Bench } from './programs.ts'

const CONNECTIONS = 2
const LEAST_OF_FLOORS_SPEED = 0.9
const MOST_TIMES_FLOORS_CPU = 1.15
const SCRAPES = 200
const REST_MS = 2 // a server that has gone to sleep between two scrapes, as it has in real life

/** `/stats` of a person with one account. */
export async function measureScrapes(bench: Bench, monzo: Monzo): Promise<readonly Row[]> {
  const ours = await startOnce(await prepareExporter(bench, monzo))
  await waitForPolls(ours)
  const what = '/stats as Prometheus 3 asks for it'
  return compare(bench, ours, { what, rounds: 11, seconds: 0.5, withCpu: true })
}

const SERIES = 100_000
const LARGE = { count: 50, pots: SERIES / 50 / 2 } // a balance and a goal of each pot
/** Once is enough: what polls of so much cost is not the question here. */
const POLLED_ONCE = { poll_interval: '1h', stale_after: '3h' }

/** `/stats` of people with very many pots. */
export async function measureLargeScrapes(bench: Bench): Promise<readonly Row[]> {
  const monzo = await startMonzo(bench, LARGE)
  const ours = await startOnce(await prepareExporter(bench, monzo, { settings: POLLED_ONCE }))
  await waitForPolls(ours)
  const { body } = await get(ours.port, '/stats')
  if (body.split('\nmonzo_').length < SERIES) throw new Error('too few series')
  const what = `/stats with ${SERIES} series`
  const rows = await compare(bench, ours, { what, rounds: 7, seconds: 1.5, withCpu: false })
  await bench.processes.stop(monzo.child)
  return rows
}

interface Comparison {
  readonly what: string
  readonly rounds: number
  /** Of each server, in each round. */
  readonly seconds: number
  readonly withCpu: boolean
}

interface Round {
  readonly requestsPerSecond: number
  readonly cpuMs: number
}

/**
 * Loads floor and exporter in turn, both with answers of the same size and headers. Whatever else
 * the machine does hits both alike: each round gives ratios, and their medians count. Stops both.
 */
async function compare(bench: Bench, ours: Running, options: Comparison): Promise<readonly Row[]> {
  const { processes, programs } = bench
  const { what, rounds, seconds, withCpu } = options
  const { headers, body } = await get(ours.port, '/stats', PROMETHEUS_HEADERS)
  const bytes = body.length
  const floor = await startOnce(await prepareFloor(bench, { bytes, headers: ownOf(headers) }))
  const loader = processes.start([programs.load], { cwd: programs.folder, isTold: true })
  const load = (port: number, how: Omit<LoadJob, 'port' | 'headers'>) =>
    ask<LoadReport>(loader, { port, headers: PROMETHEUS_HEADERS, ...how } satisfies LoadJob)
  const measure = async ({ child, port }: Running): Promise<Round> => {
    const { requestsPerSecond } = await load(port, { connections: CONNECTIONS, seconds })
    if (!withCpu) return { requestsPerSecond, cpuMs: Number.NaN }
    const before = await workOf(child)
    await load(port, { connections: 1, requests: SCRAPES, restMs: REST_MS })
    return { requestsPerSecond, cpuMs: (await workSince(child, before)).cpuMs / SCRAPES }
  }

  await measure(floor) // until both are compiled by the optimizing compiler
  await measure(ours)
  const pairs: { readonly floor: Round; readonly ours: Round }[] = []
  for (let round = 0; round < rounds; round++) {
    const isFloorFirst = round % 2 === 0
    const first = await measure(isFloorFirst ? floor : ours)
    const second = await measure(isFloorFirst ? ours : floor)
    pairs.push(isFloorFirst ? { floor: first, ours: second } : { floor: second, ours: first })
  }
  for (const child of [loader, ours.child, floor.child]) await processes.stop(child)

  const values = (read: (round: Round) => number) => ({
    floor: median(pairs.map((pair) => read(pair.floor))),
    ours: median(pairs.map((pair) => read(pair.ours))),
    ratio: median(pairs.map((pair) => read(pair.ours) / read(pair.floor))),
  })
  const speed = values(({ requestsPerSecond }) => requestsPerSecond)
  const speedRow: Row = {
    what: `${what}, ${(bytes / 1024).toFixed(1)} KiB: requests/s`,
    base: speed.floor.toFixed(0),
    exporter: speed.ours.toFixed(0),
    rounds,
    budget: atLeast(LEAST_OF_FLOORS_SPEED, '×', speed.ratio),
  }
  if (!withCpu) return [speedRow]
  const cpu = values(({ cpuMs }) => cpuMs)
  return [
    speedRow,
    {
      what: '… CPU per scrape',
      base: `${cpu.floor.toFixed(3)} ms`,
      exporter: `${cpu.ours.toFixed(3)} ms`,
      rounds,
      budget: atMost(MOST_TIMES_FLOORS_CPU, '×', cpu.ratio),
    },
  ]
}

const NODES_OWN = new Set(['date', 'connection', 'keep-alive'])

/** @returns those headers that the exporter has set; names and values alternate, as given. */
function ownOf(headers: readonly string[]): readonly string[] {
  return headers.filter((_, n) => !NODES_OWN.has(headers[n - (n % 2)]?.toLowerCase() ?? ''))
}
