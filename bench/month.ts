import type { Transaction } from '../src/monzo/schemas.ts'
import { createMonth, withRead } from '../src/readings/month.ts'
import { toPosting } from '../src/readings/posting.ts'
import { transaction } from '../test/fakes/transaction.ts'
import { atMost, median, type Row } from './budget.ts'

const SMALL = 1000
const LARGE = 100_000
const ROUNDS = 15
const MOST_TIMES_SMALL = 1.2
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

/** @returns what is done with all transactions of a month when they are read again, parsed. */
async function readAgain(transactions: readonly Transaction[]): Promise<() => Promise<unknown>> {
  const postings = () => transactions.map((one) => toPosting(one, false))
  const month = createMonth(FIRST_MS, postings())
  return async () => {
    if (withRead(month, FIRST_MS - 1, postings()) !== month) throw new Error('there was news')
  }
}

const transactionsOf = (count: number): readonly Transaction[] =>
  Array.from({ length: count }, (_, n) =>
    transaction({ created: new Date(FIRST_MS + n * STEP_MS).toISOString() }),
  )
