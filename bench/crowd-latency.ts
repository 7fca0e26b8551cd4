import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from './budget.ts'
import { startCrowd } from './crowd.ts'
import type { LoadJob, LoadReport } from './load.ts'
import { ask, type Processes } from './processes.ts'
import { get, type Programs } from './programs.ts'
import { median } from './statistics.ts'

const LOGINS = 1000
const POLLING = '15s'
const RESTING = '1h'
const ROUNDS = 3
// A few Prometheus servers that scrape far too often: the machine is never busy with them alone.
const LOAD = { connections: 4, restMs: 100, seconds: 10 }
const SETTLES_MS = 6000 // polls that were under way are made, and rendered
const MOST_TIMES_REST = 3

/** How long scrapes take while a thousand logins are polled, and while the same exporter rests. */
export async function measureCrowdLatency(options: {
  readonly processes: Processes
  readonly programs: Programs
  readonly bundle: string
}): Promise<Row> {
  const { processes, programs } = options
  const crowd = await startCrowd({ ...options, count: LOGINS, pollInterval: POLLING })
  const loader = processes.start([programs.load], { cwd: programs.folder, isTold: true })
  const load = () => ask<LoadReport>(loader, { port: crowd.port, ...LOAD } satisfies LoadJob)
  const pairs: { readonly resting: number; readonly polling: number }[] = []
  let polls = 0
  for (let round = 0; round < ROUNDS; round++) {
    await crowd.setPollInterval(RESTING)
    await sleep(SETTLES_MS)
    const resting = await load()
    await crowd.setPollInterval(POLLING)
    await sleep(SETTLES_MS)
    const before = await pollsOf(crowd.port)
    const polling = await load()
    polls += (await pollsOf(crowd.port)) - before
    pairs.push({ resting: resting.p99Ms, polling: polling.p99Ms })
  }
  await crowd.stop()
  await processes.stop(loader)
  const perSecond = polls / (ROUNDS * LOAD.seconds)
  const ms = (values: readonly number[]): string => `${median(values).toFixed(1)} ms`
  return {
    what: `/stats p99 while ${LOGINS} logins are polled, ${perSecond.toFixed(0)} a second, to p99 at rest`,
    floor: ms(pairs.map(({ resting }) => resting)),
    exporter: ms(pairs.map(({ polling }) => polling)),
    budget: {
      measured: median(pairs.map(({ resting, polling }) => polling / resting)),
      limit: MOST_TIMES_REST,
      bound: 'at most',
      unit: '×',
    },
  }
}

async function pollsOf(port: number): Promise<number> {
  const { body } = await get(port, '/stats')
  return Number(/^monzo_poll_duration_seconds_count (\d+)$/m.exec(body)?.[1] ?? 0)
}
