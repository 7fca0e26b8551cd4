import { type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { MonzoClient } from '../monzo/client.ts'
import type { Account } from '../monzo/schemas.ts'
import type { KeptReading, PotReading } from '../readings/snapshot.ts'
import type { TransactionsReading } from '../readings/spending.ts'
import type { MonthLedger } from './month-reader.ts'

/** What polling reads of Monzo. */
export type Reader = Pick<
  MonzoClient,
  'readAccounts' | 'readBalance' | 'readPots' | 'readTransactions' | 'readUserId'
>

/** Types that Monzo answers with 403 when asked for a balance. */
const TYPES_WITHOUT_BALANCE: ReadonlySet<string> = new Set([
  'uk_loan',
  'uk_monzo_flex_backing_loan',
])

/**
 * The accounts to read, of those that Monzo listed: open ones that have a balance.
 * @param accountId the only one to export, if it is set.
 * @throws {AppError} ACCOUNT_NOT_FOUND when that one is not among them.
 */
export function chooseAccounts(
  listed: readonly Account[],
  accountId: string | undefined,
): readonly Account[] {
  const usable = listed.filter(({ closed, type }) => !closed && !TYPES_WITHOUT_BALANCE.has(type))
  if (accountId === undefined) return usable
  const chosen = usable.filter(({ id }) => id === accountId)
  if (chosen.length > 0) return chosen
  const isListed = listed.some(({ id }) => id === accountId)
  const what = isListed ? 'is closed, or has no balance' : 'is not one that this login can see'
  throw new AppError('ACCOUNT_NOT_FOUND', `The account of account_id ${what}`, {
    hint: 'Correct account_id, or remove it to export every open account, and restart.',
  })
}

/** What one account gave: a reading, or not, and what went wrong on the way. */
export interface AccountResult {
  readonly account: Account
  readonly reading?: KeptReading
  /** Of the balance: without it the poll has failed. */
  readonly failure?: unknown
  /** Of the pots: only their own series go. */
  readonly potsFailure?: unknown
  /** Of the transactions: likewise. */
  readonly transactionsFailure?: unknown
}

export interface ReadOptions {
  readonly clock: Clock
  readonly reader: Reader
  readonly withPots: boolean
  /** The account's; absent: its transactions are not read. */
  readonly ledger?: Pick<MonthLedger, 'read' | 'readNew'> | undefined
  /** Between two polls: only what is new of the transactions. */
  readonly isHinted?: boolean
  readonly signal: AbortSignal
}

/** Reads one account's balance, and then what else there is of it. Rejects only when aborted. */
export async function readAccount(account: Account, options: ReadOptions): Promise<AccountResult> {
  const { clock, reader, signal } = options
  try {
    const balance = await reader.readBalance(account.id, signal)
    const readAt: Instant = instantOf(clock)
    const [pots, transactions] = await Promise.all([
      readPots(account, options),
      readTransactions(options),
    ])
    return {
      account,
      ...(pots.failure === undefined ? {} : { potsFailure: pots.failure }),
      ...(transactions.failure === undefined ? {} : { transactionsFailure: transactions.failure }),
      reading: {
        accountId: account.id,
        accountType: account.type,
        ownerType: account.owner_type,
        currency: balance.currency,
        readAt,
        balanceMinor: balance.balance,
        totalMinor: balance.total_balance,
        includingFlexibleSavingsMinor: balance.balance_including_flexible_savings,
        spendTodayMinor: balance.spend_today,
        pots: pots.pots,
        transactions: transactions.reading,
      },
    }
  } catch (failure) {
    signal.throwIfAborted()
    return { account, failure }
  }
}

async function readPots(
  account: Account,
  { reader, withPots, signal }: ReadOptions,
): Promise<{ pots?: readonly PotReading[]; failure?: unknown }> {
  if (!withPots) return {}
  try {
    const pots = await reader.readPots(account.id, signal)
    return {
      pots: pots
        .filter(({ deleted }) => !deleted)
        .map((pot) => ({
          potId: pot.id,
          potName: pot.name,
          currency: pot.currency,
          balanceMinor: pot.balance,
          goalMinor: pot.goal_amount,
        })),
    }
  } catch (failure) {
    signal.throwIfAborted()
    return { failure }
  }
}

async function readTransactions({
  ledger,
  isHinted,
  signal,
}: ReadOptions): Promise<{ reading?: TransactionsReading | undefined; failure?: unknown }> {
  if (!ledger) return {}
  try {
    return { reading: await (isHinted ? ledger.readNew(signal) : ledger.read(signal)) }
  } catch (failure) {
    signal.throwIfAborted()
    return { failure }
  }
}

export const isForbidden = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'MONZO_FORBIDDEN'
