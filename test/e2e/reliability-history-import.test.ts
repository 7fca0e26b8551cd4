import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { openLedger } from '../../src/history/ledger-file.ts'
import type { Posting } from '../../src/readings/posting.ts'
import { createContext } from '../fakes/context.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { kept, posting } from '../history/postings.ts'
import { eventually } from './harness.ts'
import { findProgram, type Program, startProgram } from './program.ts'

const DAY_MS = 86_400_000
const CREATED_MS = Date.parse('2022-03-01T09:00:00Z')
const ACCOUNTS = ['acc_0000A', 'acc_0000B'] as const
const CATEGORIES = ['eating_out', 'groceries', 'bills'] as const

/** Two payments a day until yesterday, the ones at midnight in London included, and a wage a month. */
function lifeUntil(endMs: number, seed: number): readonly Posting[] {
  const postings: Posting[] = []
  let n = seed
  for (let atMs = CREATED_MS; atMs < endMs; atMs += 11.5 * 3_600_000) {
    n = (n * 1103515245 + 12345) % 2147483648
    const category = CATEGORIES[n % 3] ?? 'bills'
    const isWage = n % 61 === 0
    const outcome = n % 17 === 0 ? 'declined' : n % 19 === 0 ? 'pending' : 'settled'
    const amountMinor = isWage ? 250_013 : -(n % 9973)
    const createdMs = Math.round(atMs / 3_600_000) * 3_600_000
    postings.push(posting({ createdMs, amountMinor, category, outcome, isInSpending: !isWage }))
  }
  return postings
}

/** What is to come back, added up by another way: days as the time zone database has them. */
function independentSums(postings: readonly Posting[], balanceMinor: number, nowMs: number) {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' })
  const dayOf = (atMs: number) => format.format(atMs)
  /** The last second of a day. */
  const endOf = (day: string) => {
    const midnightMs = Date.parse(`${day}T00:00:00Z`) + DAY_MS
    const isSummer = dayOf(midnightMs - 1000) !== day
    return (isSummer ? midnightMs - 3_600_000 : midnightMs) / 1000 - 1
  }
  const today = dayOf(nowMs)
  const days = new Set<string>()
  for (let atMs = CREATED_MS; atMs < nowMs; atMs += 3_600_000) days.add(dayOf(atMs))
  days.delete(today)
  const moving = postings
    .filter(({ outcome }) => outcome !== 'declined')
    .map((one) => ({ ...one, day: dayOf(one.createdMs) }))
  const sum = (some: readonly Posting[]) => some.reduce((all, one) => all + one.amountMinor, 0)
  const balance = new Map<number, number>()
  const received = new Map<number, number>()
  const spent = new Map<string, Map<number, number>>(CATEGORIES.map((name) => [name, new Map()]))
  for (const day of days) {
    const end = endOf(day)
    balance.set(end, (balanceMinor - sum(moving.filter((one) => one.day > day))) / 100)
    const made = moving.filter((one) => one.day === day)
    received.set(end, sum(made.filter(({ isInSpending }) => !isInSpending)) / 100)
    for (const [category, points] of spent) {
      const some = made.filter((one) => one.isInSpending && one.category === category)
      if (some.length > 0) points.set(end, (0 - sum(some)) / 100)
    }
  }
  return { balance, received, spent }
}

/** A folder with two accounts' history, and what `history export` makes of it. */
async function setup(t: TestContext, format: string) {
  const nowMs = Math.floor(Date.now() / 1000) * 1000
  const output = join(await createFolder(t), 'history.txt')
  const args = ['history', 'export', '--output', output, '--format', format, '--label', 'job=home']
  const { context, cwd, stderr } = await createContext(t, args)
  await mkdir(join(cwd, 'history'))
  const expected = new Map<string, ReturnType<typeof independentSums>>()
  for (const [n, accountId] of ACCOUNTS.entries()) {
    const postings = lifeUntil(nowMs, n + 1)
    const file = await openLedger(join(cwd, 'history'), { accountId, createdMs: CREATED_MS })
    const moved = postings.reduce(
      (sum, { outcome, amountMinor }) => sum + (outcome === 'declined' ? 0 : amountMinor),
      0,
    )
    const balanceMinor = 12_345 + n
    await file.append([
      ...postings.map((one) => kept(one)),
      { kind: 'known', span: { startMs: CREATED_MS, endMs: nowMs } },
      {
        kind: 'opening',
        opening: { minor: balanceMinor - moved, currency: 'GBP', fromMs: CREATED_MS },
      },
    ])
    expected.set(accountId, independentSums(postings, balanceMinor, nowMs))
  }
  assert.equal(await run(context), 0, stderr())
  return { output, expected }
}

/** The points of each series, by its name and labels without those that are everywhere. */
type Series = ReadonlyMap<string, ReadonlyMap<number, number>>

