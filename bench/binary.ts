import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { logIn, prepareFolder } from './exporter.ts'
import { type Kind, medianMemory, startOnce } from './footprint.ts'
import { Processes } from './processes.ts'
import { buildPrograms } from './programs.ts'
import { median } from './statistics.ts'

// The one binary beside the two other ways to run the same program: its size, how soon it answers,
// what it keeps in memory when it is logged in and idle.

const STARTS = 11
const KEPT = 3 // of those, until they are idle
const IDLE_MS = 20_000 // four polls
const BUNDLE = resolve('dist/bundle/main.cjs')
const MOST_MB = 120

for (const script of ['build', 'bundle', 'build-binary'])
  execFileSync(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`], { stdio: 'inherit' })
/** A way to run the exporter, and the files of ours that it takes. */
interface Way {
  readonly what: string
  readonly files?: string
  /** For this Node; without any the binary itself is run. */
  readonly args: readonly string[]
}
const WAYS: readonly Way[] = [
  { what: 'dist/monzo-exporter', files: 'dist/monzo-exporter', args: [] },
  { what: `bundle, Node ${process.version}`, files: 'dist/bundle', args: [BUNDLE] },
  { what: `node dist/main.js, Node ${process.version}`, args: [resolve('dist/main.js')] },
]

const programs = await buildPrograms()
const processes = new Processes()
try {
  const loggedIn = await logIn(processes, programs, BUNDLE)
  const kinds = WAYS.map(({ args }): Kind => {
    const command = args.length > 0 ? process.execPath : resolve('dist/monzo-exporter')
    const prepare = async (port: number) => {
      const cwd = await prepareFolder(programs.folder, loggedIn, port)
      return () => processes.start(args, { command, cwd })
    }
    return { prepare, startsMs: [], kept: [] }
  })
  for (let n = 0; n < STARTS; n++)
    for (const kind of kinds) await startOnce(kind, n >= STARTS - KEPT, processes)
  await sleep(IDLE_MS)
  const rows = [['', 'size, MB', 'first /stats, ms', 'resident, MiB', 'not of a file, MiB']]
  for (const [n, way] of WAYS.entries()) rows.push([way.what, sizeOf(way), ...(await of(kinds[n]))])
  for (const row of rows) console.log(row.map((cell, n) => cell.padEnd(n ? 20 : 34)).join(''))
  if (bytesIn('dist/monzo-exporter') > MOST_MB * 1e6) process.exitCode = 1
} finally {
  await processes.stopAll()
  await rm(programs.folder, { recursive: true, force: true })
}
console.log(`Medians of ${STARTS} interleaved starts, and of ${KEPT} that idled for 20 s.`)

async function of(kind: Kind | undefined): Promise<readonly string[]> {
  if (!kind) return []
  const memory = [await medianMemory(kind, 'rss'), await medianMemory(kind, 'anonymous')]
  return [median(kind.startsMs).toFixed(0), ...memory.map((mib) => mib.toFixed(1))]
}

function sizeOf({ files }: Way): string {
  return files === undefined ? 'needs node_modules' : (bytesIn(files) / 1e6).toFixed(1)
}

function bytesIn(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.size
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
}
