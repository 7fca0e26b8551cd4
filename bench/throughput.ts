import type { ChildProcess } from 'node:child_process'
import { freePort } from '../test/fakes/free-port.ts'
import type { Row } from './budget.ts'
import type { LoadJob, LoadReport } from './load.ts'
import { ask, type Processes } from './processes.ts'
import { type Programs, waitForStats } from './programs.ts'
import { median } from './statistics.ts'

export interface ThroughputOptions {
  readonly processes: Processes
  readonly programs: Programs
  readonly series: number
  readonly rounds: number
  /** Of each server, in each round. */
  readonly seconds: number
  /** Whether its p99 has a budget too. */
  readonly isLatencyBound: boolean
}

const CONNECTIONS = 8
const LEAST_OF_FLOOR = 0.9
const MOST_OF_FLOORS_P99 = 1.1

/**
 * Loads floor and exporter in turn, both with answers of the same size. Whatever else the machine
 * does hits both alike: each round gives ratios, and their medians count.
 */
export async function measureThroughput(options: ThroughputOptions): Promise<readonly Row[]> {
  const { processes, programs, series, rounds, seconds, isLatencyBound } = options
  const cwd = programs.folder
  const loader = processes.start([programs.load], { cwd, isTold: true })
  const ours = await serve(options, programs.statsServer, series)
  const floor = await serve(options, programs.floor, ours.bytes)
  const load = (port: number) =>
    ask<LoadReport>(loader, { port, connections: CONNECTIONS, seconds } satisfies LoadJob)

  await load(floor.port) // until both are compiled by the optimizing compiler
  await load(ours.port)
  const pairs: { readonly floor: LoadReport; readonly ours: LoadReport }[] = []
  for (let round = 0; round < rounds; round++) {
    const isFloorFirst = round % 2 === 0
    const first = await load(isFloorFirst ? floor.port : ours.port)
    const second = await load(isFloorFirst ? ours.port : floor.port)
    pairs.push(isFloorFirst ? { floor: first, ours: second } : { floor: second, ours: first })
  }
  for (const child of [loader, ours.child, floor.child]) await processes.stop(child)

  const what = `/stats, ${series} series, ${(ours.bytes / 1024).toFixed(0)} KiB`
  const compare = (read: (report: LoadReport) => number) => ({
    floor: median(pairs.map((pair) => read(pair.floor))),
    ours: median(pairs.map((pair) => read(pair.ours))),
    ratio: median(pairs.map((pair) => read(pair.ours) / read(pair.floor))),
  })
  const speed = compare((report) => report.requestsPerSecond)
  const p99 = compare((report) => report.p99Ms)
  const speedRow: Row = {
    what: `${what}: requests/s`,
    floor: speed.floor.toFixed(0),
    exporter: speed.ours.toFixed(0),
    budget: { measured: speed.ratio, limit: LEAST_OF_FLOOR, bound: 'at least', unit: '×' },
  }
  const p99Row: Row = {
    what: `${what}: p99`,
    floor: `${p99.floor.toFixed(2)} ms`,
    exporter: `${p99.ours.toFixed(2)} ms`,
  }
  if (!isLatencyBound) return [speedRow, p99Row]
  const limit = MOST_OF_FLOORS_P99
  return [
    speedRow,
    { ...p99Row, budget: { measured: p99.ratio, limit, bound: 'at most', unit: '×' } },
  ]
}

interface Served {
  readonly child: ChildProcess
  readonly port: number
  readonly bytes: number
}

async function serve(
  { processes, programs }: ThroughputOptions,
  program: string,
  size: number,
): Promise<Served> {
  const port = await freePort()
  const child = processes.start([program, String(port), String(size)], { cwd: programs.folder })
  return { child, port, bytes: await waitForStats(port, child) }
}
