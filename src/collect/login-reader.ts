import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Account } from '../monzo/schemas.ts'
import { MonthLedger } from './month-ledger.ts'
import {
  type AccountResult,
  chooseAccounts,
  isForbidden,
  type Reader,
  readAccount,
} from './read-accounts.ts'
import type { KeptReading } from './snapshot.ts'

const ACCOUNTS_EVERY_MS = 10 * 60_000

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
  readonly #withoutPots = new Set<string>()
  readonly #withoutTransactions = new Set<string>()
  readonly #ledgers = new Map<string, MonthLedger>()
  #readings: ReadonlyMap<string, KeptReading> = new Map()

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
    this.#withoutPots.clear()
    this.#withoutTransactions.clear()
    const ids = new Set(this.#accounts.map(({ id }) => id))
    this.#readings = new Map([...this.#readings].filter(([id]) => ids.has(id)))
    for (const id of this.#ledgers.keys()) if (!ids.has(id)) this.#ledgers.delete(id)
    return true
  }

  #readAll(signal: AbortSignal): Promise<readonly AccountResult[]> {
    const { clock, reader, withPots } = this.#deps
    const due = this.#accounts.filter(({ id }) => !this.#withoutBalance.has(id))
    return Promise.all(
      due.map((account) =>
        readAccount(account, {
          clock,
          reader,
          withPots: withPots() && !this.#withoutPots.has(account.id),
          ledger: this.#ledgerOf(account.id),
          signal,
        }),
      ),
    )
  }

  #ledgerOf(accountId: string): MonthLedger | undefined {
    const { clock, reader, withTransactions, keepsDescriptions } = this.#deps
    if (!withTransactions()) this.#ledgers.clear() // what they hold would be too old one day
    if (!withTransactions() || this.#withoutTransactions.has(accountId)) return undefined
    const known = this.#ledgers.get(accountId)
    const ledger = known ?? new MonthLedger({ clock, reader, accountId, keepsDescriptions })
    this.#ledgers.set(accountId, ledger)
    return ledger
  }

  #keep(results: readonly AccountResult[]): PollResult {
    const readings = new Map(this.#readings)
    const failures: unknown[] = []
    const minorFailures: unknown[] = []
    for (const { account, reading, failure, potsFailure, transactionsFailure } of results) {
      if (reading) readings.set(account.id, reading)
      else if (isForbidden(failure)) {
        this.#withoutBalance.add(account.id)
        readings.delete(account.id)
      } else failures.push(failure)
      if (isForbidden(potsFailure)) this.#withoutPots.add(account.id)
      else if (potsFailure !== undefined) minorFailures.push(potsFailure)
      if (isForbidden(transactionsFailure)) this.#withoutTransactions.add(account.id)
      else if (transactionsFailure !== undefined) minorFailures.push(transactionsFailure)
    }
    this.#readings = readings
    const { accountId } = this.#deps
    if (accountId !== undefined && this.#withoutBalance.has(accountId)) failures.push(noBalance())
    return failures.length > 0 ? { failure: failures[0], minorFailures } : { minorFailures }
  }
}

/** The login was removed while it was read: nothing failed, and nothing is to be kept. */
const ENDED: PollResult = { minorFailures: [] }

const noBalance = () =>
  new AppError('ACCOUNT_NOT_FOUND', 'Monzo gives no balance for the account of account_id', {
    hint: 'Correct account_id, or remove it to export every open account, and restart.',
  })
