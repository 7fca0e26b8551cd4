import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchNode, NODE_IN_BINARY } from '../scripts/fetch-node.ts'
import { atMost, median, type Row, report } from './budget.ts'
import {
  type Prepared,
  prepareExporter,
  prepareFloor,
  type Running,
  startMonzo,
  startOnce,
  waitForPolls,
} from './exporter.ts'
import { memoryOf } from './processes.ts'
import { withBench } from './programs.ts'

// The one binary against a bare server on the Node that it contains, and beside `node dist/main.js`:
// its size, how soon it answers, and its memory when it is logged in and idle.

const STARTS = 11
const KEPT = 3 // of those, until they are idle
const IDLE_MS = 45_000 // three polls
const MOST_MB = 120
const MOST_MIB_OVER_FLOOR = 12
const BINARY = resolve('dist/monzo-exporter')
const NODE = join(fetchNode(NODE_IN_BINARY), 'bin', 'node')

/** A way to run it, again and again. */
interface Kind {
  readonly prepare: () => Promise<Prepared>
  readonly startsMs: number[]
  readonly kept: Running[]
}

const rows: Row[] = []
await withBench(['build', 'build:binary'], async (bench) => {
  const monzo = await startMonzo(bench, { count: 1 })
  const kinds: readonly Kind[] = [
    { prepare: () => prepareFloor(bench, { node: NODE }), startsMs: [], kept: [] },
    { prepare: () => prepareExporter(bench, monzo, { binary: BINARY }), startsMs: [], kept: [] },
    { prepare: () => prepareExporter(bench, monzo), startsMs: [], kept: [] },
  ]
  for (let n = 0; n < STARTS; n++)
    for (const { prepare, startsMs, kept } of kinds) {
      const running = await startOnce(await prepare())
      startsMs.push(running.tookMs)
      if (n >= STARTS - KEPT) kept.push(running)
      else await bench.processes.stop(running.child)
    }
  for (const exporter of kinds.slice(1).flatMap(({ kept }) => kept)) await waitForPolls(exporter)
  await sleep(IDLE_MS)

  const starts = kinds.map(({ startsMs }) => median(startsMs))
  const rss = await Promise.all(kinds.map(({ kept }) => memoryOfAll(kept)))
  const [floorMs, binaryMs, plainMs] = starts.map((ms) => `${ms.toFixed(0)} ms`)
  const [floorMib = 0, binaryMib = 0, plainMib = 0] = rss
  const mib = (value: number): string => `${value.toFixed(1)} MiB`
  const megabytes = statSync(BINARY).size / 1e6
  rows.push(
    {
      what: 'size of dist/monzo-exporter',
      exporter: `${megabytes.toFixed(1)} MB`,
      budget: atMost(MOST_MB, 'MB', megabytes),
    },
    { what: 'start to the first /stats answer', base: `${floorMs}`, exporter: `${binaryMs}` },
    { what: '… of node dist/main.js', exporter: `${plainMs}` },
    {
      what: 'resident memory, idle and logged in',
      base: mib(floorMib),
      exporter: mib(binaryMib),
      budget: atMost(MOST_MIB_OVER_FLOOR, 'MiB more', binaryMib - floorMib),
    },
    { what: '… of node dist/main.js', exporter: mib(plainMib) },
  )
})
const note = `floor and binary ${NODE_IN_BINARY}. Medians of ${STARTS} interleaved starts`
report(rows, `${note}, and of ${KEPT} that idled for ${IDLE_MS / 1000} s.`)

async function memoryOfAll(kept: readonly Running[]): Promise<number> {
  const memories = await Promise.all(kept.map(({ child }) => memoryOf(child)))
  return median(memories.map(({ rss }) => rss))
}
