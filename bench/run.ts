import { type Row, report } from './budget.ts'
import { measureCrowdLatency, measureCrowdWork } from './crowd.ts'
import { startMonzo } from './exporter.ts'
import { measureHistory, measureKeeping, startKeeping } from './history.ts'
import { measureIdle, startIdle } from './idle.ts'
import { measureMonth } from './month.ts'
import { withBench } from './programs.ts'
import { measureLargeScrapes, measureScrapes } from './scrapes.ts'
import { measureLongMonth, measureStarts } from './starts.ts'

// The budgets of DESIGN.md section 9, against the floor in the same run. Exits 1 if one is missed.

const beganMs = performance.now()
const rows: Row[] = []
await withBench(['build'], async (bench) => {
  const monzo = await startMonzo(bench, { count: 1 })
  const idle = await startIdle(bench, monzo)
  const keeping = await startKeeping(bench)
  // While those settle: what they read of a long month is all read within a few seconds of each minute.
  rows.push(...(await measureStarts(bench, monzo)))
  rows.push(await measureLongMonth(bench), await measureMonth())
  rows.push(...(await measureScrapes(bench, monzo)), ...(await measureLargeScrapes(bench)))
  rows.push(...(await measureIdle(bench, monzo, idle)))
  rows.push(...(await measureHistory(bench, keeping)))
  rows.push(...(await measureKeeping(bench, keeping)))
  rows.push(await measureCrowdWork(bench), await measureCrowdLatency(bench))
}).finally(() => {
  const tookS = (performance.now() - beganMs) / 1000
  report(rows, `medians of interleaved rounds, ${tookS.toFixed(0)} s in all.`)
})
