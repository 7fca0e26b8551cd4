import { execFile } from 'node:child_process'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ledgerPath } from '../src/history/ledger-file.ts'
import { type LedgerLine, renderHead, renderLine } from '../src/history/ledger-lines.ts'
import { DAY_MS } from '../src/lib/clock.ts'
import type { Posting } from '../src/readings/posting.ts'
import { atMost, median, type Row } from './budget.ts'
import {
  type Monzo,
  type PreparedExporter,
  prepareExporter,
  type Running,
  startMonzo,
  startOnce,
  waitFor,
} from './exporter.ts'
import { settle, watch } from './idle.ts'
import { memoryOf } from './processes.ts'
import type { Bench } from './programs.ts'

// What years of history cost: an exporter that keeps many transactions beside one that keeps none.

const MANY = 100_000
const YEARS = 10
const CATEGORIES = ['groceries', 'eating_out', 'transport', 'bills', 'shopping', 'entertainment']
const SINCE_DAYS = YEARS * 365
/** Older than what is read whole each day: the simulated Monzo knows none of them. */
const UNTIL_DAYS = 90

const START_ROUNDS = 11
const MOST_TIMES_START = 1.2
const KEPT = 3
const MOST_MIB = 40
const MOST_TIMES_CPU = 1.2
const EXPORT_ROUNDS = 5
const LOOK_MS = 5 // the time is not exacter than that
const MOST_EXPORT_S = 2
const MOST_EXPORT_MIB = 200

