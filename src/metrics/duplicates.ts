import { LOGIN_STATE_NAMES } from '../readings/login-state-name.ts'
import type { LoginReading, Snapshot } from '../readings/snapshot.ts'

/**
 * Keeps one reading per account, pot and user. Two would export the same series twice, and
 * Prometheus then rejects the whole scrape. The first reading of an account or pot is kept. Of the
 * logins of one user, or of those whose user is not known yet, the one in the latest state is kept
 * whole: a login that needs a person must not be hidden by one that works.
 */
export function withoutDuplicates(snapshot: Snapshot): Snapshot {
  const accounts = firstOfEach(snapshot.accounts, (account) => account.accountId)
  return {
    ...snapshot,
    logins: furthestOfEachUser(snapshot.logins),
    accounts: accounts.map((account) => ({
      ...account,
      pots: account.pots && firstOfEach(account.pots, (pot) => pot.potId),
    })),
  }
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => seen.size < seen.add(keyOf(item)).size)
}

function furthestOfEachUser(logins: readonly LoginReading[]): LoginReading[] {
  const byUser = new Map<string | undefined, LoginReading>()
  for (const login of logins) {
    const other = byUser.get(login.userId)
    if (!other || stage(login) > stage(other)) byUser.set(login.userId, login)
  }
  return [...byUser.values()]
}

const stage = (login: LoginReading): number => LOGIN_STATE_NAMES.indexOf(login.state)
