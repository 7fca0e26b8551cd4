import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { createTurns } from '../lib/turns.ts'
import type { Account } from '../monzo/schemas.ts'
import { overlay } from '../readings/overlay.ts'
import type { KeptReading } from '../readings/snapshot.ts'
import { MonthLedger } from './month-reader.ts'
import {
  type AccountResult,
  chooseAccounts,
  isForbidden,
  type Reader,
  type ReadOptions,
  readAccount,
} from './read-accounts.ts'
import { Refusals } from './refusals.ts'
import type { Hint } from './rereader.ts'

const ACCOUNTS_EVERY_MS = 10 * 60_000
const REREAD_GIVES_UP_MS = 5000 // the poll that waits for it sees the same

export interface LoginReaderDeps {
  readonly clock: Clock
  readonly reader: Reader
  readonly accountId?: string | undefined
  readonly withPots: () => boolean
  readonly withTransactions: () => boolean
  /** `legacy_metrics`: only they need descriptions. */
  readonly keepsDescriptions: boolean
  /** Monzo listed these accounts. @returns whether the login stays, and is worth reading on. */
  readonly onAccounts: (accountIds: readonly string[]) => Promise<boolean>
  readonly onForbidden: () => Promise<void>
}

/** One poll's outcome. It succeeded when there is no `failure`. */
export interface PollResult {
  readonly failure?: unknown
  /** Failures that cost only their own series. */
  readonly minorFailures: readonly unknown[]
}

/** Reads one login's accounts, remembering between polls what Monzo need not be asked again. */
export class LoginReader {
  readonly #deps: LoginReaderDeps
  #accounts: readonly Account[] = []
  #accountsReadAt: Instant | undefined
  /** Accounts that answered 403 on their own; asked again when the accounts are. */
  readonly #withoutBalance = new Set<string>()
  readonly #pots = new Refusals()
  readonly #transactions = new Refusals()
  readonly #ledgers = new Map<string, MonthLedger>()
  #readings: ReadonlyMap<string, KeptReading> = new Map()
  /** An account is read by one at a time, or the older answer might come last. */
  readonly #inTurn = createTurns()
  readonly #hinted = new Set<string>()
  /** Read again since the poll under way, or the last one, has read them. */
  readonly #reread = new Map<string, KeptReading>()

  constructor(deps: LoginReaderDeps) {
    this.#deps = deps
  }

