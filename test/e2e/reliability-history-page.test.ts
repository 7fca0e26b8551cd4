import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createBank } from '../../src/sandbox/bank/bank.ts'
import { FakeClock } from '../fakes/clock.ts'
import { freePort } from '../fakes/free-port.ts'
import { keepHistory } from '../fakes/kept-history.ts'
import { createFolder } from '../fakes/world.ts'
import { eventually } from './harness.ts'
import { builtMain, findProgram, type Program, startProgram } from './program.ts'

const PAGE = readFileSync('docs/history.md', 'utf8')

/** The block of commands in which this stands. */
function commandsWith(text: string): string {
  const blocks = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '')
  return blocks.find((block) => block.includes(text)) ?? assert.fail(`no commands with ${text}`)
}

/** A folder with three years of one account, and a shell in which `monzo-exporter` is installed. */
async function setup(t: TestContext) {
  const folder = await createFolder(t)
  const nowMs = Date.parse(`${new Date().toISOString().slice(0, 10)}T00:00:00Z`)
  const bank = createBank(1, new FakeClock(new Date(nowMs).toISOString()), () => 0)
  const [person] = bank.people
  const account = bank
    .accountsOf(person?.id ?? '')
    .find(({ type, isClosed }) => type === 'uk_retail' && !isClosed)
  assert.ok(account)
  mkdirSync(join(folder, 'history'), { mode: 0o700 })
  await keepHistory(join(folder, 'history'), bank, account.id, nowMs)
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin', 'monzo-exporter')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${builtMain()}' "$@"\n`)
  chmodSync(program, 0o755)
  const env = { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` }
  const days = bank.days(account.id).filter(({ date }) => Date.parse(date) < nowMs)
  return {
    folder,
    nowMs,
    /** What the bank's own books say of the days that are over. */
    books: {
      balance: (days.at(-1)?.balanceMinor ?? 0) / 100,
      days: days.length,
      received: days.reduce((sum, { receivedMinor }) => sum + receivedMinor, 0) / 100,
    },
    /** Runs commands of the page, some words replaced. */
    follow(commands: string, words: Readonly<Record<string, string>>) {
      const script = Object.entries(words).reduce((text, [a, b]) => text.replaceAll(a, b), commands)
      const done = spawnSync('sh', ['-e', '-c', script], { cwd: folder, env, encoding: 'utf8' })
      assert.equal(done.status, 0, done.stderr)
    },
  }
}

/** Asks as the page says. */
async function ask(address: string, query: string, atMs: number): Promise<number | undefined> {
  const fields = new URLSearchParams({ query, time: `${atMs / 1000}`, nocache: '1' })
  const reply = await fetch(`http://${address}/api/v1/query?${fields}`)
  const { data } = (await reply.json()) as { data: { result: { value: [number, string] }[] } }
  return data.result[0] && Number(data.result[0].value[1])
}

const flagOf = (pattern: RegExp): string =>
  pattern.exec(PAGE)?.[0] ?? assert.fail(`the page has no ${pattern}`)

const BALANCE = 'last_over_time(monzo_history_balance[25h])'
const RECEIVED = 'sum by (currency) (sum_over_time(monzo_history_received_day[10y]))'
const DAYS = 'sum(count_over_time(monzo_history_balance[10y]))'

async function showsAll(address: string, { nowMs, books }: Awaited<ReturnType<typeof setup>>) {
  await eventually(async () => assert.equal(await ask(address, DAYS, nowMs), books.days))
  assert.equal(await ask(address, BALANCE, nowMs), books.balance)
  assert.equal((await ask(address, RECEIVED, nowMs))?.toFixed(2), books.received.toFixed(2))
  assert.ok(PAGE.includes(BALANCE))
}

async function end({ child, ended }: Program): Promise<void> {
  child.kill('SIGTERM')
  await ended()
}

describe('docs/history.md, followed word by word', () => {
  it('brings every day into Prometheus, and out of it again', async (t) => {
    const path = findProgram(t, 'prometheus', 'prometheus')
    if (!path || !findProgram(t, 'curl', 'curl')) return
    const world = await setup(t)
    const data = join(world.folder, 'data')
    world.follow(commandsWith('--output history.txt'), {})
    world.follow(commandsWith('promtool'), { '/var/lib/prometheus/metrics2': data })
    writeFileSync(join(world.folder, 'prometheus.yml'), '')
    const address = `127.0.0.1:${await freePort()}`
    const prometheus = startProgram(t, path, [
      `--config.file=${join(world.folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=${address}`,
      flagOf(/--storage\.tsdb\.retention\.time=\w+/),
      flagOf(/--web\.enable-admin-api/),
    ])
    await eventually(async () => assert.ok((await fetch(`http://${address}/-/ready`)).ok))
    await showsAll(address, world)
    world.follow(commandsWith('clean_tombstones'), { '127.0.0.1:9090': address })
    assert.equal(await ask(address, DAYS, world.nowMs), undefined)
    await end(prometheus)
  })

  it('brings every day into VictoriaMetrics, a second time without counting it twice', async (t) => {
    const path = findProgram(t, 'victoria-metrics', 'victoria-metrics')
    if (!path || !findProgram(t, 'curl', 'curl')) return
    const world = await setup(t)
    const address = `127.0.0.1:${await freePort()}`
    const database = startProgram(t, path, [
      `-storageDataPath=${join(world.folder, 'data')}`,
      `-httpListenAddr=${address}`,
      flagOf(/-retentionPeriod=\w+/),
    ])
    await eventually(async () => assert.ok((await fetch(`http://${address}/health`)).ok))
    const words = { '127.0.0.1:8428': address, '--output': '--force --output' }
    for (let times = 0; times < 2; times++) {
      world.follow(commandsWith(':8428/api/v1/admin/tsdb/delete_series'), words)
      world.follow(commandsWith('--output history.prom'), words)
      world.follow(commandsWith('/api/v1/import/prometheus'), words)
      await fetch(`http://${address}/internal/force_flush`)
      await showsAll(address, world)
    }
    await end(database)
  })
})
