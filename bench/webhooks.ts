import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/fakes/free-port.ts'
import type { Row } from './budget.ts'
import { logIn, prepareFolder } from './exporter.ts'
import type { MonzoAnswer, MonzoCommand } from './monzo.ts'
import { ask, type Processes } from './processes.ts'
import { get, type Programs, waitForStats } from './programs.ts'
import { median } from './statistics.ts'

const PAYMENTS = 5
const QUIET_MS = 10_000 // with all accounts polled beside it, a minute's calls last for no more
const GIVE_UP_MS = 10_000
const LOOK_EVERY_MS = 1
const SETTINGS = { webhooks: true, poll_interval: '15s' } // as most people have it

/** How long it takes from a payment at Monzo to the new balance at `/stats`, by webhook. */
export async function measureWebhooks(options: {
  readonly processes: Processes
  readonly programs: Programs
  readonly bundle: string
}): Promise<Row> {
  const { processes, programs, bundle } = options
  const loggedIn = await logIn(processes, programs, bundle)
  const tell = (command: MonzoCommand) => ask<MonzoAnswer>(loggedIn.monzo, command)
  const port = await freePort()
  const cwd = await prepareFolder(programs.folder, loggedIn, port, SETTINGS)
  const exporter = processes.start([bundle], { cwd })
  await waitForStats(port, exporter)
  const isRegistered = async () => (await tell({ do: 'count' })).counts?.['POST /webhooks']
  while (!(await isRegistered())) await sleep(100)

  const tookMs: number[] = []
  for (let payment = 0; payment < PAYMENTS; payment++) {
    await sleep(QUIET_MS)
    const before = await balanceAt(port)
    const startedMs = performance.now()
    await tell({ do: 'pay' })
    while ((await balanceAt(port)) === before) {
      if (performance.now() - startedMs > GIVE_UP_MS) throw new Error('the payment never showed')
      await sleep(LOOK_EVERY_MS)
    }
    tookMs.push(performance.now() - startedMs)
  }
  await processes.stop(exporter)
  await processes.stop(loggedIn.monzo)
  const slowest = Math.max(...tookMs)
  const exporterText = `${median(tookMs).toFixed(0)} ms, ${slowest.toFixed(0)} at most`
  return { what: 'payment to /stats, by webhook', floor: '', exporter: exporterText }
}

async function balanceAt(port: number): Promise<string | undefined> {
  const { body } = await get(port, '/stats')
  return /^monzo_balance\{.*$/m.exec(body)?.[0]
}
