import type { ChildProcess } from 'node:child_process'
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/fakes/free-port.ts'
import type { MonzoAnswer, MonzoCommand } from './monzo.ts'
import { ask, type Processes } from './processes.ts'
import { get, type Programs } from './programs.ts'

/** What an exporter needs to be logged in from its start on. */
export interface LoggedIn {
  readonly monzo: ChildProcess
  readonly tokensFile: string
  readonly settings: MonzoAnswer
}

const POLL_INTERVAL = '5s' // the shortest there is: idle means some polls have been made

/** A person's first time, played once: the link, the e-mail, the approval; leaves a tokens.json. */
export async function logIn(
  processes: Processes,
  programs: Programs,
  exporter: string,
): Promise<LoggedIn> {
  const monzo = processes.start([programs.monzo], { cwd: programs.folder, isTold: true })
  const tell = (command: MonzoCommand) => ask<MonzoAnswer>(monzo, command)
  const port = await freePort()
  const callbackUrl = `http://127.0.0.1:${port}/callback`
  const settings = await tell({ do: 'start', callbackUrl })
  const cwd = await writeConfig(programs.folder, settings, port)
  const child = processes.start([exporter], { cwd })

  const authorize = await fetch(await printedLink(child), { redirect: 'manual' })
  const cookies = authorize.headers.getSetCookie().map((text) => text.split(';')[0])
  const authorizeUrl = authorize.headers.get('location') ?? ''
  const { callbackUrl: callback = '' } = await tell({ do: 'log_in', authorizeUrl })
  const page = await fetch(callback, { headers: { cookie: cookies.join('; ') } })
  if (!page.ok) throw new Error(`the login failed: ${page.status}`)
  await tell({ do: 'approve' })
  while ((await get(port, '/-/ready')).status !== 200) await sleep(100)
  await processes.stop(child, 'SIGTERM')
  return { monzo, settings, tokensFile: join(cwd, 'tokens.json') }
}

async function printedLink(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the exporter has no standard output')
  for await (const line of createInterface(child.stdout))
    if (line.startsWith('http://')) return line
  throw new Error('the exporter printed no link')
}

/** @returns a folder of its own to start an exporter in. */
export async function prepareFolder(
  parent: string,
  { settings, tokensFile }: LoggedIn,
  port: number,
  more: Readonly<Record<string, string | boolean>> = {},
): Promise<string> {
  const folder = await writeConfig(parent, settings, port, more)
  await copyFile(tokensFile, join(folder, 'tokens.json'))
  return folder
}

/** @param known a folder to write it to; otherwise a new one. @returns that folder. */
export async function writeConfig(
  parent: string,
  settings: MonzoAnswer,
  port: number,
  more: Readonly<Record<string, string | boolean>> = {},
  known?: string,
): Promise<string> {
  const folder = known ?? (await mkdtemp(join(parent, 'exporter-')))
  const config = {
    client_id: settings.clientId,
    client_secret: settings.clientSecret,
    account_id: settings.accountId,
    monzo_api_url: settings.apiUrl,
    monzo_auth_url: settings.authUrl,
    server_addr: `127.0.0.1:${port}`,
    redirect_uri: `http://127.0.0.1:${port}`,
    auth_key: 'a key that nobody guesses, 6afc0e7d',
    poll_interval: POLL_INTERVAL,
    ...more,
  }
  const given = Object.entries(config).filter(([, value]) => value !== undefined)
  const lines = given.map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
  await writeFile(join(folder, 'config.toml'), lines.join(''))
  return folder
}