const READ = /^monzo_history_transactions\{/m

type Prepare = (count: number) => Promise<PreparedExporter>

/** Programs that keep history and have little to do. */
export interface Keeping {
  readonly monzo: Monzo
  readonly prepare: Prepare
  readonly none: readonly Running[]
  readonly many: readonly Running[]
  /** On performance.now(). */
  readonly startedMs: number
}

/** Starts what `measureKeeping` watches when it has settled. */
export async function startKeeping(bench: Bench): Promise<Keeping> {
  const monzo = await startMonzo(bench, { count: 1, transactions: 100 })
  const prepare = async (count: number): Promise<PreparedExporter> => {
    const prepared = await prepareExporter(bench, monzo, { settings: { history: 'true' } })
    if (count > 0) await keep(prepared.cwd, monzo, count)
    return prepared
  }
  const start = async (count: number) => {
    const some: Running[] = []
    for (let n = 0; n < KEPT; n++) some.push(await startOnce(await prepare(count)))
    for (const running of some)
      if (!(await waitFor(running, READ, { lookMs: 200 })))
        throw new Error('no history is exported')
    return some
  }
  const [none, many] = [await start(0), await start(MANY)]
  return { monzo, prepare, none, many, startedMs: performance.now() }
}

/** What starting with history, exporting it and reading it in take. */
export async function measureHistory(bench: Bench, { prepare }: Keeping): Promise<readonly Row[]> {
  return [
    await measureStart(bench, prepare),
    ...(await measureExport(bench, await prepare(MANY))),
    await measureReadingIn(),
  ]
}

/** Writes what an exporter that ran for years would have kept. */
async function keep(cwd: string, { access }: Monzo, count: number): Promise<void> {
  const accountId = access.accountId ?? ''
  const path = ledgerPath(join(cwd, 'history'), accountId)
  const nowMs = Date.now()
  const createdMs = nowMs - SINCE_DAYS * DAY_MS
  const stepMs = ((SINCE_DAYS - UNTIL_DAYS) * DAY_MS) / count
  const lines: LedgerLine[] = []
  for (let n = 0; n < count; n++)
    lines.push({ kind: 'posting', currency: 'GBP', posting: payment(n, createdMs + n * stepMs) })
  lines.push({ kind: 'known', span: { startMs: createdMs, endMs: nowMs } })
  lines.push({ kind: 'opening', opening: { minor: 0, currency: 'GBP', fromMs: createdMs } })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const text = renderHead({ accountId, createdMs }) + lines.map(renderLine).join('')
  await writeFile(path, text, { mode: 0o600 })
}

const payment = (n: number, createdMs: number): Posting => ({
  id: `tx_0000${String(n).padStart(18, '0')}`,
  createdMs: Math.floor(createdMs),
  amountMinor: -(100 + (n % 5000)),
  outcome: 'settled',
  isInSpending: true,
  isPotMove: false,
  category: CATEGORIES[n % CATEGORIES.length] ?? 'general',
})

/** From the start of the process to the first answer. */
async function measureStart({ processes }: Bench, prepare: Prepare): Promise<Row> {
  const pairs: { none: number; many: number }[] = []
  const start = async (count: number) => {
    const { child, tookMs } = await startOnce(await prepare(count))
    await processes.stop(child)
    return tookMs
  }
  for (let round = 0; round < START_ROUNDS; round++)
    pairs.push({ none: await start(0), many: await start(MANY) })
  const ms = (values: readonly number[]) => `${median(values).toFixed(0)} ms`
  return {
    what: `start to the first /stats answer, ${MANY} transactions of history to none`,
    base: ms(pairs.map(({ none }) => none)),
    exporter: ms(pairs.map(({ many }) => many)),
    rounds: START_ROUNDS,
    budget: atMost(MOST_TIMES_START, '×', median(pairs.map(({ none, many }) => many / none))),
  }
}

/** Memory and CPU while nobody asks for anything. Stops what it watches. */
export async function measureKeeping(
  { processes }: Bench,
  keeping: Keeping,
): Promise<readonly Row[]> {
  await settle(keeping.startedMs)
  const [none, many] = await Promise.all([watch(keeping.none), watch(keeping.many)])
  for (const { child } of [...keeping.none, ...keeping.many, keeping.monzo])
    await processes.stop(child)
  return [
    {
      what: `resident memory, ${MANY} transactions of history to none`,
      base: `${none.mib.toFixed(1)} MiB`,
      exporter: `${many.mib.toFixed(1)} MiB`,
      rounds: KEPT,
      budget: atMost(MOST_MIB, 'MiB more', many.mib - none.mib),
    },
    {
      what: '… CPU per poll',
      base: `${none.cpuMs.toFixed(1)} ms`,
      exporter: `${many.cpuMs.toFixed(1)} ms`,
      rounds: KEPT,
      budget: atMost(MOST_TIMES_CPU, '×', many.cpuMs / none.cpuMs),
    },
  ]
}

/** `history export` of all of it into a file. */
async function measureExport(bench: Bench, { cwd }: PreparedExporter): Promise<readonly Row[]> {
  const runs: { seconds: number; mib: number }[] = []
  const output = join(cwd, 'history.om')
  for (let round = 0; round < EXPORT_ROUNDS; round++) {
    const beganMs = performance.now()
    const args = [bench.programs.exporter, 'history', 'export', '--force', '--output', output]
    const child = bench.processes.start(args, { cwd })
    let mib = 0
    while (child.exitCode === null) {
      const { peak } = await memoryOf(child).catch(() => ({ peak: 0 })) // it may just have ended
      if (peak > mib) mib = peak
      await sleep(LOOK_MS)
    }
    if (child.exitCode !== 0) throw new Error('the export failed')
    runs.push({ mib, seconds: (performance.now() - beganMs) / 1000 })
  }
  const seconds = median(runs.map((run) => run.seconds))
  const mib = Math.max(...runs.map((run) => run.mib))
  const { size } = await stat(output)
  return [
    {
      what: `history export, ${MANY} transactions over ${YEARS} years to ${(size / 2 ** 20).toFixed(1)} MiB`,
      exporter: `${seconds.toFixed(2)} s`,
      rounds: EXPORT_ROUNDS,
      budget: atMost(MOST_EXPORT_S, 's', seconds),
    },
    {
      what: '… resident memory at most',
      exporter: `${mib.toFixed(0)} MiB`,
      rounds: EXPORT_ROUNDS,
      budget: atMost(MOST_EXPORT_MIB, 'MiB', mib),
    },
  ]
}

const READING_IN = 'test/e2e/reliability-history.test.ts'
const WINDOW_S = 300

/** Reading in takes minutes, so that is measured on the clock of the test that drives it. */
async function measureReadingIn(): Promise<Row> {
  const args = ['--import', 'tsx', '--test', '--test-name-pattern', '20,000', READING_IN]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const [, seconds, count] = /Read history in (\d+) s: (\d+) transactions/.exec(stdout) ?? []
  return {
    what: `reading in ${count} transactions at 150 ms a reply, on a driven clock`,
    exporter: `${seconds} s`,
    budget: atMost(WINDOW_S, 's', Number(seconds)),
  }
}
