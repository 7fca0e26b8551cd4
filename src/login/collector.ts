import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { PollHistory } from '../readings/assemble.ts'
import type { KeptReading } from '../readings/snapshot.ts'
import { LoginReader } from './login-reader.ts'
import { Poller } from './poller.ts'
import type { Reader } from './read-accounts.ts'
import { type Hint, Rereader } from './rereader.ts'
import { firstTurnsMs, slotMs } from './spread.ts'

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
  readonly pollIntervalMs: () => number
  readonly accountId?: string | undefined
  readonly withPots: () => boolean
  readonly withTransactions: () => boolean
  /** `legacy_metrics`. */
  readonly keepsDescriptions: boolean
  readonly onPolled: (report: {
    readonly id: string
    readonly seconds: number
    readonly reasons: readonly string[]
  }) => void
}

/** What polling one login gave so far. */
export interface Collected {
  readonly history: PollHistory
  readonly readings: readonly KeptReading[]
}

interface Running {
  readonly reader: LoginReader
  readonly poller: Poller
  readonly rereader: Rereader
}

/** Polls every login there is, each on its own: one's trouble never delays another. */
export class Collector {
  readonly #deps: CollectorDeps
  readonly #running = new Map<string, Running>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #arrivals: Poller[] = []
  constructor(deps: CollectorDeps) {
    this.#deps = deps
  }

  add(login: PolledLogin): void {
    const { accountId, withPots, withTransactions, keepsDescriptions, ...deps } = this.#deps
    const what = { accountId, withPots, withTransactions, keepsDescriptions }
    const reader = new LoginReader({ ...login, ...what, clock: deps.clock })
    const poller = new Poller({
      ...deps,
      pace: login.pace,
      isAwaitingApproval: login.isAwaitingApproval,
      async prepare(signal) {
        await login.refreshIfDue()
        await identify(login, signal)
      },
      poll: (signal) => reader.poll(signal),
      onPolled: (report) => deps.onPolled({ id: login.id, ...report }),
    })
    const rereader = new Rereader(async (hint, signal) =>
      login.pace() === 'often' ? reader.reread(hint, signal) : false,
    )
    this.#running.set(login.id, { reader, poller, rereader })
    this.#arrivals.push(poller)
    if (this.#arrivals.length === 1) queueMicrotask(() => this.#startArrivals())
  }

  /** All that came in together, as after a restart: they must not poll all at once. */
  #startArrivals(): void {
    const arrivals = this.#arrivals.splice(0)
    for (const [index, poller] of arrivals.entries())
      poller.start(firstTurnsMs(index, arrivals.length, this.#deps.pollIntervalMs()))
  }

  /** The interval is another now: spreads the next polls over it. */
  spread(): void {
    const pollers = [...this.#running.values()].map(({ poller }) => poller)
    for (const [index, poller] of pollers.entries())
      poller.shift(slotMs(index, pollers.length, this.#deps.pollIntervalMs()))
  }

  /** Its readings are gone at once; its poll under way gives up. */
  remove(id: string): void {
    const gone = this.#running.get(id)
    if (!gone) return
    this.#running.delete(id)
    const stopped = Promise.all([gone.poller.stop(), gone.rereader.stop()])
    const leaving = stopped.then(() => void this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  /** Polls it now: it may have new tokens. */
  wake(id: string): void {
    this.#running.get(id)?.poller.wake()
  }

  /** Reads one account now, beside the schedule. @param onRead its reading has changed. */
  reread(hint: Hint, onRead: () => void): void {
    this.#running.get(hint.loginId)?.rereader.hint(hint, onRead)
  }

  collected(id: string): Collected {
    const found = this.#running.get(id)
    return { history: found?.poller.history ?? {}, readings: found?.reader.readings ?? [] }
  }

  /** For the status page. Times in Unix ms. */
  pollStatus(id: string) {
    const { lastPollAt, lastSuccessAt, problem, hasFailed } = this.collected(id).history
    const times = { lastPollAtMs: lastPollAt?.wallMs, lastSuccessAtMs: lastSuccessAt?.wallMs }
    return { loginId: id, ...times, problem, hasFailed }
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
