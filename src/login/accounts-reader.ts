import { isDeepStrictEqual } from 'node:util'
import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import { createTurns } from '../lib/turns.ts'
import type { MonzoClient } from '../monzo/client.ts'
import type { Account } from '../monzo/schemas.ts'
import type { BalanceReading, PotsReading, ReadAccount } from '../readings/account.ts'
import type { TransactionsReading } from '../readings/spending.ts'
import { accountNotFound, chooseAccounts } from './choose-accounts.ts'
import type { LoginPast } from './login-past.ts'
import { MonthReader } from './month-reader.ts'
import { Refusals } from './refusals.ts'

const ACCOUNTS_EVERY_MS = 10 * 60_000
const REREAD_GIVES_UP_MS = 5000 // the next poll reads the same

/** The settings that say what to read. */
export interface ReadSettings {
  readonly account_id?: string | undefined
  readonly pots: boolean
  readonly transactions: boolean
  /** Only the Go exporter's metrics need descriptions of transactions. */
  readonly legacy_metrics: boolean
}

export interface AccountsReaderDeps {
  readonly clock: Clock
  readonly client: Pick<
    MonzoClient,
    'readAccounts' | 'readBalance' | 'readPots' | 'readTransactions'
  >
  readonly settings: () => ReadSettings
  /** Told what is read; there is none without `history`. */
  readonly past?: LoginPast | undefined
  /** Monzo listed these accounts. @returns whether the login stays, and is worth reading on. */
  readonly onAccounts: (accountIds: readonly string[]) => Promise<boolean>
  /** Monzo answered `/accounts` with 403. */
  readonly onForbidden: () => Promise<void>
  /** An account is left out, since it has no balance. Called once for each account. */
  readonly onWithoutBalance: (accountId: string, why: string) => void
  /** There is something new to show. */
  readonly onNews: () => void
}

/** How a poll went. It succeeded when there is no `failure`. */
export interface PollResult {
  readonly failure?: unknown
  /**
   * Resolves once pots and transactions were read as well, which may take minutes, with their
   * failures: each of those only removes its own series. Never rejects.
   */
  readonly rest: Promise<readonly unknown[]>
}

/** A reason to believe that an account has just changed. */
export interface Hint {
  readonly accountId: string
  /** Few calls are left for this minute: don't read pots, which have most likely not changed. */
  readonly isThrifty: boolean
}

/** Reads one login's accounts, and remembers what need not be read again at the next poll. */
export class AccountsReader {
  readonly #deps: AccountsReaderDeps
  #accounts: readonly Account[] = []
  #accountsReadAt: Instant | undefined
  /** Accounts that showed no balance while others did; asked again when the list of accounts is. */
  readonly #withoutBalance = new Set<string>()
  readonly #saidWithoutBalance = new Set<string>()
  readonly #refusals = { pots: new Refusals(), transactions: new Refusals() }
  readonly #months = new Map<string, MonthReader>()
  #read: ReadonlyMap<string, ReadAccount> = new Map()
  /** Serializes reads of the same thing, so that an older answer can't come last. */
  readonly #inTurn = createTurns()
  /** Accounts whose pots and transactions are being read. */
  readonly #busy = new Set<string>()
  /** Accounts that wait to be read between polls. */
  readonly #hinted = new Set<string>()

  constructor(deps: AccountsReaderDeps) {
    this.#deps = deps
  }

