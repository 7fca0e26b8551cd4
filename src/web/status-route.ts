import type { RequestHandler } from 'express'
import type { Clock } from '../lib/clock.ts'
import type { LoginStatus } from '../login/login-flow.ts'
import { type Html, html } from './html.ts'
import { renderKeyForm } from './key-form.ts'
import { headline, type Site, sendPage } from './layout.ts'
import { asSentence } from './message-page.ts'
import { renderMoment } from './moment.ts'
import { renderScrapeConfig, type ScrapeDeps } from './scrape-config.ts'
import { headlineOf, nameOf, progressInWords, STATE_WORDS, withoutIds } from './status-words.ts'

/** What the status page reads. */
export interface StatusDeps {
  readonly site: Site
  readonly clock: Clock
  readonly scrape: ScrapeDeps
  /** To be registered with Monzo, to the letter. */
  readonly redirectUrl: string
  /** Whether people log in here, which they don't with playground tokens. */
  readonly hasOAuth: boolean
  /** Whether more people may log in: without `account_id`. */
  readonly addsPeople: boolean
  readonly logins: () => readonly LoginStatus[]
  /** Sentences for the top of the page. */
  readonly warnings: () => readonly string[]
}

const REFRESH_SECONDS = 5 // while somebody has to approve, without JavaScript

/** GET /: the state of every login, and what to do. Anybody may read it: no money, names or ids. */
export function statusRoute(deps: StatusDeps): RequestHandler {
  return (_request, response) => {
    const logins = deps.logins()
    const isWaiting = logins.some(({ state }) => state === 'awaiting_approval')
    const refresh = { afterSeconds: REFRESH_SECONDS, path: `${deps.site.prefix}/` }
    sendPage(response, 200, deps.site, {
      title: headlineOf(logins),
      main: renderStatus(deps, logins, isWaiting),
      refresh: isWaiting ? refresh : undefined,
    })
  }
}

function renderStatus(deps: StatusDeps, logins: readonly LoginStatus[], isWaiting: boolean): Html {
  const { site, warnings, hasOAuth, scrape } = deps
  const isFine = logins.length > 0 && logins.every(({ state }) => state === 'connected')
  const form = { action: `${site.prefix}/authorize`, button: 'Authorize' }
  return html`${warnings().map(renderWarning)}
<section class="card"${isWaiting ? html` data-refresh` : undefined}>
${headline(headlineOf(logins))}
${logins.length === 0 ? html`<p>${hasOAuth ? STATE_WORDS.unauthorized.next : NO_TOKEN}</p>` : undefined}
${logins.map((login) => renderLogin(login, deps, logins.length > 1))}
${hasOAuth ? undefined : html`<p class="quiet">${PLAYGROUND}</p>`}
${hasOAuth && !isFine ? renderKeyForm(form) : undefined}
</section>
${hasOAuth && isFine ? renderDetails(deps.addsPeople ? 'Log in again, or add a person' : 'Log in again', renderKeyForm(form)) : undefined}
${hasOAuth ? renderDetails('Redirect URL to register with Monzo', renderRedirectUrl(deps.redirectUrl), logins.length === 0) : undefined}
${renderDetails('Scrape config for Prometheus', renderScrapeConfig(scrape))}`
}

const renderWarning = (text: string): Html =>
  html`<div class="warning" role="note"><p><strong>Warning:</strong> ${withoutIds(asSentence(text))}</p></div>`

const NO_TOKEN = 'None of the playground tokens is in use.'
const PLAYGROUND =
  'Playground access tokens are used: they last about six hours and cannot be renewed here.'

function renderLogin(login: LoginStatus, deps: StatusDeps, isOneOfMany: boolean): Html {
  const { problem, history } = login
  const progress = progressInWords(login)
  const { headline: words, next } = STATE_WORDS[login.state]
  const nowMs = deps.clock.now()
  const row = (term: string, atMs: number | undefined) =>
    atMs === undefined ? undefined : html`<dt>${term}</dt><dd>${renderMoment(atMs, nowMs)}</dd>`
  const isOver = (login.authorizationExpiresAtMs ?? nowMs) < nowMs
  return html`${isOneOfMany ? html`<h2>${nameOf(login)}: ${words}</h2>` : undefined}
${login.state === 'connected' ? undefined : html`<p>${deps.hasOAuth ? next : NEW_TOKEN}</p>`}
${problem && !isAwaited(login) ? html`<p class="problem"><strong>${login.hasFailed ? 'The last poll failed.' : 'Balances were read, but not everything else.'}</strong> ${withoutIds(asSentence(problem.message))} ${withoutIds(asSentence(problem.hint))}</p>` : undefined}
${progress === undefined ? undefined : html`<p>${progress}.</p>`}
${history?.incompleteSinceMs === undefined ? undefined : html`<p>${deps.hasOAuth ? MISSED : MISSED_WITH_TOKEN}</p>`}
<dl>
${row('In this state since', login.sinceMs)}
${row(isOver ? 'Monzo’s consent ended' : 'Monzo’s consent ends', login.authorizationExpiresAtMs)}
${row(login.lost?.isAll ? 'No balance is exported since' : 'Not every balance is exported since', login.lost?.sinceMs)}
${row('All of the history is known since', history?.incompleteSinceMs)}
${row('Last poll', login.lastPollAtMs)}
${row('Last successful poll', login.lastSuccessAtMs)}
</dl>`
}

/** Until the login is approved, Monzo answers 403; the page already says what to do about that. */
const isAwaited = ({ state, problem }: LoginStatus): boolean =>
  state === 'awaiting_approval' && problem?.code === 'MONZO_FORBIDDEN'

const MISSED =
  'Not all of the history is known. Monzo shows what is older only in the five minutes after an approval: log in again, and it is read.'
const MISSED_WITH_TOKEN =
  'Not all of the history is known: Monzo shows what is older only in the five minutes after an approval.'
const NEW_TOKEN = 'Take a new token from Monzo’s playground at developers.monzo.com.'

function renderRedirectUrl(url: string): Html {
  return html`<p><code>${url}</code></p>
<p>At <a href="https://developers.monzo.com/">developers.monzo.com</a>, the OAuth client must have exactly this redirect URL, and Confidentiality set to Confidential.</p>`
}

function renderDetails(summary: string, body: Html, isOpen = false): Html {
  return html`<details${isOpen ? html` open` : undefined}>
<summary>${summary}</summary>
${body}
</details>`
}
