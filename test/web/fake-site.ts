import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:http'
import type { TestContext } from 'node:test'
import type { Log, LogLevel } from '../../src/lib/log.ts'
import { basePathOf } from '../../src/lib/url.ts'
import type { CallbackStanding, LoginFlow, LoginStatus } from '../../src/login/login-flow.ts'
import type { ExporterFacts } from '../../src/web/exporter-facts.ts'
import { createPages, type PagesDeps } from '../../src/web/pages.ts'
import { routeTarget } from '../../src/web/route-path.ts'
import { FakeClock } from '../fakes/clock.ts'
import { serve } from '../fakes/serve.ts'

export const KEY = 'correct-horse-battery-staple'
export const WRONG = 'wrong-horse-battery-staple'

export interface LogEntry {
  readonly level: LogLevel
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Keeps what was logged. */
export function fakeLog(): Log & { readonly entries: readonly LogEntry[] } {
  const entries: LogEntry[] = []
  const at =
    (level: LogLevel): Log[LogLevel] =>
    (fields, message) =>
      entries.push({ level, fields, message })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), entries }
}

/** A flow that says what a test wants, and remembers what it was asked. */
export class FakeFlow implements LoginFlow {
  standings: Record<string, CallbackStanding> = {}
  outcome: LoginStatus | Error = { id: 'login-1', state: 'awaiting_approval' }
  readonly begun: (string | undefined)[] = []
  readonly asked: { state: string; binding: string | undefined }[] = []
  readonly finished: Record<string, string>[] = []

  begin(binding: string | undefined) {
    this.begun.push(binding)
    const authorizeUrl = new URL('https://auth.monzo.com/?client_id=oauth2client_1&state=state-1')
    return { authorizeUrl, binding: 'binding 1' }
  }
  standing(state: string, binding: string | undefined): CallbackStanding {
    this.asked.push({ state, binding })
    return this.standings[state] ?? 'unknown'
  }
  async finish(code: string, state: string): Promise<LoginStatus> {
    this.finished.push({ code, state })
    if (this.outcome instanceof Error) throw this.outcome
    return this.outcome
  }
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly cookies: readonly string[]
  readonly text: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** Asks exactly what it is told: `fetch` would tidy up paths and set the host itself. */
export function ask(origin: string, path: string, options: Ask = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = options
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          cookies: response.headers['set-cookie'] ?? [],
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** An exporter that Prometheus asks, and that keeps its tokens. */
export const FACTS: ExporterFacts = {
  scrapes: {
    startedAtMs: Date.parse('2026-11-22T09:00:00Z'),
    lastAtMs: Date.parse('2026-11-22T09:59:50Z'),
  },
  areTokensPersisted: true,
  keepsHistory: true,
}

/** Serves the pages with fakes behind them. */
export async function setupPages(t: TestContext, changes: Partial<PagesDeps> = {}) {
  const flow = new FakeFlow()
  const clock = new FakeClock('2026-11-22T10:00:00Z')
  const log = fakeLog()
  const watched: string[] = []
  const { publicUrl = new URL('http://127.0.0.1:8080') } = changes
  const deps: PagesDeps = {
    flow,
    logins: () => [],
    watch: (id) => {
      watched.push(id)
      return id === 'login-1' ? { id, state: 'awaiting_approval' } : undefined
    },
    authKey: () => KEY,
    publicUrl,
    redirectUrl: `${publicUrl.href.replace(/\/$/, '')}/callback`,
    isGoMode: false,
    addsPeople: true,
    authOrigin: 'https://auth.monzo.com',
    scrapeOrigin: () => 'http://127.0.0.1:8080',
    isStatsTokenSet: () => false,
    trustedProxies: () => [],
    warnings: () => [],
    accountNames: () => ({}),
    categoryNames: () => ({}),
    categories: () => [],
    facts: () => FACTS,
    version: '1.2.3',
    clock,
    log,
    ...changes,
  }
  const pages = createPages(deps)
  const origin = await serve(t, (request, response) => {
    request.url = routeTarget(request.url ?? '/', basePathOf(publicUrl)) // as the listener does
    pages(request, response)
  })
  const get = (path: string, headers: Record<string, string> = {}) => ask(origin, path, { headers })
  const post = (
    path: string,
    fields: Record<string, string> | string,
    headers: Record<string, string> = {},
  ) =>
    ask(origin, path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  return { origin, flow, clock, log, watched, get, post }
}
