import { MonthLedger } from '../src/login/month-reader.ts'
import type { Transaction } from '../src/monzo/schemas.ts'
import { FakeClock } from '../test/fakes/clock.ts'
import { transaction } from '../test/fakes/transaction.ts'
import { atMost, median, type Row } from './budget.ts'

const SMALL = 1000
const LARGE = 100_000
const ROUNDS = 15
const MOST_TIMES_SMALL = 1.2
const NOW = '2026-11-28T00:00:00Z'
const FIRST_MS = Date.parse('2026-11-01T00:00:00Z')
const STEP_MS = 20_000 // a hundred thousand fit into the month

/** How the reading of a month in which nothing is new grows with its transactions. */
export async function measureMonth(): Promise<Row> {
  const small = await readAgain(transactionsOf(SMALL))
  const large = await readAgain(transactionsOf(LARGE))
  const took = async (read: () => Promise<unknown>, times: number): Promise<number> => {
    const beganMs = performance.now()
    for (let time = 0; time < times; time++) await read()
    return performance.now() - beganMs
  }
  // As many transactions on both sides: what each of them takes can be compared directly.
  const pairs: { readonly small: number; readonly large: number }[] = []
  await took(small, LARGE / SMALL) // until it is compiled by the optimizing compiler
  for (let round = 0; round < ROUNDS; round++)
    pairs.push({ small: await took(small, LARGE / SMALL), large: await took(large, 1) })
  const each = (ms: readonly number[]): string => `${((median(ms) / LARGE) * 1e6).toFixed(0)} ns`
  return {
    what: `reading a month without news, per transaction, ${LARGE} to ${SMALL}`,
    base: each(pairs.map(({ small }) => small)),
    exporter: each(pairs.map(({ large }) => large)),
    rounds: ROUNDS,
    budget: atMost(MOST_TIMES_SMALL, '×', median(pairs.map(({ small, large }) => large / small))),
  }
}

/** Reads a month once. @returns what reads it again, as a poll does. */
async function readAgain(transactions: readonly Transaction[]): Promise<() => Promise<unknown>> {
  const { signal } = new AbortController()
  const month = new MonthLedger({
    clock: new FakeClock(NOW),
    accountId: 'acc_0000',
    keepsDescriptions: false,
    reader: {
      // From the newest backwards, so that it costs nothing to hand out few of many.
      readTransactions: async (_accountId, sinceMs) => {
        const since = new Date(sinceMs).toISOString()
        const known = transactions.findLastIndex(({ created }) => created <= since)
        return { transactions: transactions.slice(known + 1), skipped: 0 }
      },
    },
  })
  await month.read(signal)
  return () => month.read(signal)
}

const transactionsOf = (count: number): readonly Transaction[] =>
  Array.from({ length: count }, (_, n) =>
    transaction({ created: new Date(FIRST_MS + n * STEP_MS).toISOString() }),
  )
