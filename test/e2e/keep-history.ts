import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { daysOf } from '../../src/history/days.ts'
import { readLedgers } from '../../src/history/read-ledgers.ts'
import { londonDate } from '../../src/lib/london.ts'
import { parseExposition } from '../metrics/parse-exposition.ts'
import { type ExporterOptions, eventually, setUp } from './harness.ts'

/** An exporter that keeps the history, and what the bank's own books say of it. */
export async function keepHistory(t: TestContext, options: ExporterOptions = {}) {
  const exporter = await setUp(t, {
    ...options,
    settings: { history: 'true', ...options.settings },
  })
  const { bank } = exporter.sandbox
  const folder = exporter.config.history_folder
  /** The accounts that are exported. */
  const accounts = async () => {
    const all = parseExposition(Buffer.from(await exporter.stats()))
    const ids = all.filter(({ name }) => name === 'monzo_balance')
    return ids.map(({ labels }) => labels['account_id'] ?? '')
  }
  /** What `/stats` says of one account: by name, each with its other labels. */
  const shown = async (accountId: string) => {
    const all = parseExposition(Buffer.from(await exporter.stats()))
    return all.filter(({ labels }) => labels['account_id'] === accountId)
  }
  const value = async (name: string, accountId: string) =>
    (await shown(accountId)).find((one) => one.name === name)?.value
  const ledgers = async () => {
    const { ledgers: read, faults } = await readLedgers(folder)
    assert.deepEqual(faults, [])
    return read
  }
  const ledgerOf = async (accountId: string) =>
    (await ledgers()).find((one) => one.accountId === accountId) ?? assert.fail('no ledger')

  /** Every day that is over is kept, and is as in the bank's books. */
  const isInBooks = async (accountId: string, { since = '' } = {}) => {
    const nowMs = exporter.clock.now()
    const days = daysOf(await ledgerOf(accountId), nowMs)
    const kept = days.map(({ span, balanceMinor, receivedMinor, spent }) => ({
      date: londonDate(span.startMs),
      ...{ balanceMinor, receivedMinor, spentMinor: withoutZeros(Object.fromEntries(spent)) },
    }))
    const books = bank.days(accountId).flatMap(({ transactions: _, ...day }) => {
      const isOver = day.date < londonDate(nowMs) && day.date >= since
      return isOver ? [{ ...day, spentMinor: withoutZeros(day.spentMinor) }] : []
    })
    assert.ok(books.length > 30, 'no books to compare with')
    assert.deepEqual(kept, books)
  }

  /** Every month at `/stats` is as in the bank's books: its money, and its last balance. */
  const areMonthsInBooks = async (accountId: string) => {
    const series = await shown(accountId)
    const valuesOf = (name: string, month: string, label: string) =>
      Object.fromEntries(
        series
          .filter((one) => one.name === name && one.labels['month'] === month)
          .map(({ labels, value }) => [labels[label] ?? '', Math.round(value * 100)]),
      )
    const monthOf = ({ date }: { readonly date: string }) => date.slice(0, 7)
    const books = bank.days(accountId)
    const thisMonth = londonDate(exporter.clock.now()).slice(0, 7)
    const months = [...new Set(books.map(monthOf))].filter((month) => month < thisMonth).slice(-24)
    for (const month of months) {
      const days = books.filter((day) => monthOf(day) === month)
      const spent: Record<string, number> = {}
      for (const { spentMinor } of days)
        for (const [category, minor] of Object.entries(spentMinor))
          spent[category] = (spent[category] ?? 0) + minor
      const received = days.reduce((sum, day) => sum + day.receivedMinor, 0)
      const told = valuesOf('monzo_category_spent_past_month', month, 'category')
      assert.deepEqual(withoutZeros(told), withoutZeros(spent), month)
      assert.deepEqual(valuesOf('monzo_received_past_month', month, 'currency'), { GBP: received })
      const GBP = days.at(-1)?.balanceMinor
      assert.deepEqual(valuesOf('monzo_balance_month_end', month, 'currency'), { GBP }, month)
    }
    return months.length
  }
  const said = (pattern: RegExp) => exporter.log.lines.filter((line) => pattern.test(line))
  return {
    ...exporter,
    ...{ historyFolder: folder, accounts, shown, valueOf: value, ledgerOf, ledgers },
    ...{ isInBooks, areMonthsInBooks, said },
    /** The line of a login in the log that says how many were read. */
    isRead: () => eventually(() => assert.equal(said(/Read history in/).length, 1)),
    fileOf: (accountId: string) => readFile(join(folder, `${accountId}.jsonl`), 'utf8'),
  }
}

const withoutZeros = (sums: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(sums)
      .filter(([, minor]) => minor !== 0)
      .sort(),
  )
