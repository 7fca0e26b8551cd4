import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Late } from '../../src/app.ts'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import * as history from '../../src/history/history.ts'
import type { Clock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import type { HttpFetch } from '../../src/monzo/http-fetch.ts'
import * as oauth from '../../src/monzo/oauth.ts'
import {
  type Knobs,
  SANDBOX_CLIENT,
  type Sandbox,
  startSandbox,
} from '../../src/sandbox/sandbox.ts'
import * as pages from '../../src/web/pages.ts'
import * as tlsFiles from '../../src/web/tls-files.ts'
import { isCompressing } from '../fakes/compressing.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFakeLog } from '../fakes/log.ts'
import { isDiskAtWork } from '../fakes/quiet-disk.ts'
import { createFolder } from '../fakes/world.ts'

/** Loaded already: a loader works in a thread of its own, which the clock would not wait for. */
const late: Late = {
  history: async () => history,
  oauth: async () => oauth,
  pages: async () => pages,
  tlsFiles: async () => tlsFiles,
}

const GIVE_UP_MS = 30_000 // real time: far more than a loopback round trip on a busy machine
const ARRIVES_MS = 30 // real time: a loopback round trip
const HANGS_MS = 2000 // a call that takes longer waits for the clock, not for the network

export interface ExporterOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly knobs?: Partial<Knobs>
  /** When the clock starts. */
  readonly startsAt?: string
  /** What is in tokens.json at the start. */
  readonly tokens?: string
  /** Written to instead of the one that remembers. */
  readonly log?: Log
  /** What happens to the exporter's calls on their way to Monzo. */
  readonly through?: (fetch: typeof globalThis.fetch, clock: DrivenClock) => typeof globalThis.fetch
  /** What the exporter calls Monzo with, instead of the global fetch: then `through` is not used. */
  readonly send?: HttpFetch
}

