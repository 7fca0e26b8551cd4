import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { createBank } from '../../src/sandbox/bank/bank.ts'
import { FakeClock } from '../fakes/clock.ts'
import { exportedHistory, keepHistory, pastOnStats } from '../fakes/kept-history.ts'
import { createFolder } from '../fakes/world.ts'
import { startPrometheus } from '../grafana/prometheus.ts'
import { asSent, QUERIES } from './boards.ts'

const NOW = '2026-11-27T09:00:00Z'
const LIVE = 'monzo_category_spent_month' // of this month, which the other dashboards have, too

it('gets data from a real Prometheus for every query of Monzo history, and the right sums', async (t) => {
  const nowMs = Date.parse(NOW)
  const bank = createBank(1, new FakeClock(NOW), () => 0)
  const [person] = bank.people
  const [account] = bank
    .accountsOf(person?.id ?? '')
    .filter(({ type, isClosed }) => type === 'uk_retail' && !isClosed)
  assert.ok(account)
  const folder = join(await createFolder(t), 'history')
  await mkdir(folder)
  await keepHistory(folder, bank, account.id, nowMs)
  const info = `monzo_account_info{account_id="${account.id}",account_type="uk_retail",account_name=""} 1\n`
  const prometheus = await startPrometheus(t, {
    scrapes: [{ atMs: nowMs, text: info + (await pastOnStats(folder, nowMs)) }],
    imported: await exportedHistory(t, folder, nowMs),
  })
  if (!prometheus) return

  const queries = QUERIES.filter(
    ({ where, expr }) => where.startsWith('Monzo history: ') && !expr.includes(`${LIVE}{`),
  )
  assert.ok(queries.length >= 8)
  const found = new Map<string, Awaited<ReturnType<typeof prometheus.at>>>()
  for (const { where, expr, legendFormat } of queries) {
    const series = await prometheus.at(asSent(expr, { interval: '30d' }), nowMs)
    assert.notDeepEqual(series, [], where)
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
    for (const { labels } of series) for (const label of named) assert.ok(labels[label], where)
    found.set(
      `${where.slice('Monzo history: '.length)}: ${legendFormat.split('\u00a0')[0]}`,
      series,
    )
  }

  /** What the bank's own books say, in pounds. */
  const books = bank.days(account.id)
  const october = books.filter(({ date }) => date.startsWith('2026-10-'))
  const spentIn = (days: typeof books): number =>
    days.flatMap(({ spentMinor }) => Object.values(spentMinor)).reduce((a, b) => a + b, 0) / 100
  const shown = (title: string, of: (labels: Readonly<Record<string, string>>) => boolean) =>
    (found.get(title) ?? assert.fail(title))
      .filter(({ labels }) => of(labels))
      .reduce((sum, { points }) => sum + (points[0]?.[1] ?? 0), 0)
      .toFixed(2)
  const isOctober = ({ month }: Readonly<Record<string, string>>) => month === '2026-10'
  assert.equal(shown('Spent by month: {{category}}', isOctober), spentIn(october).toFixed(2))
  assert.equal(
    shown('Received against spent: {{flow}}', (one) => isOctober(one) && one['flow'] === 'Spent'),
    spentIn(october).toFixed(2),
  )
  assert.equal(
    shown('Balance at month ends: {{account}}', isOctober),
    ((october.at(-1)?.balanceMinor ?? 0) / 100).toFixed(2),
  )
  assert.equal(
    shown('Balance day by day: {{account}}', () => true),
    ((books.find(({ date }) => date === '2026-11-26')?.balanceMinor ?? 0) / 100).toFixed(2),
  )
  const year = books.filter(({ date }) => date >= '2025-11-27' && date <= '2026-11-26')
  assert.equal(
    shown('Received and spent in a year: Spent', () => true),
    spentIn(year).toFixed(2),
  )
  const labelled = found.get('Spent by month: {{category}}')?.map(({ labels }) => labels['series'])
  assert.ok(labelled?.includes('bills\u00a0(GBP)')) // a table has no legends
  assert.ok(new Set(labelled).size <= 12) // 11 categories, and all others
})
