import type { RequestHandler } from 'express'
import type { Clock } from '../lib/clock.ts'
import type { Names } from '../lib/names.ts'
import type { LoginStatus } from '../login/login-flow.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'
import { createNameAccount, inOrder, labelOf, type NameAccount } from './account-names.ts'
import { type ExporterFacts, renderExporterFacts } from './exporter-facts.ts'
import { type Html, html } from './html.ts'
import { renderSign } from './icons.ts'
import { showIdsButton } from './ids-page.ts'
import { renderKeyForm } from './key-form.ts'
import { headline, type Site, sendPage } from './layout.ts'
import { asSentence } from './message-page.ts'
import { describeDay, renderMoment } from './moment.ts'
import { renderNothingCame } from './nothing-came.ts'
import { renderScrapeConfig, type ScrapeDeps } from './scrape-config.ts'
import { countInWords, progressInWords, withoutIds } from './status-words.ts'
import { daysLeft, overallVerdict, type Verdict, verdictOf } from './verdict.ts'

/** What the status page reads. */
export interface StatusDeps {
  readonly site: Site
  readonly clock: Pick<Clock, 'now'>
  readonly scrape: ScrapeDeps
  /** To be registered with Monzo, to the letter. */
  readonly redirectUrl: string
  /** Whether people log in here, which they don't with playground tokens. */
  readonly hasOAuth: boolean
  /** Whether more people may log in: without `account_id`. */
  readonly addsPeople: boolean
  readonly logins: () => readonly LoginStatus[]
  readonly accountNames: () => Names
  readonly facts: () => ExporterFacts
  /** Sentences for the top of the page. */
  readonly warnings: () => readonly string[]
}

const REFRESH_SECONDS = 5 // while somebody has to approve, without JavaScript

/**
 * GET /: whether it works, and what to do. Anybody may read it: no money, no ids, and no names but those
 * of `account_names`. Its script fetches it again and again, and shows the parts that have changed.
 */
export function statusRoute(deps: StatusDeps): RequestHandler {
  return (_request, response) => {
    const view = lookAt(deps)
    const isWaiting = view.logins.some(({ state }) => state === 'awaiting_approval')
    const refresh = { afterSeconds: REFRESH_SECONDS, path: `${deps.site.prefix}/` }
    sendPage(response, 200, deps.site, {
      title: view.overall.headline,
      main: renderStatus(deps, view),
      refresh: isWaiting ? refresh : undefined,
    })
  }
}

/** Everything as it is at one moment. */
interface View {
  readonly nowMs: number
  readonly logins: readonly LoginStatus[]
  readonly facts: ExporterFacts
  readonly overall: Verdict
  readonly nameAccount: NameAccount
}

function lookAt(deps: StatusDeps): View {
  const nowMs = deps.clock.now()
  const logins = deps.logins()
  const facts = deps.facts()
  const overall = overallVerdict(logins, nowMs, facts.areTokensPersisted === false)
  return {
    nowMs,
    logins,
    facts,
    overall,
    nameAccount: createNameAccount(logins, deps.accountNames()),
  }
}

function renderStatus(deps: StatusDeps, view: View): Html {
  const { site, warnings, hasOAuth, scrape, addsPeople } = deps
  const { logins, nowMs, facts } = view
  const hasIds = logins.some(({ accounts = [] }) => accounts.length > 0)
  const form = renderKeyForm({
    action: `${site.prefix}/authorize`,
    button: 'Authorize',
    more: hasIds ? showIdsButton : undefined,
  })
  const again = OR.format([
    'Log in again',
    ...(addsPeople ? ['add a person'] : []),
    ...(hasIds ? ['see ids'] : []),
  ])
  const need = hasOAuth ? needOf(view) : undefined
  return html`${live('warnings', warnings().map(renderWarning))}
<p class="problem" role="alert" data-silent hidden>The exporter does not answer. What you see is from <span data-as-of></span>.</p>
<section class="card">
<div id="overall" data-live role="status">${renderVerdict(view.overall)}
${headline(view.overall.headline)}</div>
${live('state', renderState(deps, view))}
${live('login', need && (need === 'approval' ? renderNothingCame(form) : form))}
${live('facts', logins.length === 0 ? undefined : renderExporterFacts(facts, nowMs))}
</section>
${live('again', hasOAuth && !need ? renderDetails(again, form) : undefined)}
${hasOAuth ? renderDetails('Redirect URL to register with Monzo', renderRedirectUrl(deps.redirectUrl), logins.length === 0) : undefined}
${renderDetails('Scrape config for Prometheus', renderScrapeConfig(scrape))}`
}

const OR = new Intl.ListFormat('en', { type: 'disjunction' })

/** What somebody has to do, if it is not nothing. */
function needOf({ logins, nowMs }: View): 'login' | 'approval' | undefined {
  const states = logins.map(({ state }) => state)
  const isLogin = states.some(
    (state) => state === 'unauthorized' || state === 'reauthorization_required',
  )
  if (isLogin || logins.length === 0) return 'login'
  if (states.includes('awaiting_approval')) return 'approval'
  return logins.some((login) => daysLeft(login, nowMs) !== undefined) ? 'login' : undefined
}

/** A part that the script replaces when it has changed. */
const live = (id: string, part: Html | readonly Html[] | undefined): Html =>
  html`<div id="${id}" data-live>${part}</div>`

const renderWarning = (text: string): Html =>
  html`<div class="warning" role="note"><p><strong>Warning:</strong> ${withoutIds(asSentence(text))}</p></div>`

const NO_TOKEN = 'None of the playground tokens is in use.'
const PLAYGROUND =
  'Playground access tokens are used: they last about six hours and cannot be renewed here.'

