import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/fakes/free-port.ts'
import type { Row } from './budget.ts'
import { type LoggedIn, logIn, prepareFolder } from './exporter.ts'
import type { MonzoAnswer } from './monzo.ts'
import { ask, memoryOf, type Processes } from './processes.ts'
import { get, type Programs, waitForStats } from './programs.ts'
import { median } from './statistics.ts'

const STARTS = 21
const KEPT = 3 // of those, until they are idle
const IDLE_MS = 20_000 // four polls
const ANSWER_BYTES = 10_000 // about what an exporter with one account answers
const MOST_TIMES_FLOORS_START = 1.5
const MOST_MIB_OVER_FLOOR = 8
const MOST_CALLS_PER_POLL = 3

export interface FootprintOptions {
  readonly processes: Processes
  readonly programs: Programs
  /** Budgets bind this one. */
  readonly bundle: string
  /** For information. */
  readonly unbundled: string
}

/** One kind of program, started again and again. */
export interface Kind {
  /** Does what has to be done before, and returns what starts it. */
  readonly prepare: (port: number) => Promise<() => ChildProcess>
  readonly startsMs: number[]
  readonly kept: { readonly child: ChildProcess; readonly port: number }[]
}

/**
 * Start-up, memory when idle, and calls to Monzo of exporters that are logged in. All kinds are
 * started in turn, and wait together: what else the machine does hits them alike.
 */
export async function measureFootprint(options: FootprintOptions): Promise<readonly Row[]> {
  const { processes, programs, bundle, unbundled } = options
  const { folder } = programs
  const loggedIn = await logIn(processes, programs, bundle)
  const prepareExporter = async (program: string, port: number) => {
    const cwd = await prepareFolder(folder, loggedIn, port)
    return () => processes.start([program], { cwd })
  }
  const prepareFloor = async (port: number) => () =>
    processes.start([programs.floor, String(port), String(ANSWER_BYTES)], { cwd: folder })
  const floor: Kind = { prepare: prepareFloor, startsMs: [], kept: [] }
  const ours: Kind = { prepare: (port) => prepareExporter(bundle, port), startsMs: [], kept: [] }
  const plain: Kind = {
    prepare: (port) => prepareExporter(unbundled, port),
    startsMs: [],
    kept: [],
  }
  const kinds = [floor, ours, plain]
  for (let n = 0; n < STARTS; n++)
    for (const kind of kinds) await startOnce(kind, n >= STARTS - KEPT, processes)

  const exporters = [...ours.kept, ...plain.kept].map(({ port }) => port)
  const before = await countCalls(loggedIn, exporters)
  await sleep(IDLE_MS)
  const rss = await Promise.all(kinds.map((kind) => medianMemory(kind, 'rss')))
  const anonymous = await Promise.all(kinds.map((kind) => medianMemory(kind, 'anonymous')))
  const after = await countCalls(loggedIn, exporters)
  for (const { child } of kinds.flatMap(({ kept }) => kept)) await processes.stop(child)
  await processes.stop(loggedIn.monzo)

  const starts = kinds.map(({ startsMs }) => median(startsMs))
  return [
    ...startRows(floor, ours, starts),
    ...memoryRows(rss, anonymous),
    ...callRows(before, after),
  ]
}

/** Measures one start. */
export async function startOnce(kind: Kind, isKept: boolean, processes: Processes): Promise<void> {
  const port = await freePort()
  const start = await kind.prepare(port)
  const startedMs = performance.now()
  const child = start()
  await waitForStats(port, child)
  kind.startsMs.push(performance.now() - startedMs)
  if (isKept) kind.kept.push({ child, port })
  else await processes.stop(child)
}

/** @returns of those kept, in MiB. */
export async function medianMemory({ kept }: Kind, what: 'rss' | 'anonymous'): Promise<number> {
  const memories = await Promise.all(kept.map(({ child }) => memoryOf(child)))
  return median(memories.map((memory) => memory[what]))
}

function startRows(floor: Kind, ours: Kind, [base = 0, bundled = 0, plain = 0]: number[]): Row[] {
  const ratios = ours.startsMs.map((ms, n) => ms / (floor.startsMs[n] ?? Number.NaN))
  const limit = MOST_TIMES_FLOORS_START
  const ms = (value: number): string => `${value.toFixed(0)} ms`
  const times = `(${(plain / base).toFixed(2)} ×)`
  return [
    {
      what: 'start to the first /stats answer, bundle',
      floor: ms(base),
      exporter: ms(bundled),
      budget: { measured: median(ratios), limit, bound: 'at most', unit: '×' },
    },
    { what: '… node dist/main.js', floor: ms(base), exporter: `${ms(plain)} ${times}` },
  ]
}

function memoryRows(rss: readonly number[], anonymous: readonly number[]): Row[] {
  const [base = 0, bundled = 0, plain = 0] = rss
  const [baseAnonymous = 0, bundledAnonymous = 0, plainAnonymous = 0] = anonymous
  const limit = MOST_MIB_OVER_FLOOR
  const mib = (value: number): string => `${value.toFixed(1)} MiB`
  return [
    {
      what: 'resident memory, idle and logged in, bundle',
      floor: mib(base),
      exporter: mib(bundled),
      budget: { measured: bundled - base, limit, bound: 'at most', unit: 'MiB more' },
    },
    { what: '… of that not of a file', floor: mib(baseAnonymous), exporter: mib(bundledAnonymous) },
    { what: '… node dist/main.js', floor: mib(base), exporter: mib(plain) },
    { what: '… of that not of a file', floor: mib(baseAnonymous), exporter: mib(plainAnonymous) },
  ]
}

interface Calls {
  readonly polls: number
  readonly all: number
  readonly accounts: number
}

/** @returns a moment between two polls: a poll takes a few milliseconds of each five seconds. */
async function countCalls({ monzo }: LoggedIn, ports: readonly number[]): Promise<Calls> {
  for (;;) {
    const { counts = {} } = await ask<MonzoAnswer>(monzo, { do: 'count' })
    await sleep(200)
    const polls = (await Promise.all(ports.map(pollsOf))).reduce((sum, n) => sum + n, 0)
    const { counts: later = {} } = await ask<MonzoAnswer>(monzo, { do: 'count' })
    const all = sum(counts)
    if (all === sum(later)) return { polls, all, accounts: counts['GET /accounts'] ?? 0 }
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

async function pollsOf(port: number): Promise<number> {
  const { body } = await get(port, '/stats')
  return Number(/^monzo_poll_duration_seconds_count (\d+)$/m.exec(body)?.[1] ?? 0)
}

function callRows(before: Calls, after: Calls): Row[] {
  const polls = after.polls - before.polls
  const calls = after.all - before.all
  const accounts = after.accounts - before.accounts
  const perPoll = calls / polls
  return [
    {
      what: `calls to Monzo per poll, one account (${polls} polls)`,
      floor: '',
      exporter: perPoll.toFixed(2),
      budget: { measured: perPoll, limit: MOST_CALLS_PER_POLL, bound: 'at most', unit: 'calls' },
    },
    {
      what: '… of /accounts, in less than ten minutes',
      floor: '',
      exporter: String(accounts),
      budget: { measured: accounts, limit: 0, bound: 'at most', unit: 'calls' },
    },
  ]
}
