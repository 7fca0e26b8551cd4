import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { openLedger } from '../../src/history/ledger-file.ts'
import type { LedgerLine } from '../../src/history/ledger-lines.ts'
import { pastOf } from '../../src/history/past.ts'
import { readLedgers } from '../../src/history/read-ledgers.ts'
import type { Bank } from '../../src/sandbox/bank/bank.ts'
import type { Entry } from '../../src/sandbox/bank/entry.ts'
import { FakeClock } from './clock.ts'
import { createContext } from './context.ts'

/** Fills a folder as the exporter does when it has read in everything that Monzo has of the account. */
export async function keepHistory(
  folder: string,
  bank: Bank,
  accountId: string,
  nowMs: number,
): Promise<void> {
  const { createdMs = 0, currency = 'GBP' } = bank.findAccount(accountId) ?? {}
  const file = await openLedger(folder, { accountId, createdMs })
  const known = { startMs: createdMs, endMs: nowMs }
  await file.append([
    ...bank.transactions(accountId).map((entry) => toLine(entry, currency, nowMs)),
    { kind: 'known', span: known },
    {
      kind: 'opening',
      opening: { minor: bank.balanceAt(accountId, createdMs), currency, fromMs: createdMs },
    },
  ])
}

function toLine(entry: Entry, currency: string, nowMs: number): LedgerLine {
  const { id, createdMs, amountMinor, category, categories, isInSpending, scheme } = entry
  const parts = Object.entries(categories ?? {})
  return {
    kind: 'posting',
    currency,
    posting: {
      id,
      createdMs,
      amountMinor,
      outcome: outcomeOf(entry, nowMs),
      isInSpending,
      isPotMove: scheme === 'uk_retail_pot',
      category,
      ...(parts.length > 1 && { split: parts }),
    },
  }
}

function outcomeOf({ declineReason, settledMs }: Entry, nowMs: number) {
  if (declineReason !== undefined) return 'declined'
  return settledMs !== undefined && settledMs <= nowMs ? 'settled' : 'pending'
}

/** What `/stats` says of what is kept in a folder. */
export async function pastOnStats(folder: string, nowMs: number): Promise<string> {
  const { ledgers } = await readLedgers(folder)
  const lines = ledgers.flatMap((ledger) => {
    const { accountId, currency = 'GBP', months, startMs = 0 } = pastOf(ledger, nowMs)
    const account = `account_id="${accountId}"`
    const money = `${account},currency="${currency}"`
    return [
      `monzo_history_start_timestamp_seconds{${account}} ${startMs / 1000}`,
      ...months.flatMap(({ month, spent, receivedMinor, balanceMinor = 0 }) => [
        ...spent.map(
          ({ category, amountMinor }) =>
            `monzo_category_spent_past_month{${money},category="${category}",month="${month}"} ${amountMinor / 100}`,
        ),
        `monzo_received_past_month{${money},month="${month}"} ${receivedMinor / 100}`,
        `monzo_balance_month_end{${money},month="${month}"} ${balanceMinor / 100}`,
      ]),
    ]
  })
  return `${lines.join('\n')}\n`
}

/** What `history export` writes of it. */
export async function exportedHistory(
  t: TestContext,
  folder: string,
  nowMs: number,
): Promise<string> {
  const { context, stdout, stderr } = await createContext(t, ['history', 'export'], {
    'config.toml': `history_folder = "${folder}"\n`,
  })
  const code = await run({ ...context, clock: new FakeClock(new Date(nowMs).toISOString()) })
  assert.equal(code, 0, stderr())
  return stdout()
}
