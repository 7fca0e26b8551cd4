import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Crowd, startCrowd } from './crowd.ts'
import { measureRendering, measureSaving } from './crowd-work.ts'
import { memoryOf, Processes } from './processes.ts'
import { buildPrograms, get } from './programs.ts'

// What many logins in one exporter cost, as docs/scale.md tells it. Numbers of its arguments, or
// 1, 100 and 1,000 of them.

const COUNTS = process.argv.slice(2).map(Number)
const INTERVAL = '15s'
const WATCHED_MS = 60_000 // four polls of each

const padded = (cell: string, n: number): string => cell.padEnd(n ? 10 : 30)

for (const script of ['build', 'bundle'])
  execFileSync(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`], { stdio: 'inherit' })
const programs = await buildPrograms()
const processes = new Processes()
const columns: (readonly string[])[] = [
  [
    'logins',
    'series',
    '/stats, KiB',
    'resident, MiB',
    'not of a file, MiB',
    'from start to all polled, s',
    'polls per second',
    'one poll, ms',
    'CPU, % of one core',
    'snapshot and rendering, ms',
    'tokens.json, KiB',
    'to save it, ms',
    'all polled and refreshed, s',
  ],
]
const options = {
  processes,
  programs,
  bundle: resolve('dist/bundle/main.cjs'),
  pollInterval: INTERVAL,
}
try {
  for (const count of COUNTS.length > 0 ? COUNTS : [1, 100, 1000]) {
    const crowd = await startCrowd({ ...options, count })
    const seen = [...(await watch(crowd)), ...(await ownWork(crowd, count))]
    await crowd.stop()
    const late = await startCrowd({ ...options, count, areExpired: true })
    await late.stop()
    columns.push([String(count), ...seen, (late.startMs / 1000).toFixed(1)])
  }
} finally {
  await processes.stopAll()
  await rm(programs.folder, { recursive: true, force: true })
}
for (const [n, name] of (columns[0] ?? []).entries())
  console.log([name, ...columns.slice(1).map((cells) => cells[n] ?? '')].map(padded).join(''))
console.log(`Node ${process.version}, poll_interval ${INTERVAL}, ${WATCHED_MS / 1000} s each.`)

/** What can be seen from outside while it polls. */
async function watch({ exporter, port, startMs }: Crowd): Promise<readonly string[]> {
  const before = await read(port)
  await sleep(WATCHED_MS)
  const after = await read(port)
  const memory = await memoryOf(exporter)
  const polls = after.polls - before.polls
  const seconds = WATCHED_MS / 1000
  return [
    String(after.series),
    (after.bytes / 1024).toFixed(0),
    memory.rss.toFixed(0),
    memory.anonymous.toFixed(0),
    (startMs / 1000).toFixed(1),
    (polls / seconds).toFixed(1),
    (((after.pollSeconds - before.pollSeconds) / polls) * 1000).toFixed(1),
    (((after.cpuSeconds - before.cpuSeconds) / seconds) * 100).toFixed(1),
  ]
}

async function read(port: number) {
  const { body } = await get(port, '/stats')
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1])
  return {
    bytes: body.length,
    series: body.split('\n').filter((line) => /^[a-z]/.test(line)).length,
    polls: value('monzo_poll_duration_seconds_count'),
    pollSeconds: value('monzo_poll_duration_seconds_sum'),
    cpuSeconds: value('process_cpu_seconds_total'),
  }
}

/** What only a look inside can tell. */
async function ownWork({ tokensBytes }: Crowd, count: number): Promise<readonly string[]> {
  return [
    (await measureRendering(count)).toFixed(1),
    (tokensBytes / 1024).toFixed(0),
    (await measureSaving(programs.folder, count)).toFixed(1),
  ]
}
