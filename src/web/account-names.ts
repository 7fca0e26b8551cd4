import { type Names, nameOf } from '../lib/names.ts'
import type { AccountStatus, LoginStatus } from '../login/login-flow.ts'

/** What the dashboards call them, too; in the order in which they matter. */
const TYPES: Names = {
  uk_retail: 'Current account',
  uk_retail_joint: 'Joint account',
  uk_retail_young: 'Account under 18',
  uk_business: 'Business account',
  uk_monzo_flex: 'Flex',
  uk_rewards: 'Cashback',
  uk_loan: 'Loan',
}
const END = 4 // characters of an id that tell it from others
const MOST_IN_LABEL = 2

const RANKS = Object.keys(TYPES)
const rankOf = ({ accountType }: AccountStatus): number =>
  RANKS.includes(accountType) ? RANKS.indexOf(accountType) : RANKS.length

/** Everyday accounts first; Monzo has an order of its own. */
export const inOrder = (accounts: readonly AccountStatus[] = []): readonly AccountStatus[] =>
  accounts.toSorted((one, other) => rankOf(one) - rankOf(other))

/** What accounts are called on the pages: as `account_names` says, else by their type. */
export type NameAccount = (account: AccountStatus) => string

/** @param names `account_names`. Accounts that would be called the same get the end of their id. */
export function createNameAccount(logins: readonly LoginStatus[], names: Names): NameAccount {
  const plain = ({ accountId, accountType }: AccountStatus) =>
    nameOf(names, accountId) ?? nameOf(TYPES, accountType) ?? accountType
  const ids = new Map<string, Set<string>>()
  for (const account of logins.flatMap(({ accounts = [] }) => accounts)) {
    const name = plain(account)
    ids.set(name, (ids.get(name) ?? new Set()).add(account.accountId))
  }
  return (account) => {
    const name = plain(account)
    return (ids.get(name)?.size ?? 0) > 1 ? `${name} …${account.accountId.slice(-END)}` : name
  }
}

/** Tells several logins apart: by their accounts, or while none is known, by the end of the user id. */
export function labelOf({ userId, accounts }: LoginStatus, nameAccount: NameAccount): string {
  const names = inOrder(accounts).map(nameAccount)
  if (names.length === 0)
    return userId === undefined ? 'A login not known yet' : `Login …${userId.slice(-END)}`
  const more = names.length - MOST_IN_LABEL
  return more > 0
    ? `${names.slice(0, MOST_IN_LABEL).join(', ')} and ${more} more`
    : names.join(' and ')
}
