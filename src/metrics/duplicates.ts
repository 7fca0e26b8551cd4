import { LOGIN_STATE_NAMES } from '../readings/login-state-name.ts'
import type { LoginReading, Snapshot } from '../readings/snapshot.ts'

/**
 * One reading per account, pot and user: a second one would be the same series twice, which
 * Prometheus reports as a broken scrape. Of accounts and pots the first counts. Of logins with the
 * same user, or with none known yet, the one furthest in its life, in all its values: should they
 * disagree, the one that may need a person must not be hidden by the other.
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
