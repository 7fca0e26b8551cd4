import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, median, type Row } from './budget.ts'
import {
  countCalls,
  MONTH,
  type Monzo,
  type Prepared,
  prepareExporter,
  prepareFloor,
  type Running,
  startMonzo,
  startOnce,
  waitFor,
} from './exporter.ts'
import { memoryOf, workOf, workSince } from './processes.ts'
import type { Bench } from './programs.ts'

const KEPT = 3 // of each kind
const POLLING_S = 15 // the default
const WATCHED_S = 5 * POLLING_S
/**
 * How long after its start a program has nothing left to do but its polls. A long month is read in
 * two minutes, and V8 collects the garbage of that 100 and 200 s later on Node 24, sooner on Node 20.
 * @see https://github.com/nodejs/node/issues/66564
 */
const SETTLES_MS = 360_000
const MOST_MIB_OVER_FLOOR = process.version.startsWith('v20.') ? 9 : 18
const MOST_CPU_MS = 8
const MOST_WAKE_UPS = 1.5
const MOST_CALLS_PER_POLL = 3
const SHORT_MONTH = 100
const LONG_MONTH = 10_000
const MOST_TIMES_SHORT_MONTH = 1.2

/** Programs that have little to do. */
export interface Idle {
  readonly floor: readonly Running[]
  /** Of a person with one account. */
  readonly ours: readonly Running[]
  readonly short: readonly Running[]
  readonly long: readonly Running[]
  readonly monzos: readonly Monzo[]
  /** On performance.now(). */
  readonly startedMs: number
}

/** Starts what `measureIdle` watches when it has settled. */
export async function startIdle(bench: Bench, monzo: Monzo): Promise<Idle> {
  const short = await startMonzo(bench, { count: 1, transactions: SHORT_MONTH })
  const long = await startMonzo(bench, { count: 1, transactions: LONG_MONTH })
  return {
    long: await startSome(() => prepareExporter(bench, long)),
    short: await startSome(() => prepareExporter(bench, short)),
    ours: await startSome(() => prepareExporter(bench, monzo)),
    floor: await startSome(() => prepareFloor(bench)),
    monzos: [short, long],
    startedMs: performance.now(),
  }
}

async function startSome(prepare: () => Promise<Prepared>): Promise<readonly Running[]> {
  const some: Running[] = []
  for (let n = 0; n < KEPT; n++) some.push(await startOnce(await prepare()))
  return some
}

/**
 * Memory, CPU, wake-ups and calls to Monzo of programs that nobody asks for anything, all in the
 * same minute. Stops them.
 */
export async function measureIdle(bench: Bench, monzo: Monzo, idle: Idle): Promise<readonly Row[]> {
  const { floor, ours, short, long, monzos } = idle
  for (const running of [...ours, ...short, ...long])
    if (!(await waitFor(running, MONTH, { lookMs: 500 }))) throw new Error('a month stays unknown')
  await settle(idle.startedMs)

  const callsBefore = await betweenPolls(monzo)
  const seen = await Promise.all([floor, ours, short, long].map((kind) => watch(kind)))
  const calls = (await betweenPolls(monzo)).map((count, n) => count - (callsBefore[n] ?? 0))
  const [polls = 0, accounts = 0, all = 0] = calls
  for (const { child } of [...floor, ...ours, ...short, ...long, ...monzos])
    await bench.processes.stop(child)

  const [base = NOTHING, own = NOTHING, few = NOTHING, many = NOTHING] = seen
  return [
    {
      what: 'resident memory, idle and logged in',
      base: `${base.mib.toFixed(1)} MiB`,
      exporter: `${own.mib.toFixed(1)} MiB`,
      rounds: KEPT,
      budget: atMost(MOST_MIB_OVER_FLOOR, 'MiB more', own.mib - base.mib),
    },
    {
      what: `idle: CPU per ${POLLING_S} s with one poll`,
      base: `${base.cpuMs.toFixed(1)} ms`,
      exporter: `${own.cpuMs.toFixed(1)} ms`,
      rounds: KEPT,
      budget: atMost(MOST_CPU_MS, 'ms', own.cpuMs),
    },
    {
      what: 'idle: wake-ups per second',
      base: base.wakeUps.toFixed(2),
      exporter: own.wakeUps.toFixed(2),
      rounds: KEPT,
      budget: atMost(MOST_WAKE_UPS, '/s', own.wakeUps),
    },
    {
      what: `calls to Monzo per poll, one account (${polls} polls)`,
      exporter: (all / polls).toFixed(2),
      budget: atMost(MOST_CALLS_PER_POLL, 'calls', all / polls),
    },
    {
      what: '… of /accounts, in less than ten minutes',
      exporter: String(accounts),
      budget: atMost(0, 'calls', accounts),
    },
    {
      what: `CPU per poll, ${LONG_MONTH} transactions this month to ${SHORT_MONTH}`,
      base: `${few.cpuMs.toFixed(1)} ms`,
      exporter: `${many.cpuMs.toFixed(1)} ms`,
      rounds: KEPT,
      budget: atMost(MOST_TIMES_SHORT_MONTH, '×', many.cpuMs / few.cpuMs),
    },
  ]
}

/** Waits until what was started then has nothing left to do but its polls. */
export const settle = (startedMs: number): Promise<void> =>
  sleep(Math.max(0, startedMs + SETTLES_MS - performance.now()))

/** Of one program: medians of all of its kind. */
interface Seen {
  readonly mib: number
  /** Per interval between two polls. */
  readonly cpuMs: number
  /** Per second. */
  readonly wakeUps: number
}

const NOTHING: Seen = { mib: Number.NaN, cpuMs: Number.NaN, wakeUps: Number.NaN }

/** What programs of one kind do in the same minute. */
export async function watch(kind: readonly Running[]): Promise<Seen> {
  const works = await Promise.all(
    kind.map(async ({ child }) => {
      const before = await workOf(child)
      await sleep(WATCHED_S * 1000)
      return { ...(await workSince(child, before)), mib: (await memoryOf(child)).rss }
    }),
  )
  return {
    mib: median(works.map(({ mib }) => mib)),
    cpuMs: (median(works.map(({ cpuMs }) => cpuMs)) * POLLING_S) / WATCHED_S,
    wakeUps: median(works.map(({ wakeUps }) => wakeUps)) / WATCHED_S,
  }
}

/** @returns balances, lists of accounts and all that were asked for, when no poll is under way. */
async function betweenPolls(monzo: Monzo): Promise<readonly number[]> {
  for (;;) {
    const counts = await countCalls(monzo)
    const all = sum(counts)
    await sleep(200) // a poll takes a few milliseconds
    if (sum(await countCalls(monzo)) === all)
      return [counts['GET /balance'] ?? 0, counts['GET /accounts'] ?? 0, all]
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)
