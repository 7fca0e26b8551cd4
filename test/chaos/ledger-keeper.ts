import { openLedger } from '../../src/history/ledger-file.ts'
import type { LedgerLine } from '../../src/history/ledger-lines.ts'
import type { Posting } from '../../src/readings/posting.ts'

/** What the parent wants, as JSON in the first argument. */
export interface LedgerKeeperOptions {
  readonly folder: string
  readonly accountId: string
  /** How many transactions it keeps. */
  readonly count: number
  /** How often it changes all of them; half of the file is superseded each time. */
  readonly rounds: number
}

const CREATED_MS = Date.UTC(2024, 0, 1)
const HOUR_MS = 3_600_000

/** A program for killing: a ledger whose file is written anew again and again. Says `round n` after each. */
async function main({ folder, accountId, count, rounds }: LedgerKeeperOptions): Promise<void> {
  const file = await openLedger(folder, { accountId, createdMs: CREATED_MS })
  for (let round = 1; round <= rounds; round++) {
    await file.append(Array.from({ length: count }, (_, n) => lineOf(n, round)))
    process.stdout.write(`round ${round}\n`)
  }
  process.stdout.write('done\n')
}

function lineOf(n: number, round: number): LedgerLine {
  const posting: Posting = {
    id: `tx_${n}`,
    createdMs: CREATED_MS + n * HOUR_MS,
    amountMinor: -round,
    outcome: 'settled',
    isInSpending: true,
    isPotMove: false,
    category: 'groceries',
  }
  return { kind: 'posting', posting, currency: 'GBP' }
}

void main(JSON.parse(process.argv[2] ?? ''))
