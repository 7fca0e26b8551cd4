import type { LoginStatus } from '../login/login-flow.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'
import { inOrder, type NameAccount } from './account-names.ts'
import { type Html, html } from './html.ts'
import { asSentence } from './message-page.ts'
import { describeDay, renderMoment } from './moment.ts'
import { countInWords, progressInWords, withoutIds } from './status-words.ts'
import { daysLeft, type Seen } from './verdict.ts'

/** What its words depend on besides. */
interface Around extends Seen {
  readonly nameAccount: NameAccount
}

/** What to do in a state. */
export const NEXT: Readonly<Record<LoginStateName, string | undefined>> = {
  unauthorized: 'Log in at Monzo to start.',
  awaiting_approval:
    'Open the Monzo app, tap “Allow access to your data”, approve, and enter your PIN.',
  connected: undefined,
  reauthorization_required: 'Monzo has ended this login. Log in again to continue.',
}
const SINCE: Readonly<Record<LoginStateName, string>> = {
  unauthorized: 'Ended',
  awaiting_approval: 'Waiting since',
  connected: 'Connected since',
  reauthorization_required: 'Ended',
}
const NEW_TOKEN =
  'Copy a new token from Monzo’s playground at developers.monzo.com into access_tokens, and restart.'
const SOON =
  'Monzo’s consent ends then, and no balance can be read after that. A new login is good for another 90 days.'

/** What the status page says of one login: what to do, then rows. No money, no ids. */
export function renderLogin(login: LoginStatus, { nowMs, nameAccount, hasOAuth }: Around): Html {
  const { state, problem, lost, hasFailed } = login
  const row = (term: string, atMs: number | undefined) =>
    atMs === undefined ? undefined : html`<dt>${term}</dt><dd>${renderMoment(atMs, nowMs)}</dd>`
  const next = hasOAuth || state === 'connected' ? NEXT[state] : NEW_TOKEN
  const endMs = login.authorizationExpiresAtMs ?? Number.POSITIVE_INFINITY
  return html`${next && html`<p>${next}</p>`}
${daysLeft(login, nowMs) === undefined ? undefined : html`<p>${SOON}</p>`}
${problem && !isAwaited(login) ? html`<p class="problem" data-problem-of="${state}"><strong>${hasFailed ? 'The last poll failed.' : 'Balances were read, but not everything else.'}</strong> ${withoutIds(asSentence(problem.message))} ${withoutIds(asSentence(problem.hint))}</p>` : undefined}
<dl>
${renderAccounts(login, nameAccount)}
${row(SINCE[state], login.sinceMs)}
${endMs < nowMs ? row('Monzo’s consent ended', endMs) : undefined}
${endMs >= nowMs && state === 'connected' ? row('Monzo’s consent ends', login.authorizationExpiresAtMs) : undefined}
${row(lost?.isAll ? 'No balance exported since' : 'Some balances missing since', lost?.sinceMs)}
${row('Balances last read', login.lastSuccessAtMs)}
${hasFailed && state === 'connected' ? row('Last tried', login.lastPollAtMs) : undefined}
${renderHistory(login, hasOAuth)}
</dl>`
}

/** Until the login is approved, Monzo answers 403; the page already says what to do about that. */
const isAwaited = ({ state, problem }: LoginStatus): boolean =>
  state === 'awaiting_approval' && problem?.code === 'MONZO_FORBIDDEN'

function renderAccounts({ accounts, lost }: LoginStatus, nameAccount: NameAccount) {
  const shown = inOrder(accounts)
  if (shown.length === 0) return undefined
  const isLost = ({ accountId }: { accountId: string }) => lost?.accountIds.includes(accountId)
  const items = shown.map(
    (account) =>
      html`<li>${nameAccount(account)}${isLost(account) ? ' (no balance)' : undefined}</li>`,
  )
  return html`<dt>Exported account${shown.length === 1 ? '' : 's'}</dt><dd><ul>${items}</ul></dd>`
}

function renderHistory(login: LoginStatus, hasOAuth: boolean): Html | undefined {
  const { history, state } = login
  // Whose accounts they are is not known before `/accounts` has answered.
  if (!history || (state !== 'connected' && history.transactions === 0)) return undefined
  return html`<dt>History</dt><dd>${historyInWords(login, hasOAuth)}</dd>`
}

const MISSED = 'Older ones are missing. Monzo shows them only in the five minutes after an approval'
const FAILING = 'Something cannot be kept at the moment; the log says why'

function historyInWords(login: LoginStatus, hasOAuth: boolean): string {
  const { history } = login
  const { knownSinceMs, incompleteSinceMs, isFailing, transactions = 0 } = history ?? {}
  const sinceMs = incompleteSinceMs ?? knownSinceMs
  const known =
    sinceMs === undefined
      ? 'Nothing is known yet'
      : `${countInWords(transactions)}; everything since ${describeDay(sinceMs)} is known`
  const more = [
    ...(incompleteSinceMs === undefined
      ? []
      : [hasOAuth ? `${MISSED}: log in again to have them read` : MISSED]),
    ...(isFailing ? [FAILING] : []),
  ]
  const first = progressInWords(login) ?? known
  return more.length === 0 ? first : `${[first, ...more].join('. ')}.`
}