function renderState(deps: StatusDeps, view: View): Html {
  const { logins } = view
  const isOne = logins.length === 1
  return html`${logins.length === 0 ? html`<p>${deps.hasOAuth ? NEXT.unauthorized : NO_TOKEN}</p>` : undefined}
${logins.map((login) => html`${isOne ? undefined : renderHeading(login, view)}${renderLogin(login, deps, view)}`)}
${deps.hasOAuth ? undefined : html`<p class="quiet">${PLAYGROUND} The ids that <code>account_names</code> and <code>category_names</code> need are the labels <code>account_id</code> and <code>category</code> at <code>/stats</code>.</p>`}`
}

const renderVerdict = ({ level, word }: Verdict): Html =>
  html`<p class="verdict ${level}">${renderSign(level)} ${word}</p>`

function renderHeading(login: LoginStatus, { nowMs, nameAccount }: View): Html {
  const verdict = verdictOf(login, nowMs)
  return html`<h2>${labelOf(login, nameAccount)}</h2>
${renderVerdict(verdict)}
${verdict.level === 'good' ? undefined : html`<p>${verdict.headline}.</p>`}`
}

/** What to do in a state. */
const NEXT: Readonly<Record<LoginStateName, string | undefined>> = {
  unauthorized: 'Log in at Monzo to start.',
  awaiting_approval:
    'Open the Monzo app, tap “Allow access to your data”, approve, and enter your PIN.',
  connected: undefined,
  reauthorization_required: 'Monzo’s consent has ended or was withdrawn. Log in again to continue.',
}
const SINCE: Readonly<Record<LoginStateName, string>> = {
  unauthorized: 'Ended',
  awaiting_approval: 'Waiting since',
  connected: 'Connected since',
  reauthorization_required: 'Ended',
}
const NEW_TOKEN = 'Take a new token from Monzo’s playground at developers.monzo.com.'
const SOON =
  'Monzo’s consent ends then, and no balance can be read after that. A new login is good for another 90 days.'

function renderLogin(login: LoginStatus, deps: StatusDeps, view: View): Html {
  const { state, problem, lost, hasFailed } = login
  const { nowMs } = view
  const row = (term: string, atMs: number | undefined) =>
    atMs === undefined ? undefined : html`<dt>${term}</dt><dd>${renderMoment(atMs, nowMs)}</dd>`
  const next = deps.hasOAuth || state === 'connected' ? NEXT[state] : NEW_TOKEN
  const endMs = login.authorizationExpiresAtMs ?? Number.POSITIVE_INFINITY
  return html`${next && html`<p>${next}</p>`}
${daysLeft(login, nowMs) === undefined ? undefined : html`<p>${SOON}</p>`}
${problem && !isAwaited(login) ? html`<p class="problem" data-problem-of="${state}"><strong>${hasFailed ? 'The last poll failed.' : 'Balances were read, but not everything else.'}</strong> ${withoutIds(asSentence(problem.message))} ${withoutIds(asSentence(problem.hint))}</p>` : undefined}
<dl>
${renderAccounts(login, view)}
${row(SINCE[state], login.sinceMs)}
${endMs < nowMs ? row('Monzo’s consent ended', endMs) : undefined}
${endMs >= nowMs && state === 'connected' ? row('Monzo’s consent ends', login.authorizationExpiresAtMs) : undefined}
${row(lost?.isAll ? 'No balance is exported since' : 'Not every balance is exported since', lost?.sinceMs)}
${row('Balances last read', login.lastSuccessAtMs)}
${hasFailed && state === 'connected' ? row('Last tried', login.lastPollAtMs) : undefined}
${renderHistory(login, deps)}
</dl>`
}

/** Until the login is approved, Monzo answers 403; the page already says what to do about that. */
const isAwaited = ({ state, problem }: LoginStatus): boolean =>
  state === 'awaiting_approval' && problem?.code === 'MONZO_FORBIDDEN'

function renderAccounts({ accounts, lost }: LoginStatus, { nameAccount }: View) {
  const shown = inOrder(accounts)
  if (shown.length === 0) return undefined
  const isLost = ({ accountId }: { accountId: string }) => lost?.accountIds.includes(accountId)
  const items = shown.map(
    (account) =>
      html`<li>${nameAccount(account)}${isLost(account) ? ' (no balance)' : undefined}</li>`,
  )
  return html`<dt>Exported account${shown.length === 1 ? '' : 's'}</dt><dd><ul>${items}</ul></dd>`
}

function renderHistory(login: LoginStatus, { hasOAuth }: StatusDeps): Html | undefined {
  const { history, state } = login
  if (!history || (state === 'awaiting_approval' && history.transactions === 0)) return undefined
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
      : `Everything since ${describeDay(sinceMs)} is known, ${countInWords(transactions)}`
  const more = [
    ...(incompleteSinceMs === undefined
      ? []
      : [hasOAuth ? `${MISSED}: log in again to have them read` : MISSED]),
    ...(isFailing ? [FAILING] : []),
  ]
  const first = progressInWords(login) ?? known
  return more.length === 0 ? first : `${[first, ...more].join('. ')}.`
}

function renderRedirectUrl(url: string): Html {
  return html`<p id="redirect-url"><code>${url}</code></p>
<p><button type="button" class="plain" data-copy="redirect-url" hidden>Copy</button></p>
<p>At <a href="https://developers.monzo.com/">developers.monzo.com</a>, the OAuth client must have exactly this redirect URL, and Confidentiality set to Confidential.</p>`
}

function renderDetails(summary: string, body: Html, isOpen = false): Html {
  return html`<details${isOpen ? html` open` : undefined}>
<summary>${summary}</summary>
${body}
</details>`
}
