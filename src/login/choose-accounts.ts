import { AppError } from '../lib/errors.ts'
import type { Account } from '../monzo/schemas.ts'

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
  throw accountNotFound(
    `The account of account_id ${isListed ? 'is closed, or has no balance' : 'is not one that this login can see'}${othersIn(usable)}`,
  )
}

/** The accounts that could be exported instead. */
function othersIn(usable: readonly Account[]): string {
  const names = usable.map(({ id, type }) => `${id} (${type})`)
  return names.length === 0 ? '; it sees none to export' : `; it sees ${names.join(', ')}`
}

export const accountNotFound = (message: string): AppError =>
  new AppError('ACCOUNT_NOT_FOUND', message, {
    hint: 'Correct account_id, or remove it to export every open account, and restart.',
  })
