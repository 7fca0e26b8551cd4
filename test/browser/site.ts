import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import * as history from '../../src/history/history.ts'
import { systemClock } from '../../src/lib/clock.ts'
import * as oauth from '../../src/monzo/oauth.ts'
import { type Knobs, SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import * as pages from '../../src/web/pages.ts'
import * as tlsFiles from '../../src/web/tls-files.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFakeLog } from '../fakes/log.ts'
import { createFolder } from '../fakes/world.ts'

export const KEY = 'a key with + / & ='

export interface SiteOptions {
  readonly settings?: Readonly<Record<string, string>>
  readonly knobs?: Partial<Knobs>
  /** Where people reach it, when that is not where it listens. */
  readonly publicUrl?: string
}

/**
 * The exporter beside a simulated Monzo on the clock of this machine: in a browser, time passes.
 * The shortest `poll_interval`, and a waiting page that is asked every second, keep tests short.
 */
export async function startSite(t: TestContext, options: SiteOptions = {}) {
  const folder = await createFolder(t)
  const listening = `http://127.0.0.1:${await freePort()}`
  const origin = options.publicUrl ?? listening
  const sandbox = await startSandbox({
    clock: systemClock,
    knobs: { livelyEveryMs: 0, ...options.knobs },
    clients: [{ ...SANDBOX_CLIENT, redirectUris: [`${origin}/callback`] }],
  })
  t.after(() => sandbox.stop())
  const { config, warnings } = loadConfig({
    env: {},
    cwd: folder,
    flags: {
      client_id: SANDBOX_CLIENT.clientId,
      client_secret: SANDBOX_CLIENT.clientSecret,
      server_addr: new URL(listening).host,
      redirect_uri: origin,
      auth_key: KEY,
      poll_interval: '5s',
      monzo_api_url: sandbox.apiUrl,
      monzo_auth_url: sandbox.authUrl,
      ...options.settings,
    },
  })
  const links: string[] = []
  const app = await startApp({
    config,
    warnings: warnings.filter((text) => !text.includes('"ps"')), // said of flags, which are ours here
    build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v20.17.0' },
    clock: systemClock,
    pid: process.pid,
    fetch: globalThis.fetch,
    random: Math.random,
    randomText: () => randomBytes(24).toString('base64url'),
    log: createFakeLog(),
    late: {
      history: async () => history,
      oauth: async () => oauth,
      pages: async () => pages,
      tlsFiles: async () => tlsFiles,
    },
    printLink: (link) => links.push(link),
  })
  t.after(() => app.stop())
  return { origin, listening, sandbox, app, links, tokensFile: join(folder, 'tokens.json') }
}