  /** What is known of every account, possibly from before a failed poll: each part has its age. */
  get accounts(): readonly ReadAccount[] {
    return [...this.#read.values()]
  }

  /** Resolves when the balances were read. Rejects only when aborted. */
  async poll(signal: AbortSignal): Promise<PollResult> {
    // Forget the months, which would be out of date if the setting is switched on again.
    if (!this.#deps.settings().transactions) this.#months.clear()
    try {
      if (this.#areAccountsDue() && !(await this.#readAccounts(signal))) return ENDED
      const results = await Promise.all(
        this.#withBalance().map((account) => this.#readAccount(account, signal)),
      )
      // 403 on one account may mean that it has no balance; on all of them, that consent is over.
      const isRefused = results.some(({ failure }) => isForbidden(failure))
      if (isRefused && !(await this.#readAccounts(signal))) return ENDED
      const isAnyRead = results.some(({ failure }) => failure === undefined)
      for (const { account, failure } of results) this.#judge(account.id, failure, isAnyRead)
      const counted = new Set(this.#withBalance().map(({ id }) => id)) // a closed one is gone by now
      const failure =
        results.find((one) => one.failure !== undefined && counted.has(one.account.id))?.failure ??
        this.#missing()
      const rest = Promise.all(results.map((result) => result.rest))
      return {
        ...(failure !== undefined && { failure }),
        rest: rest.then((minor) => [...minor.flat(), ...this.#lastingFailures()]),
      }
    } catch (failure) {
      signal.throwIfAborted()
      return { failure, rest: NOTHING }
    }
  }

  /**
   * Reads one account between polls: its balance, what is new of its transactions, and its pots if
   * enough calls are left. Does nothing if the account already waits for this. A failure changes
   * nothing: the next poll reports it. Rejects when aborted, or after five seconds.
   */
  async reread({ accountId, isThrifty }: Hint, signal: AbortSignal): Promise<void> {
    if (this.#hinted.has(accountId)) return
    this.#hinted.add(accountId)
    const reread = (limit: AbortSignal) => this.#reread(accountId, isThrifty, limit)
    await this.#deps.clock.within(REREAD_GIVES_UP_MS, reread, signal)
  }

  async #reread(accountId: string, isThrifty: boolean, signal: AbortSignal): Promise<void> {
    const isRead = await this.#inTurn(`balance of ${accountId}`, async () => {
      this.#hinted.delete(accountId)
      const account = this.#accounts.find(({ id }) => id === accountId)
      if (!account || !this.#read.has(accountId)) return false
      return (await this.#readBalance(account, signal)) === undefined
    })
    if (!isRead || this.#deps.past?.isReadingIn) return
    await this.#inTurn(`rest of ${accountId}`, () =>
      Promise.all([
        this.#wants('pots', accountId) && !isThrifty && this.#readPots(accountId, signal),
        this.#wants('transactions', accountId) && this.#readNew(accountId, signal),
      ]),
    ).catch(() => undefined)
  }

  #areAccountsDue(): boolean {
    if (!this.#accountsReadAt) return true
    return ageMs(this.#accountsReadAt, instantOf(this.#deps.clock)) >= ACCOUNTS_EVERY_MS
  }

  /** @returns whether to read on. @throws {AppError} as readAccounts, and ACCOUNT_NOT_FOUND. */
  async #readAccounts(signal: AbortSignal): Promise<boolean> {
    const { client, clock, settings, onAccounts, onForbidden } = this.#deps
    this.#accountsReadAt = undefined
    let listed: readonly Account[]
    try {
      listed = await client.readAccounts(signal)
    } catch (error) {
      if (isForbidden(error)) await onForbidden()
      throw error
    }
    if (!(await onAccounts(listed.map(({ id }) => id)))) return false
    this.#accounts = chooseAccounts(listed, settings().account_id)
    this.#accountsReadAt = instantOf(clock)
    this.#deps.past?.accountsRead(this.#accounts)
    this.#withoutBalance.clear()
    const ids = new Set(this.#accounts.map(({ id }) => id))
    for (const part of PARTS) this.#refusals[part].clear(ids)
    this.#read = new Map([...this.#read].filter(([id]) => ids.has(id)))
    for (const id of this.#months.keys()) if (!ids.has(id)) this.#months.delete(id)
    return true
  }

  #withBalance(): readonly Account[] {
    return this.#accounts.filter(({ id }) => !this.#withoutBalance.has(id))
  }

  /** Leaves an account out if it never had a balance, and other accounts show that calls work. */
  #judge(accountId: string, failure: unknown, isAnyRead: boolean): void {
    if (failure === undefined || this.#read.has(accountId)) return
    const isOnlyOne = accountId === this.#deps.settings().account_id && isForbidden(failure)
    const why = whyWithoutBalance(failure)
    if (why === undefined || !(isAnyRead || isOnlyOne)) return
    this.#withoutBalance.add(accountId)
    if (this.#saidWithoutBalance.has(accountId) || isOnlyOne) return
    this.#saidWithoutBalance.add(accountId)
    this.#deps.onWithoutBalance(accountId, why)
  }

  /** @returns the failure of a poll in which the account of `account_id` turned out to have no balance. */
  #missing(): AppError | undefined {
    const { account_id } = this.#deps.settings()
    if (account_id === undefined || !this.#withoutBalance.has(account_id)) return undefined
    return accountNotFound('Monzo gives no balance for the account of account_id')
  }

  async #readAccount(account: Account, signal: AbortSignal) {
    const failure = await this.#inTurn(`balance of ${account.id}`, () =>
      this.#readBalance(account, signal),
    )
    return {
      account,
      failure,
      rest: failure === undefined ? this.#readRest(account, signal) : NOTHING,
    }
  }

  /** @returns what went wrong. Rejects only when aborted. */
  async #readBalance({ id, type, owner_type }: Account, signal: AbortSignal): Promise<unknown> {
    const { client, clock, past } = this.#deps
    try {
      const reply = await client.readBalance(id, signal)
      past?.find(id)?.balanceRead(reply.balance, reply.currency)
      const balance: BalanceReading = {
        readAt: instantOf(clock),
        currency: reply.currency,
        balanceMinor: reply.balance,
        totalMinor: reply.total_balance,
        includingFlexibleSavingsMinor: reply.balance_including_flexible_savings,
        spendTodayMinor: reply.spend_today,
      }
      const known = this.#read.get(id)
      this.#show({ ...known, accountId: id, accountType: type, ownerType: owner_type, balance })
      return undefined
    } catch (failure) {
      signal.throwIfAborted()
      return failure
    }
  }

  /** @returns what failed but for refusals, which are remembered. Never rejects. */
  async #readRest({ id }: Account, signal: AbortSignal): Promise<readonly unknown[]> {
    if (this.#busy.has(id)) return [] // an earlier poll is still reading a long month
    if (this.#deps.past?.isReadingIn) return [] // those minutes don't come back
    this.#busy.add(id)
    // One after the other, over one connection: most of a poll's cost is TLS handshakes.
    const failures = await this.#inTurn(`rest of ${id}`, async () => [
      await this.#readPart('pots', id, () => this.#readPots(id, signal)),
      await this.#readPart('transactions', id, () => this.#readMonth(id, signal)),
    ])
    this.#busy.delete(id)
    return signal.aborted ? [] : failures.filter((failure) => failure !== undefined)
  }

  /** @returns why it could not be read, if Monzo did not refuse it. Then nothing of it is left. */
  async #readPart(part: Part, accountId: string, read: () => Promise<void>): Promise<unknown> {
    const refusals = this.#refusals[part]
    if (!this.#wants(part, accountId)) {
      this.#keep(accountId, { [part]: undefined })
      return undefined
    }
    try {
      await read()
      refusals.answered(accountId)
      return undefined
    } catch (failure) {
      this.#keep(accountId, { [part]: undefined })
      if (!isRefusal(failure)) return failure
      refusals.refused(accountId, failure) // what it means depends on the other accounts
      return undefined
    }
  }

  #wants(part: Part, accountId: string): boolean {
    return this.#deps.settings()[part] && !this.#refusals[part].has(accountId)
  }

  async #readPots(accountId: string, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#deps
    const listed = await client.readPots(accountId, signal)
    const pots = listed
      .filter(({ deleted }) => !deleted)
      .map((pot) => ({
        potId: pot.id,
        potName: pot.name,
        currency: pot.currency,
        balanceMinor: pot.balance,
        goalMinor: pot.goal_amount,
      }))
    this.#keep(accountId, { pots: { readAt: instantOf(clock), pots } })
  }

  async #readMonth(accountId: string, signal: AbortSignal): Promise<void> {
    this.#keep(accountId, { transactions: await this.#monthOf(accountId).read(signal) })
  }

  async #readNew(accountId: string, signal: AbortSignal): Promise<void> {
    const transactions = await this.#monthOf(accountId).readNew(signal)
    if (transactions) this.#keep(accountId, { transactions })
  }

  #monthOf(accountId: string): MonthReader {
    const { clock, client, settings, past } = this.#deps
    const known = this.#months.get(accountId)
    const keepsDescriptions = settings().legacy_metrics
    const ofAccount = () => past?.find(accountId)
    const month =
      known ?? new MonthReader({ clock, client, accountId, keepsDescriptions, past: ofAccount })
    this.#months.set(accountId, month)
    return month
  }

