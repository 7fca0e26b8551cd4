import { openLedger } from '../../src/history/ledger-file.ts'
import type { LedgerLine } from '../../src/history/ledger-lines.ts'
import type { Bank } from '../../src/sandbox/bank/bank.ts'
import type { Entry } from '../../src/sandbox/bank/entry.ts'

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
