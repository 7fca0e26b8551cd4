import type { Login } from './auth/login.ts'
import type { Logins } from './auth/logins.ts'
import type { PolledLogin } from './collect/collector.ts'
import type { MonzoClient } from './monzo/client.ts'

/** A login as the collector sees it: what it may read, and whom it tells what it has read. */
export const polledLogin = (login: Login, reader: MonzoClient, logins: Logins): PolledLogin => ({
  id: login.id,
  reader,
  pace: () => login.pace,
  isAwaitingApproval: () => login.state.state === 'awaiting_approval',
  userId: () => login.userId,
  refreshIfDue: () => login.tokens.refreshIfDue(),
  onUserId: (userId) => logins.identify(login, userId),
  onAccounts: (accountIds) => logins.accountsRead(login, accountIds),
  onForbidden: () => logins.accountsForbidden(login),
})