/** A simulated Monzo and exporters in front of it, over loopback, on one clock that is driven. */
export async function setUp(t: TestContext, options: ExporterOptions = {}) {
  const folder = await createFolder(t)
  const clock = new DrivenClock(options.startsAt)
  const calls = countingFetch()
  clock.idle = calls.idle
  const origin = `http://127.0.0.1:${await freePort()}`
  const sandbox = await startSandbox({
    clock: {
      ...calls.delaying(clock),
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      every: (ms, task) => clock.every(ms, task),
    },
    knobs: { livelyEveryMs: 0, ...options.knobs },
    clients: [{ ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }],
    fetch: calls.fetch,
  })
  t.after(() => sandbox.stop())
  const tokensFile = join(folder, 'tokens.json')
  if (options.tokens !== undefined) await writeFile(tokensFile, options.tokens)
  const log = createFakeLog()
  const links: string[] = []
  const through = options.send
    ? calls.counted(options.send)
    : (options.through?.(calls.fetch, clock) ?? calls.fetch)
  let skewMs = 0
  /** The exporter's clock; Monzo's is never wrong. */
  const ownClock: Clock = {
    now: () => clock.now() + skewMs,
    elapsed: () => clock.elapsed(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    within: (ms, task, signal) => clock.within(ms, task, signal),
    every: () => () => undefined, // the lock's mark: nobody looks at it through days that are driven
  }

  const start = async (
    settings: Readonly<Record<string, string>> = {},
    without: readonly string[] = [],
  ) => {
    const given = {
      client_id: SANDBOX_CLIENT.clientId,
      client_secret: SANDBOX_CLIENT.clientSecret,
      server_addr: new URL(origin).host,
      redirect_uri: origin,
      auth_key: 'a key with + / & =',
      monzo_api_url: sandbox.apiUrl,
      monzo_auth_url: sandbox.authUrl,
      ...options.settings,
      ...settings,
    }
    const flags = Object.fromEntries(
      Object.entries(given).filter(([key]) => !without.includes(key)),
    )
    const { config, warnings } = loadConfig({ flags, env: {}, cwd: folder })
    let texts = 0
    const app = await startApp({
      config,
      warnings,
      build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.17.0' },
      clock: ownClock,
      pid: process.pid,
      fetch: through,
      random: () => 0.5,
      randomText: () => `random-${++texts}-text`,
      log: options.log ?? log,
      late,
      printLink: (link) => links.push(link),
    })
    let stopped: Promise<void> | undefined
    const stop = () => {
      stopped ??= clock.until(app.stop())
      return stopped
    }
    t.after(stop)
    return { app, stop, config }
  }
  const { app, stop, config } = await start()
  const get = (path: string, init?: RequestInit) =>
    fetch(path.startsWith('http') ? path : `${origin}${path}`, { redirect: 'manual', ...init })
  const stats = async () => (await get('/stats')).text()

  /** A browser that clicks the link, types its e-mail, and opens the mail. */
  const comeBack = async (email?: string) => {
    const authorize = await get(
      links.at(-1) ?? `${origin}/authorize?key=a+key+with+%2B+%2F+%26+%3D`,
    )
    const cookie = authorize.headers.getSetCookie().map((text) => text.split(';')[0])
    const callback = await sandbox.logIn(authorize.headers.get('location') ?? '', email)
    return { callback, cookie: cookie.join('; ') }
  }
  const logIn = async (email?: string) => {
    const { callback, cookie } = await comeBack(email)
    const page = await get(callback.href, { headers: { cookie } })
    return { status: page.status, text: await page.text(), callback, cookie }
  }
  const value = async (sample: string) => {
    const line = (await stats()).split('\n').find((text) => text.startsWith(`${sample} `))
    return line === undefined ? undefined : Number(line.slice(sample.length + 1))
  }
  return {
    ...{ app, stop, start, config, clock, sandbox, origin, folder, tokensFile, log, links },
    ...{ get, stats, value, comeBack, logIn },
    // Rendering ends a moment later than the poll that it shows.
    shows: (sample: string, expected: number) =>
      eventually(async () => assert.equal(await value(sample), expected, sample)),
    matches: (pattern: RegExp) => eventually(async () => assert.match(await stats(), pattern)),
    hides: (pattern: RegExp) => eventually(async () => assert.doesNotMatch(await stats(), pattern)),
    tokens: async () => JSON.parse(await readFile(tokensFile, 'utf8')),
    /** Lets days go by in leaps of some hours, as for a laptop that sleeps most of the time. */
    async leap(days: number, hours = 6) {
      for (let leaps = 0; leaps < (days * 24) / hours; leaps++) {
        skewMs += hours * 3_600_000
        sandbox.advance(hours * 3_600_000)
        await clock.advance(60_000)
      }
    },
    /** Somebody sets the clock of the exporter's machine. */
    stepClock(ms: number) {
      skewMs += ms
    },
    /** Logs in, approves, and polls until connected. */
    async connect(email?: string) {
      await logIn(email)
      sandbox.approve(email)
      await clock.advance(15_000)
      await eventually(async () => assert.match(await stats(), /^monzo_up 1$/m))
    },
    /** Sam's current account, whose money the tests move. */
    account: currentAccountOf(sandbox, 'sam@example.com'),
    /** By the sandbox's admin API, as listed there. */
    async scenario(name: string) {
      const reply = await fetch(`${sandbox.adminUrl}/scenarios/${name}`, { method: 'POST' })
      assert.equal(reply.status, 200, await reply.text())
    },
    /** How often each endpoint was called since the last time this was asked. */
    newCalls: newCallsOf(sandbox),
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Bodies are read whole before a reply is handed on: then nothing is under way unnoticed. */
function countingFetch() {
  let underWay = 0
  let delayed = 0
  let newestMs = 0
  const counting: typeof globalThis.fetch = async (input, init) => {
    underWay++
    newestMs = performance.now()
    try {
      const response = await fetch(input, init)
      const body = await response.arrayBuffer()
      const { status, headers } = response
      const hasBody = ![101, 204, 205, 304].includes(status)
      return new Response(hasBody ? body : null, { status, headers })
    } finally {
      underWay--
    }
  }
  const counted =
    (send: HttpFetch): HttpFetch =>
    async (url, init) => {
      underWay++
      newestMs = performance.now()
      try {
        const reply = await send(url, init)
        const chunks: Uint8Array[] = []
        try {
          for await (const chunk of reply.body ?? []) chunks.push(chunk)
        } catch (error) {
          return { ...reply, body: brokenBody(chunks, error) }
        }
        return { ...reply, body: brokenBody(chunks) }
      } finally {
        underWay--
      }
    }
  return {
    fetch: counting,
    counted,
    /** The sandbox's waiting: that of replies which are meant to be slow. */
    delaying: (clock: Clock): Pick<Clock, 'sleep' | 'within'> => ({
      async sleep(ms, signal) {
        delayed++
        await clock.sleep(ms, signal).finally(() => delayed--)
      },
      within: (ms, task, signal) => clock.within(ms, task, signal),
    }),
    /** Resolves when no call and no disk is at work, or all that are wait for the clock. */
    async idle() {
      const startedMs = performance.now()
      for (let quiet = 0; quiet < 5; quiet++) {
        await turn()
        const waitedMs = performance.now() - startedMs
        const isDiskBusy = process.getActiveResourcesInfo().some(isDiskAtWork)
        // Else the clock would go on during a rendering, which took long then: the next one would rest.
        if ((isDiskBusy || isCompressing()) && waitedMs < GIVE_UP_MS) quiet = -1
        // One that was given up may still be delayed: then it takes a moment to tell.
        const isNew = underWay > 0 && performance.now() - newestMs < ARRIVES_MS
        if ((underWay > delayed || isNew) && waitedMs < HANGS_MS) quiet = -1
      }
    },
  }
}

/** What has arrived of a body, and then, if it broke off, the error. */
async function* brokenBody(chunks: readonly Uint8Array[], error?: unknown) {
  yield* chunks
  if (error !== undefined) throw error
}

function currentAccountOf({ bank }: Sandbox, email: string): string {
  const person = bank.findPerson(email) ?? assert.fail(`no ${email}`)
  const account = bank.accountsOf(person.id).find(({ type }) => type === 'uk_retail')
  return account?.id ?? assert.fail(`${email} has no current account`)
}

function newCallsOf(sandbox: Sandbox) {
  let seen = 0
  return (): Record<string, number> => {
    const calls: Record<string, number> = {}
    for (const { endpoint } of sandbox.requests.slice(seen))
      calls[endpoint] = (calls[endpoint] ?? 0) + 1
    seen = sandbox.requests.length
    return calls
  }
}

/** Tries again until it holds: for what happens on a disk or socket, which no clock drives. */
export async function eventually(holds: () => unknown): Promise<void> {
  const startedMs = performance.now()
  for (;;) {
    try {
      return void (await holds())
    } catch (error) {
      if (performance.now() - startedMs > GIVE_UP_MS) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