  /** Refusals that still hold, although they are not requested again in every poll. */
  #lastingFailures(): readonly unknown[] {
    const ids = this.#withBalance().map(({ id }) => id)
    const settings = this.#deps.settings()
    return PARTS.filter((part) => settings[part]).flatMap((part) =>
      this.#refusals[part].failuresOf(ids),
    )
  }

  /** Updates parts of an account, if it is still known. */
  #keep(accountId: string, parts: Parts): void {
    const known = this.#read.get(accountId)
    if (known) this.#show({ ...known, ...parts })
  }

  #show(account: ReadAccount): void {
    const before = this.#read.get(account.accountId)
    this.#read = new Map(this.#read).set(account.accountId, account)
    if (isNews(before, account)) this.#deps.onNews()
  }
}

/** What is read of an account besides its balance. The names are those of the settings. */
const PARTS = ['pots', 'transactions'] as const
type Part = (typeof PARTS)[number]
interface Parts {
  readonly pots?: PotsReading | undefined
  readonly transactions?: TransactionsReading | undefined
}

const NOTHING: Promise<readonly unknown[]> = Promise.resolve([])

/** The login was removed while it was read: nothing failed, and nothing is to be kept. */
const ENDED: PollResult = { rest: NOTHING }

/** What Monzo answers for an account without a balance; `undefined` for trouble that may pass. */
function whyWithoutBalance(failure: unknown): string | undefined {
  const codes: readonly ErrorCode[] = ['MONZO_FORBIDDEN', 'MONZO_HTTP', 'MONZO_UNREADABLE']
  return failure instanceof AppError && codes.includes(failure.code) ? failure.message : undefined
}

/** Monzo answers so for pots or transactions that an account doesn't have: 403, 400 or 404. */
const isRefusal = (error: unknown): boolean =>
  isForbidden(error) || (error instanceof AppError && error.code === 'MONZO_HTTP')

const isForbidden = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'MONZO_FORBIDDEN'

/** Whether a scrape would show other values, not just the same ones read later. */
function isNews(before: ReadAccount | undefined, now: ReadAccount): boolean {
  return !isDeepStrictEqual(before && withoutTimes(before), withoutTimes(now))
}

const withoutTimes = ({ balance, pots, transactions, ...account }: ReadAccount) => ({
  ...account,
  balance: { ...balance, readAt: undefined },
  pots: pots?.pots,
  spendingAt: transactions?.spendingAt,
})
