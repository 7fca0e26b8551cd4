import type { PolledLogin } from './login/collector.ts'
import type { Login } from './login/session.ts'
import type { Logins } from './login/sessions.ts'
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
