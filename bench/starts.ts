import { atMost, median, type Row } from './budget.ts'
import {
  BALANCE,
  type Monzo,
  type Prepared,
  prepareExporter,
  prepareFloor,
  startMonzo,
  startOnce,
  waitFor,
} from './exporter.ts'
import type { Bench } from './programs.ts'

const ROUNDS = 15
const MOST_TIMES_FLOORS_START = 2.2
const MOST_MS_TO_BALANCE = 100 // after the first answer

const MONTH_ROUNDS = 5
const LONG_MONTH = 10_000
const GIVE_UP_MS = 20_000 // one that takes longer misses its budget anyway
// The balance comes with the second call, however long the month is; what is read after it may take
// some of the same core. Waiting for one more page would double the time.
const MOST_TIMES_EMPTY_MONTH = 1.5

const ms = (value: number): string => `${value.toFixed(0)} ms`

/** From the start of the process to the first answer, and to the first balance. */
export async function measureStarts(bench: Bench, monzo: Monzo): Promise<readonly Row[]> {
  const pairs: { floor: Start; ours: Start }[] = []
  for (let round = 0; round < ROUNDS; round++)
    pairs.push({
      floor: await start(bench, await prepareFloor(bench)),
      ours: await start(bench, await prepareExporter(bench, monzo), BALANCE),
    })
  const floorMs = median(pairs.map(({ floor }) => floor.answerMs))
  const answerMs = median(pairs.map(({ ours }) => ours.answerMs))
  const balanceMs = median(pairs.map(({ ours }) => ours.patternMs))
  return [
    {
      what: 'start to the first /stats answer',
      base: ms(floorMs),
      exporter: ms(answerMs),
      rounds: ROUNDS,
      budget: atMost(
        MOST_TIMES_FLOORS_START,
        '×',
        median(pairs.map(({ floor, ours }) => ours.answerMs / floor.answerMs)),
      ),
    },
    {
      what: 'start to the first balance, after the first answer',
      exporter: ms(balanceMs),
      rounds: ROUNDS,
      budget: atMost(
        MOST_MS_TO_BALANCE,
        'ms',
        median(pairs.map(({ ours }) => ours.patternMs - ours.answerMs)),
      ),
    },
  ]
}

/** From the start of the process to the first balance of an account with a long month. */
export async function measureLongMonth(bench: Bench): Promise<Row> {
  const [empty, long] = await Promise.all([
    startMonzo(bench, { count: 1, transactions: 0 }),
    startMonzo(bench, { count: 1, transactions: LONG_MONTH }),
  ])
  const pairs: { empty: Start; long: Start }[] = []
  for (let round = 0; round < MONTH_ROUNDS; round++) {
    pairs.push({
      empty: await start(bench, await prepareExporter(bench, empty), BALANCE),
      long: await start(bench, await prepareExporter(bench, long), BALANCE),
    })
    if (pairs.some(({ long }) => long.patternMs >= GIVE_UP_MS)) break // the next ones won't help
  }
  for (const { child } of [empty, long]) await bench.processes.stop(child)
  const emptyMs = median(pairs.map(({ empty }) => empty.patternMs))
  const longMs = median(pairs.map(({ long }) => long.patternMs))
  return {
    what: `start to the first balance, ${LONG_MONTH} transactions this month to none`,
    base: ms(emptyMs),
    exporter: longMs < GIVE_UP_MS ? ms(longMs) : `more than ${ms(GIVE_UP_MS)}`,
    rounds: pairs.length,
    budget: atMost(
      MOST_TIMES_EMPTY_MONTH,
      '×',
      median(pairs.map(({ empty, long }) => long.patternMs / empty.patternMs)),
    ),
  }
}

/** In ms, since the process was started. */
interface Start {
  readonly answerMs: number
  /** Until `/stats` looked as wanted; `GIVE_UP_MS` or more if it didn't. */
  readonly patternMs: number
}

async function start({ processes }: Bench, prepared: Prepared, pattern = /^/): Promise<Start> {
  const beganMs = performance.now()
  const running = await startOnce(prepared)
  await waitFor(running, pattern, { giveUpMs: GIVE_UP_MS })
  const patternMs = performance.now() - beganMs
  await processes.stop(running.child)
  return { answerMs: running.tookMs, patternMs }
}