  /** The newest reading of every account, also from before a failed poll; it tells its age. */
  get readings(): readonly KeptReading[] {
    return [...this.#readings.values()]
  }

  /** Rejects only when aborted. */
  async poll(signal: AbortSignal): Promise<PollResult> {
    try {
      if (this.#areAccountsDue() && !(await this.#readAccounts(signal))) return ENDED
      const results = await this.#readAll(signal)
      const refused = results.filter(({ failure }) => isForbidden(failure))
      // 403 on one account means that it has no balance; on all of them, that consent is over.
      if (refused.length > 0 && !(await this.#readAccounts(signal))) return ENDED
      return this.#keep(results)
    } catch (failure) {
      signal.throwIfAborted()
      return { failure, minorFailures: [] }
    }
  }

  /**
   * Reads one account between polls: its balance, what is new of its transactions, and its pots if
   * calls are plenty. Hints that come while one waits for its turn are the same one.
   * @returns whether its reading has changed. Rejects when aborted, or after five seconds.
   */
  async reread({ accountId, isThrifty }: Hint, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#deps
    if (this.#hinted.has(accountId)) return false
    this.#hinted.add(accountId)
    return this.#inTurn(accountId, async () => {
      this.#hinted.delete(accountId)
      const account = this.#accounts.find(({ id }) => id === accountId)
      if (!account || !this.#readings.has(accountId)) return false
      const { reading } = await readAccount(account, {
        ...this.#optionsFor(accountId, clock.timeout(REREAD_GIVES_UP_MS, signal)),
        isHinted: true,
        ...(isThrifty && { withPots: false }),
      })
      const known = this.#readings.get(accountId) // it may be gone by now
      if (!reading || !known) return false
      this.#reread.set(accountId, reading)
      this.#readings = new Map(this.#readings).set(accountId, overlay(known, reading))
      return true
    })
  }

  #areAccountsDue(): boolean {
    if (!this.#accountsReadAt) return true
    return ageMs(this.#accountsReadAt, instantOf(this.#deps.clock)) >= ACCOUNTS_EVERY_MS
  }

  /** @returns whether to read on. @throws {AppError} as readAccounts, and ACCOUNT_NOT_FOUND. */
  async #readAccounts(signal: AbortSignal): Promise<boolean> {
    const { reader, clock, accountId, onAccounts, onForbidden } = this.#deps
    this.#accountsReadAt = undefined
    let listed: readonly Account[]
    try {
      listed = await reader.readAccounts(signal)
    } catch (error) {
      if (isForbidden(error)) await onForbidden()
      throw error
    }
    if (!(await onAccounts(listed.map(({ id }) => id)))) return false
    this.#accounts = chooseAccounts(listed, accountId)
    this.#accountsReadAt = instantOf(clock)
    this.#withoutBalance.clear()
    const ids = new Set(this.#accounts.map(({ id }) => id))
    this.#pots.clear(ids)
    this.#transactions.clear(ids)
    this.#readings = new Map([...this.#readings].filter(([id]) => ids.has(id)))
    for (const id of this.#ledgers.keys()) if (!ids.has(id)) this.#ledgers.delete(id)
    return true
  }

  #readAll(signal: AbortSignal): Promise<readonly AccountResult[]> {
    return Promise.all(
      this.#withBalance().map((account) =>
        this.#inTurn(account.id, () => {
          this.#reread.delete(account.id)
          return readAccount(account, this.#optionsFor(account.id, signal))
        }),
      ),
    )
  }

  #withBalance(): readonly Account[] {
    return this.#accounts.filter(({ id }) => !this.#withoutBalance.has(id))
  }

  #optionsFor(accountId: string, signal: AbortSignal): ReadOptions {
    const { clock, reader, withPots } = this.#deps
    return {
      ...{ clock, reader, signal },
      withPots: withPots() && !this.#pots.has(accountId),
      ledger: this.#ledgerOf(accountId),
    }
  }

  #ledgerOf(accountId: string): MonthLedger | undefined {
    const { clock, reader, withTransactions, keepsDescriptions } = this.#deps
    if (!withTransactions()) this.#ledgers.clear() // what they hold would be too old one day
    if (!withTransactions() || this.#transactions.has(accountId)) return undefined
    const known = this.#ledgers.get(accountId)
    const ledger = known ?? new MonthLedger({ clock, reader, accountId, keepsDescriptions })
    this.#ledgers.set(accountId, ledger)
    return ledger
  }

  #keep(results: readonly AccountResult[]): PollResult {
    const readings = new Map(this.#readings)
    const failures: unknown[] = []
    const minorFailures: unknown[] = []
    for (const result of results) {
      const { account, reading, failure } = result
      if (reading) readings.set(account.id, this.#newest(reading))
      else if (isForbidden(failure)) {
        this.#withoutBalance.add(account.id)
        readings.delete(account.id)
      } else failures.push(failure)
      minorFailures.push(...this.#minorFailuresOf(result))
    }
    const ids = this.#withBalance().map(({ id }) => id)
    if (this.#deps.withPots()) minorFailures.push(...this.#pots.failuresOf(ids))
    if (this.#deps.withTransactions()) minorFailures.push(...this.#transactions.failuresOf(ids))
    this.#readings = readings
    const { accountId } = this.#deps
    if (accountId !== undefined && this.#withoutBalance.has(accountId)) failures.push(noBalance())
    return failures.length > 0 ? { failure: failures[0], minorFailures } : { minorFailures }
  }

  #newest(polled: KeptReading): KeptReading {
    const later = this.#reread.get(polled.accountId)
    return later ? overlay(polled, later) : polled
  }

  /** A 403 is remembered instead: what it means depends on the other accounts. */
  #minorFailuresOf({ account, reading, ...result }: AccountResult): readonly unknown[] {
    const { potsFailure, transactionsFailure } = result
    if (isForbidden(potsFailure)) this.#pots.refused(account.id, potsFailure)
    if (reading?.pots) this.#pots.answered(account.id)
    if (isForbidden(transactionsFailure))
      this.#transactions.refused(account.id, transactionsFailure)
    if (reading?.transactions) this.#transactions.answered(account.id)
    return [potsFailure, transactionsFailure].filter(
      (failure) => failure !== undefined && !isForbidden(failure),
    )
  }
}

/** The login was removed while it was read: nothing failed, and nothing is to be kept. */
const ENDED: PollResult = { minorFailures: [] }

const noBalance = () =>
  new AppError('ACCOUNT_NOT_FOUND', 'Monzo gives no balance for the account of account_id', {
    hint: 'Correct account_id, or remove it to export every open account, and restart.',
  })