function seriesOf(expected: ReadonlyMap<string, ReturnType<typeof independentSums>>): Series {
  const series = new Map<string, ReadonlyMap<number, number>>()
  for (const [accountId, { balance, received, spent }] of expected) {
    series.set(`monzo_history_balance ${accountId} `, balance)
    series.set(`monzo_history_received_day ${accountId} `, received)
    for (const [category, points] of spent)
      series.set(`monzo_history_category_spent_day ${accountId} ${category}`, points)
  }
  return series
}
type Labels = Readonly<Record<string, string>>
function nameOf({ __name__, account_id, category = '', job, currency }: Labels): string {
  assert.deepEqual([job, currency], ['home', 'GBP'])
  return `${__name__} ${account_id} ${category}`
}
function assertSame(actual: Series, expected: Series): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort())
  for (const [name, points] of expected)
    assert.deepEqual(Object.fromEntries(actual.get(name) ?? []), Object.fromEntries(points), name)
}

const SINCE_DAYS = Math.ceil((Date.now() - CREATED_MS) / DAY_MS) + 1

it('comes back to the penny from a Prometheus that starts on the blocks promtool makes', async (t) => {
  const promtool = findProgram(t, 'promtool', 'prometheus')
  const prometheus = findProgram(t, 'prometheus', 'prometheus')
  if (!promtool || !prometheus) return
  const { output, expected } = await setup(t, 'openmetrics')
  const folder = await createFolder(t)
  const data = join(folder, 'data')
  execFileSync(promtool, [
    ...['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=8760h'],
    ...[output, data],
  ])
  await writeFile(join(folder, 'prometheus.yml'), 'global: { scrape_interval: 1h }\n')
  const address = `127.0.0.1:${await freePort()}`
  const program = startProgram(t, prometheus, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=30y',
    `--web.listen-address=${address}`,
  ])
  const query = async (expr: string) => {
    const url = `http://${address}/api/v1/query?query=${encodeURIComponent(expr)}`
    const reply = (await (await fetch(url)).json()) as {
      data: { result: { metric: Labels; values: [number, string][]; value: [number, string] }[] }
    }
    return reply.data.result
  }
  await eventually(async () => assert.equal((await query('vector(1)')).length, 1))
  const actual = new Map<string, ReadonlyMap<number, number>>()
  for (const { metric, values } of await query(`{job="home"}[${SINCE_DAYS}d]`))
    actual.set(nameOf(metric), new Map(values.map(([time, value]) => [time, Number(value)])))
  assertSame(actual, seriesOf(expected))
  for (const [accountId, { balance, spent }] of expected) {
    const selector = `{account_id="${accountId}",category="bills"}`
    const [sum] = await query(
      `sum_over_time(monzo_history_category_spent_day${selector}[${SINCE_DAYS}d])`,
    )
    const whole = [...(spent.get('bills') ?? new Map()).values()].reduce((all, one) => all + one, 0)
    assert.equal(Number(sum?.value[1]).toFixed(2), whole.toFixed(2))
    const [last] = await query(
      `last_over_time(monzo_history_balance{account_id="${accountId}"}[25h])`,
    )
    assert.equal(Number(last?.value[1]), [...balance.values()].at(-1))
  }
  await end(program)
})

it('comes back to the penny from a VictoriaMetrics that imports it, once or again', async (t) => {
  const path = findProgram(t, 'victoria-metrics', 'victoria-metrics')
  if (!path) return
  const { output, expected } = await setup(t, 'prometheus')
  const folder = await createFolder(t)
  const address = `127.0.0.1:${await freePort()}`
  const program = startProgram(t, path, [
    `-httpListenAddr=${address}`,
    `-storageDataPath=${join(folder, 'data')}`,
    '-retentionPeriod=30y',
  ])
  const at = (route: string) => `http://${address}${route}`
  const post = async (route: string, body?: string) => {
    const reply = await fetch(at(route), { method: 'POST', ...(body !== undefined && { body }) })
    assert.ok(reply.ok, `${route}: ${reply.status} ${await reply.text()}`)
  }
  await eventually(async () => assert.ok((await fetch(at('/health'))).ok))
  const match = encodeURIComponent('{__name__=~"monzo_history_.*"}')
  for (const _ of ['once', 'again']) {
    await post(`/api/v1/admin/tsdb/delete_series?match[]=${match}`)
    await post('/api/v1/import/prometheus', await readFile(output, 'utf8'))
    await fetch(at('/internal/force_flush'))
    const text = await (await fetch(at(`/api/v1/export?match[]=${match}`))).text()
    const actual = new Map<string, ReadonlyMap<number, number>>()
    for (const line of text.trim().split('\n')) {
      const { metric, values, timestamps } = JSON.parse(line) as {
        metric: Labels
        values: number[]
        timestamps: number[]
      }
      const points = timestamps.map((ms, n) => [ms / 1000, values[n] ?? Number.NaN] as const)
      assert.equal(points.length, new Set(timestamps).size)
      actual.set(nameOf(metric), new Map(points))
    }
    assertSame(actual, seriesOf(expected))
  }
  await end(program)
})

/** So that its folder can go. */
async function end({ child, ended }: Program): Promise<void> {
  child.kill('SIGTERM')
  await ended()
}
