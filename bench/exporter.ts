import type { ChildProcess } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/fakes/free-port.ts'
import type { MonzoAccess, MonzoCommand, MonzoCounts, People } from './monzo.ts'
import { ask } from './processes.ts'
import type { Bench } from './programs.ts'

/** A simulated Monzo that runs. */
export interface Monzo {
  readonly child: ChildProcess
  readonly access: MonzoAccess
}

export async function startMonzo({ processes, programs }: Bench, people: People): Promise<Monzo> {
  const child = processes.start([programs.monzo], { cwd: programs.folder, isTold: true })
  const access = await ask<MonzoAccess>(child, { do: 'start', ...people } satisfies MonzoCommand)
  return { child, access }
}

export const countCalls = ({ child }: Monzo): Promise<MonzoCounts> =>
  ask<MonzoCounts>(child, { do: 'count' } satisfies MonzoCommand)

/** A program that waits to be started, and then answers on this port. */
export interface Prepared {
  readonly port: number
  start(): ChildProcess
}

/** One that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly port: number
}

export type Settings = Readonly<Record<string, string>>

export interface PreparedExporter extends Prepared {
  readonly cwd: string
  /** Writes its config.toml again, with these settings of its own. */
  configure(settings: Settings): Promise<void>
}

/** An exporter in a folder of its own, logged in as everybody at this Monzo. */
export async function prepareExporter(
  { processes, programs }: Bench,
  { access }: Monzo,
  { settings = {}, binary }: { settings?: Settings; binary?: string } = {},
): Promise<PreparedExporter> {
  const port = await freePort()
  const cwd = await mkdtemp(join(programs.folder, 'exporter-'))
  const configure = async (more: Settings) => {
    const config = {
      client_id: access.clientId,
      client_secret: access.clientSecret,
      account_id: access.accountId,
      monzo_api_url: access.apiUrl,
      monzo_auth_url: access.authUrl,
      server_addr: `127.0.0.1:${port}`,
      redirect_uri: `http://127.0.0.1:${port}`,
      auth_key: 'a key that nobody guesses, 6afc0e7d',
      ...more,
    }
    const given = Object.entries(config).filter(([, value]) => value !== undefined)
    const lines = given.map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    await writeFile(join(cwd, 'config.toml'), lines.join(''))
  }
  await configure(settings)
  await writeFile(join(cwd, 'tokens.json'), access.tokens, { mode: 0o600 })
  const env = programs.trust
  const start = () =>
    binary === undefined
      ? processes.start([programs.exporter], { cwd, env })
      : processes.start([], { cwd, env, command: binary })
  return { port, cwd, start, configure }
}

/** What a floor answers, and on which Node. */
export interface FloorOptions {
  readonly bytes?: number
  readonly headers?: readonly string[]
  readonly node?: string
}

const USUAL_BYTES = 10_000 // about what an exporter with one account answers

export async function prepareFloor(
  { processes, programs }: Bench,
  { bytes = USUAL_BYTES, headers = [], node = process.execPath }: FloorOptions = {},
): Promise<Prepared> {
  const port = await freePort()
  const args = [programs.floor, String(port), String(bytes), JSON.stringify(headers)]
  return { port, start: () => processes.start(args, { cwd: programs.folder, command: node }) }
}

const RETRY_MS = 1 // start-up is measured with it
const LOOK_MS = 5 // looking costs a starting process time as well
const GIVE_UP_MS = 120_000

/** @returns how long it took until `/stats` answered, in ms. */
export async function startOnce({ port, start }: Prepared): Promise<Running & { tookMs: number }> {
  const beganMs = performance.now()
  const child = start()
  await waitFor({ child, port }, /^/, { lookMs: RETRY_MS })
  return { child, port, tookMs: performance.now() - beganMs }
}

/** Asks for `/stats` until it looks like this. @returns whether it did in time. */
export async function waitFor(
  { child, port }: Running,
  pattern: RegExp,
  { lookMs = LOOK_MS, giveUpMs = GIVE_UP_MS } = {},
): Promise<boolean> {
  const untilMs = performance.now() + giveUpMs
  while (performance.now() < untilMs) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} has ended`)
    const answer = await get(port, '/stats').catch(() => undefined)
    if (answer?.status === 200 && pattern.test(answer.body)) return true
    await sleep(lookMs)
  }
  return false
}

export const BALANCE = /^monzo_balance\{/m
/** A month is known when its transactions are. */
export const MONTH = /^monzo_transactions_month\{/m
const EVERYBODY_POLLED = /^monzo_up 1$/m

/** Waits until every login was polled. */
export async function waitForPolls(running: Running): Promise<void> {
  if (!(await waitFor(running, EVERYBODY_POLLED, { lookMs: 200 })))
    throw new Error('not every login could be polled')
}

/** As Prometheus 3 asks for metrics. */
export const PROMETHEUS_HEADERS = {
  accept:
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'accept-encoding': 'gzip',
  'user-agent': 'Prometheus/3.5.0',
  'x-prometheus-scrape-timeout-seconds': '10',
}

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

/** One GET on a connection of its own, which leaves nothing behind on the server. */
export function get(
  port: number,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port, path, headers, host: '127.0.0.1', agent: false }
    const asking = request(options, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (text: string) => {
        body += text
      })
      const { statusCode = 0, rawHeaders } = response
      response.on('end', () => resolve({ status: statusCode, headers: rawHeaders, body }))
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.end()
  })
}
