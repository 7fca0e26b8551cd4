import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '../app.ts'
import { startApp } from '../app.ts'
import { loadConfig } from '../config/load.ts'
import { systemClock } from '../lib/clock.ts'
import { createLog } from '../lib/pino-log.ts'
import { createHttpFetch } from '../monzo/http-fetch.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'
import {
  SANDBOX_CLIENT,
  type Sandbox,
  type SandboxClient,
  startSandbox,
} from '../sandbox/sandbox.ts'
import { type CommandContext, type Flags, say, untilEnded } from './context.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { forwardingCommand } from './no-browser.ts'

const EMAIL = 'sam@example.com'

/** Runs the exporter with a simulated Monzo: nothing to configure, no real data, nothing stored. */
export async function demo(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const folder = await mkdtemp(join(tmpdir(), 'monzo-exporter-demo-'))
  try {
    const origin = `http://127.0.0.1:${await freePort()}`
    const client = { ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }
    const sandbox = await startSandbox({ clock: systemClock, clients: [client] })
    const isScripted = flags['approve'] === true
    const app = await startExporter(context, { sandbox, client, origin, folder, isScripted })
    await untilEnded(context)
    await app.stop()
    await sandbox.stop()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return EXIT.ok
}

interface DemoParts {
  readonly sandbox: Sandbox
  readonly client: SandboxClient
  readonly origin: string
  readonly folder: string
  /** The demo does the clicks of a person by itself. */
  readonly isScripted: boolean
}

async function startExporter(context: CommandContext, parts: DemoParts): Promise<App> {
  const { sandbox, client, origin, folder, isScripted } = parts
  const { stdout, stderr, pid, late, build } = context
  const { config } = loadConfig({
    env: {},
    cwd: folder,
    flags: {
      client_id: client.clientId,
      client_secret: client.clientSecret,
      server_addr: new URL(origin).host,
      redirect_uri: origin,
      poll_interval: '15s', // four accounts take 12 calls per poll, so 48 of the 60 per minute
      history: 'true', // in the temporary folder, like the tokens
      monzo_api_url: sandbox.apiUrl,
      monzo_auth_url: sandbox.authUrl,
    },
  })
  say(stdout, 'This is the exporter beside a simulated Monzo, on this machine only.')
  say(stdout, `Its money is not real, and nothing is kept. Admin API: ${sandbox.adminUrl}`)
  return startApp({
    config,
    build,
    pid,
    warnings: ['This is the demo: the money is not real.'],
    clock: systemClock,
    fetch: createHttpFetch(),
    random: Math.random,
    randomText: () => randomBytes(24).toString('base64url'),
    late,
    log: createLog({ level: 'error', format: 'text', stream: stderr }),
    printLink(link) {
      if (isScripted) void clickThrough(parts, link).catch((error) => say(stderr, String(error)))
      else for (const line of loginSteps(context, parts, link)) say(stdout, line)
    },
    onLoginStates: announce((line) => say(stdout, line), parts),
  })
}

function loginSteps(
  context: CommandContext,
  { sandbox: { authUrl }, origin }: DemoParts,
  link: string,
): readonly string[] {
  const urls = [new URL(origin), new URL(authUrl)]
  const ports = urls.map((url) => ({
    url,
    listener: { host: url.hostname, port: Number(url.port) },
  }))
  const command = forwardingCommand(context, ports)
  return [
    '',
    'Step 1: log in. Open this link, as you would after starting the real exporter:',
    '',
    link,
    '',
    ...(command ? ['To open it on another machine, first run there:', '', `  ${command}`, ''] : []),
    `Monzo's page asks for an e-mail address: ${EMAIL} is one it knows.`,
    `It then sends a mail, which is at ${authUrl}/mail: open the link in it.`,
  ]
}

/** Says what to do next, once for each state that the newest login enters. */
function announce(tell: (line: string) => void, { sandbox, origin, isScripted }: DemoParts) {
  let last: LoginStateName | undefined
  return (states: readonly LoginStateName[]): void => {
    const state = states.at(-1)
    if (state === last) return
    last = state
    if (state === 'awaiting_approval' && !isScripted)
      for (const line of [
        '',
        `Step 2: approve the access in the Monzo app: ${sandbox.authUrl}/phone`,
      ])
        tell(line)
    if (state !== 'connected') return
    for (const line of [
      '',
      `${isScripted ? 'Logged in and approved.' : 'Step 3:'} See the money:`,
      '',
      `  curl -s ${origin}/stats | grep -E '^monzo_(balance|category_spent)'`,
      '',
      'Meanwhile it reads the history, as it would after a real approval. See the past:',
      '',
      `  curl -s ${origin}/stats | grep -E '^monzo_(received_past|balance_month|history)'`,
      '',
    ])
      tell(line)
    tell(`The status page is ${origin}/ and Ctrl-C ends the demo.`)
  }
}

/** Does what a person would: the link, the email address, the mail, and Approve in the app. */
async function clickThrough({ sandbox }: DemoParts, link: string): Promise<void> {
  const authorize = await fetch(link, { redirect: 'manual' })
  const cookie = authorize.headers.getSetCookie().map((text) => text.split(';')[0])
  const callback = await sandbox.logIn(authorize.headers.get('location') ?? '', EMAIL)
  const page = await fetch(callback, { headers: { cookie: cookie.join('; ') } })
  if (!page.ok) throw new Error(`the login failed: ${page.status}`)
  sandbox.approve()
  // Like the page while it is open: this makes the exporter poll Monzo every second.
  const waiting = /\/login\/[\w-]+/.exec(await page.text())
  if (waiting) await fetch(new URL(waiting[0], callback))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
