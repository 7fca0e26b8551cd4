import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { LoginReader } from './login-reader.ts'
import { Poller, type PollHistory } from './poller.ts'
import type { Reader } from './read-accounts.ts'
import type { AccountReading } from './snapshot.ts'

/** A login as polling needs it. */
export interface PolledLogin {
  readonly id: string
  readonly reader: Reader
  readonly pace: () => 'often' | 'rarely' | 'never'
  readonly isAwaitingApproval: () => boolean
  /** Monzo's id of the person, if it is known by now. */
  readonly userId: () => string | undefined
  readonly refreshIfDue: () => Promise<void>
  readonly onUserId: (userId: string) => Promise<void>
  readonly onAccounts: (accountIds: readonly string[]) => Promise<boolean>
  readonly onForbidden: () => Promise<void>
}

export interface CollectorDeps {
  readonly clock: Clock
  readonly log: Log
  readonly pollIntervalMs: number
  readonly accountId?: string | undefined
  readonly withPots: boolean
  readonly onPolled: (report: { seconds: number; reasons: readonly string[] }) => void
}

/** What polling one login gave so far. */
export interface Collected {
  readonly history: PollHistory
  readonly readings: readonly AccountReading[]
}

/** Polls every login there is, each on its own: one's trouble never delays another. */
export class Collector {
  readonly #deps: CollectorDeps
  readonly #running = new Map<string, { reader: LoginReader; poller: Poller }>()
  readonly #leaving = new Set<Promise<void>>()
  constructor(deps: CollectorDeps) {
    this.#deps = deps
  }

  add(login: PolledLogin): void {
    const { accountId, withPots, ...deps } = this.#deps
    const reader = new LoginReader({ ...login, clock: deps.clock, accountId, withPots })
    const poller = new Poller({
      ...deps,
      pace: login.pace,
      isAwaitingApproval: login.isAwaitingApproval,
      async prepare(signal) {
        await login.refreshIfDue()
        await identify(login, signal)
      },
      poll: (signal) => reader.poll(signal),
    })
    this.#running.set(login.id, { reader, poller })
    poller.start()
  }

  /** Its readings are gone at once; its poll under way gives up. */
  remove(id: string): void {
    const gone = this.#running.get(id)
    if (!gone) return
    this.#running.delete(id)
    const leaving = gone.poller.stop().finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  /** Polls it now: it may have new tokens. */
  wake(id: string): void {
    this.#running.get(id)?.poller.wake()
  }

  collected(id: string): Collected {
    const found = this.#running.get(id)
    return { history: found?.poller.history ?? {}, readings: found?.reader.readings ?? [] }
  }

  /** A person is looking at this login's waiting page. */
  watch(id: string): void {
    this.#running.get(id)?.poller.watch()
  }

  async stop(): Promise<void> {
    for (const id of [...this.#running.keys()]) this.remove(id)
    await Promise.all(this.#leaving)
  }
}

/** Best effort: without it the login is only exported without `user_id`. */
async function identify(login: PolledLogin, signal: AbortSignal): Promise<void> {
  if (login.userId() !== undefined) return
  try {
    await login.onUserId(await login.reader.readUserId(signal))
  } catch {
    signal.throwIfAborted() // the poll itself will meet the same trouble, and tell of it
  }
}
