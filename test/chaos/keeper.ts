import { systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { Sessions } from '../../src/login/sessions.ts'
import { MonzoClient } from '../../src/monzo/client.ts'
import { createHttpFetch } from '../../src/monzo/http-fetch.ts'
import { createOAuth } from '../../src/monzo/oauth.ts'
import { createTokenStore } from '../../src/tokens/token-store.ts'
import { NO_LOCK } from '../../src/tokens/tokens-lock.ts'

/** What the parent wants, as JSON in the first argument. */
export interface KeeperOptions {
  readonly path: string
  readonly apiUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Refreshes this often, then says `done` and waits; 0: until it is killed. */
  readonly times: number
}

/** The clock that no token is too young for. */
const HURRY = 10_000
const clock = { ...systemClock, elapsed: () => systemClock.elapsed() * HURRY }

/**
 * A program for killing: the real keeper of tokens on real files, doing nothing but refreshing,
 * a hundred times a second. Says on standard output what it does, a word a line.
 */
async function main(options: KeeperOptions): Promise<void> {
  const { path, apiUrl, clientId, clientSecret, times } = options
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const write = (level: string) => (_: object, message: string) => say(`${level}: ${message}`)
  const log: Log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  const onChange = () => undefined
  // No lock: after a kill it would have to be waited for.
  const deps = { path, clock, random: Math.random, log, lock: NO_LOCK }
  const store = createTokenStore({ ...deps, onChange })
  const fetch = createHttpFetch()
  const onCall = () => undefined
  const oauth = createOAuth({
    clientId,
    clientSecret,
    authUrl: new URL(apiUrl),
    apiUrl: new URL(apiUrl),
    redirectUrl: `${apiUrl}/callback`,
    fetch,
    clock,
    onCall,
  })
  const settings = {
    client_id: clientId,
    stale_after: { ms: 300_000 },
    poll_interval: { ms: 1e12 },
    ...{ pots: false, transactions: false, legacy_metrics: false },
    ...{ account_names: {}, category_names: {} },
  }
  const sessions = new Sessions({
    clock,
    random: Math.random,
    randomId: () => String(Math.random()),
    log,
    settings: () => settings,
    store,
    monzo: {
      oauth: async () => oauth,
      connect(gate, tokens) {
        const baseUrl = new URL(apiUrl)
        const deps = { baseUrl, fetch, clock, random: Math.random, gate, ...tokens, onCall }
        const client = new MonzoClient({ ...deps, onUnreadable: () => undefined })
        client.readAccounts = () => new Promise(() => {}) // polls stand still: only tokens matter
        return client
      },
      refresh: (token) => oauth.refresh(token),
    },
    stopping: new AbortController().signal,
    onRefresh: (outcome) => say(`${outcome} ${store.isPersisted() ? 'saved' : 'unsaved'}`),
    onPolled: () => undefined,
    onRemoved: () => undefined,
    onChanged: () => undefined,
    onPersonNeeded: (sentence) => say(`over: ${sentence}`),
    onConsentEnds: () => undefined,
  })
  await sessions.restore()
  say('ready')
  const [login] = sessions.all
  for (let n = 0; login && (times === 0 || n < times); n++) {
    const token = await login.tokens.accessToken()
    await login.tokens.accessToken(token).catch(() => systemClock.sleep(5))
  }
  say('done')
  await systemClock.sleep(60_000)
}

void main(JSON.parse(process.argv[2] ?? '{}'))
