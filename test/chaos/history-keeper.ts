import { createHistory } from '../../src/history/history.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { MonzoClient } from '../../src/monzo/client.ts'
import { createHttpFetch } from '../../src/monzo/http-fetch.ts'

/** What the parent wants, as JSON in the first argument. */
export interface HistoryKeeperOptions {
  readonly folder: string
  readonly apiUrl: string
  readonly token: string
}

/**
 * A program for killing: the real history on real files, without a lock, which would have to be
 * waited for after a kill. Says `reading`, and `done` when there is nothing more to read.
 */
async function main({ folder, apiUrl, token }: HistoryKeeperOptions): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const write = (level: string) => (_: object, message: string) => say(`${level}: ${message}`)
  const log: Log = {
    ...{ debug: write('debug'), info: write('info') },
    ...{ warn: write('warn'), error: write('error') },
  }
  const clock = systemClock
  const monzo = new MonzoClient({
    ...{ baseUrl: new URL(apiUrl), fetch: createHttpFetch(), clock, random: Math.random },
    ...{ onCall: () => undefined, onUnreadable: () => undefined },
    // The rate limit of a login would make each life minutes long.
    gate: {
      ...{ pass: async () => undefined, pauseFor: () => undefined, hurryFor: () => undefined },
      ...{ isPaused: () => false, isShort: () => false, msUntilRoom: () => 0 },
    },
    accessToken: async () => token,
  })
  const mayWrite = async () => undefined
  const history = createHistory({ clock, log, folder, mayWrite, onNews: () => undefined })
  const login = history.ofLogin({ monzo, hurryFor: () => undefined })
  const { signal } = new AbortController()
  const accounts = await monzo.readAccounts(signal)
  login.accountsRead(accounts.filter(({ closed, type }) => !closed && type === 'uk_retail'))
  login.approved()
  say('reading')
  await login.read(signal)
  await history.settled()
  say('done')
}

void main(JSON.parse(process.argv[2] ?? ''))
