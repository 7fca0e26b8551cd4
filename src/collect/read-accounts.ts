import { type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { MonzoClient } from '../monzo/client.ts'
import type { Account } from '../monzo/schemas.ts'
import type { AccountReading, PotReading } from './snapshot.ts'

/** What polling reads of Monzo. */
export type Reader = Pick<MonzoClient, 'readAccounts' | 'readBalance' | 'readPots' | 'readUserId'>

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
  readonly reading?: AccountReading
  /** Of the balance: without it the poll has failed. */
  readonly failure?: unknown
  /** Of the pots: only their own series go. */
  readonly potsFailure?: unknown
}

export interface ReadOptions {
  readonly clock: Clock
  readonly reader: Reader
  readonly withPots: boolean
  readonly signal: AbortSignal
}

/** Reads one account's balance and pots. Rejects only when aborted. */
export async function readAccount(account: Account, options: ReadOptions): Promise<AccountResult> {
  const { clock, reader, withPots, signal } = options
  try {
    const balance = await reader.readBalance(account.id, signal)
    const readAt: Instant = instantOf(clock)
    const pots = withPots ? await readPots(account, options) : {}
    return {
      account,
      ...(pots.failure === undefined ? {} : { potsFailure: pots.failure }),
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
      },
    }
  } catch (failure) {
    signal.throwIfAborted()
    return { account, failure }
  }
}

async function readPots(
  account: Account,
  { reader, signal }: ReadOptions,
): Promise<{ pots?: readonly PotReading[]; failure?: unknown }> {
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

export const isForbidden = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'MONZO_FORBIDDEN'
