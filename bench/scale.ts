import { setTimeout as sleep } from 'node:timers/promises'
import { type Crowd, startCrowd } from './crowd.ts'
import { get } from './exporter.ts'
import { memoryOf, workOf, workSince } from './processes.ts'
import { withBench } from './programs.ts'

// What many logins in one exporter cost, as docs/scale.md tells it. Numbers of its arguments, or
// 1, 100 and 1,000 of them.

const COUNTS = process.argv.slice(2).map(Number)
const WATCHED_S = 60 // four polls of each

const padded = (cell: string, n: number): string => cell.padEnd(n ? 10 : 30)

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
    'tokens.json, KiB',
    'all polled and refreshed, s',
  ],
]
await withBench(['build'], async (bench) => {
  for (const count of COUNTS.length > 0 ? COUNTS : [1, 100, 1000]) {
    const crowd = await startCrowd(bench, count)
    const seen = await watch(crowd)
    await crowd.stop()
    const late = await startCrowd(bench, count, true)
    await late.stop()
    columns.push([String(count), ...seen, (late.startMs / 1000).toFixed(1)])
  }
})
for (const [n, name] of (columns[0] ?? []).entries())
  console.log([name, ...columns.slice(1).map((cells) => cells[n] ?? '')].map(padded).join(''))
console.log(`Node ${process.version}, poll_interval 15s, ${WATCHED_S} s each.`)

/** What can be seen from outside while it polls. */
async function watch({ child, port, startMs, tokensBytes }: Crowd): Promise<readonly string[]> {
  const before = await read(port)
  const workBefore = await workOf(child)
  await sleep(WATCHED_S * 1000)
  const work = await workSince(child, workBefore)
  const after = await read(port)
  const memory = await memoryOf(child)
  const polls = after.polls - before.polls
  return [
    String(after.series),
    (after.bytes / 1024).toFixed(0),
    memory.rss.toFixed(0),
    memory.anonymous.toFixed(0),
    (startMs / 1000).toFixed(1),
    (polls / WATCHED_S).toFixed(1),
    (((after.pollSeconds - before.pollSeconds) / polls) * 1000).toFixed(1),
    (work.cpuMs / WATCHED_S / 10).toFixed(1),
    (tokensBytes / 1024).toFixed(0),
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
  }
}
