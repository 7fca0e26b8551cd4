import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/fakes/free-port.ts'
import { writeConfig } from './exporter.ts'
import type { MonzoAnswer, MonzoCommand } from './monzo.ts'
import { ask, type Processes } from './processes.ts'
import { get, type Programs, waitForStats } from './programs.ts'

const GIVE_UP_MS = 120_000
const LOOK_EVERY_MS = 200

export interface CrowdOptions {
  readonly processes: Processes
  readonly programs: Programs
  readonly bundle: string
  readonly count: number
  readonly pollInterval: string
  /** All access tokens have expired: nothing ran for days. */
  readonly areExpired?: boolean
}

/** An exporter that polls so many logins. */
export interface Crowd {
  readonly exporter: ChildProcess
  readonly port: number
  readonly tokensBytes: number
  /** From the start of the process until every login was polled. */
  readonly startMs: number
  /** Has it poll at another pace, as a person would. */
  setPollInterval(interval: string): Promise<void>
  stop(): Promise<void>
}

/** Starts a simulated Monzo with so many people, and an exporter that has all their logins. */
export async function startCrowd(options: CrowdOptions): Promise<Crowd> {
  const { processes, programs, bundle, count, pollInterval, areExpired = false } = options
  const monzo = processes.start([programs.monzo], { cwd: programs.folder, isTold: true })
  const tell = (command: MonzoCommand) => ask<MonzoAnswer>(monzo, command)
  const port = await freePort()
  const callbackUrl = `http://127.0.0.1:${port}/callback`
  const { accountId: _sams, ...settings } = await tell({ do: 'start', callbackUrl })
  const { tokens = '' } = await tell({ do: 'crowd', count, callbackUrl })
  const more = (poll_interval: string) => ({ poll_interval, stale_after: '2h', log_level: 'error' })
  const cwd = await writeConfig(programs.folder, settings, port, more(pollInterval))
  const old = tokens.replaceAll(/"expires_at": "[^"]+"/g, '"expires_at": "2026-01-01T00:00:00Z"')
  await writeFile(join(cwd, 'tokens.json'), areExpired ? old : tokens, { mode: 0o600 })
  const beganMs = performance.now()
  const exporter = processes.start([bundle], { cwd })
  await waitForStats(port, exporter)
  await allPolled(port)
  return {
    exporter,
    port,
    tokensBytes: Buffer.byteLength(tokens),
    startMs: performance.now() - beganMs,
    async setPollInterval(interval) {
      await writeConfig(programs.folder, settings, port, more(interval), cwd)
      exporter.kill('SIGHUP')
    },
    async stop() {
      await processes.stop(exporter)
      await processes.stop(monzo)
    },
  }
}

async function allPolled(port: number): Promise<void> {
  const giveUpMs = performance.now() + GIVE_UP_MS
  while (performance.now() < giveUpMs) {
    const { body } = await get(port, '/stats')
    if (/^monzo_up 1$/m.test(body)) return
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error('not every login could be polled')
}
