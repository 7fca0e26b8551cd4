import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isMissed, type Row, renderTable } from './budget.ts'
import { measureCrowdLatency } from './crowd-latency.ts'
import { measureFootprint } from './footprint.ts'
import { Processes } from './processes.ts'
import { buildPrograms } from './programs.ts'
import { measureThroughput } from './throughput.ts'
import { measureWebhooks } from './webhooks.ts'

// The budgets of DESIGN.md section 9, against the floor in the same run. Exits 1 if one is missed.

const beganMs = performance.now()
for (const script of ['build', 'bundle'])
  execFileSync(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`], { stdio: 'inherit' })
const programs = await buildPrograms()
const processes = new Processes()
async function cleanUp(): Promise<void> {
  await processes.stopAll()
  await rm(programs.folder, { recursive: true, force: true })
}
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)))

const rows: Row[] = []
try {
  const measure = { processes, programs }
  rows.push(
    ...(await measureFootprint({
      ...measure,
      bundle: resolve('dist/bundle/main.cjs'),
      unbundled: resolve('dist/main.js'),
    })),
  )
  rows.push(await measureWebhooks({ ...measure, bundle: resolve('dist/bundle/main.cjs') }))
  rows.push(await measureCrowdLatency({ ...measure, bundle: resolve('dist/bundle/main.cjs') }))
  const small = { series: 60, rounds: 31, seconds: 0.5, isLatencyBound: true }
  rows.push(...(await measureThroughput({ ...measure, ...small })))
  const large = { series: 100_000, rounds: 7, seconds: 1.5, isLatencyBound: false }
  rows.push(...(await measureThroughput({ ...measure, ...large })))
} finally {
  await cleanUp()
}

const tookS = (performance.now() - beganMs) / 1000
console.log(`\n${renderTable(rows)}\n`)
console.log(`Node ${process.version}, medians of interleaved rounds, ${tookS.toFixed(0)} s in all.`)
const missed = rows.filter(isMissed)
for (const { what } of missed) console.log(`Budget missed: ${what}`)
if (missed.length > 0) process.exitCode = 1
