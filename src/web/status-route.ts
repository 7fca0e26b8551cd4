import type { RequestHandler } from 'express'
import type { Clock } from '../lib/clock.ts'
import type { LoginStatus } from '../login/login-flow.ts'
import { type Html, html } from './html.ts'
import { renderKeyForm } from './key-form.ts'
import { headline, type Site, sendPage } from './layout.ts'
import { renderMoment } from './moment.ts'
import { asSentence } from './notice.ts'
import { renderScrapeConfig, type ScrapeDeps } from './scrape-config.ts'
import {
  headlineOf,
  type LoginView,
  nameOf,
  type PollStatus,
  STATE_WORDS,
  withoutIds,
} from './status-words.ts'

/** What the status page reads. */
export interface StatusDeps {
  readonly site: Site
  readonly clock: Clock
  readonly scrape: ScrapeDeps
  /** What has to be registered at Monzo. */
  readonly redirectUrl: string
  /** Whether people log in here; not with playground tokens. */
  readonly hasOAuth: boolean
  /** Whether further people may log in beside those that are: without `account_id`. */
  readonly addsPeople: boolean
  readonly logins: () => readonly LoginStatus[]
  readonly polls: () => readonly PollStatus[]
  readonly notices: () => readonly string[]
}

const REFRESH_SECONDS = 5 // while somebody has to approve, without JavaScript

/** GET /: how every login stands and what to do. Open to anybody, so: no money, no names, no ids. */
export function statusRoute(deps: StatusDeps): RequestHandler {
  return (_request, response) => {
    const polls = new Map(deps.polls().map((poll) => [poll.loginId, poll]))
    const views = deps.logins().map((login) => ({ login, poll: polls.get(login.id) }))
    const isWaiting = views.some(({ login }) => login.state === 'awaiting_approval')
    const refresh = { afterSeconds: REFRESH_SECONDS, path: `${deps.site.prefix}/` }
    sendPage(response, 200, deps.site, {
      title: headlineOf(views),
      main: renderStatus(deps, views, isWaiting),
      refresh: isWaiting ? refresh : undefined,
    })
  }
}

function renderStatus(deps: StatusDeps, views: readonly LoginView[], isWaiting: boolean): Html {
  const { site, notices, hasOAuth, scrape } = deps
  const isFine = views.length > 0 && views.every(({ login }) => login.state === 'connected')
  const form = { action: `${site.prefix}/authorize`, button: 'Authorize' }
  return html`${notices().map(renderNotice)}
<section class="card"${isWaiting ? html` data-refresh` : undefined}>
${headline(headlineOf(views))}
${views.length === 0 ? html`<p>${hasOAuth ? STATE_WORDS.unauthorized.next : NO_TOKEN}</p>` : undefined}
${views.map((view) => renderLogin(view, deps, views.length > 1))}
${hasOAuth ? undefined : html`<p class="quiet">${PLAYGROUND}</p>`}
${hasOAuth && !isFine ? renderKeyForm(form) : undefined}
</section>
${hasOAuth && isFine ? renderDetails(deps.addsPeople ? 'Log in again, or add a person' : 'Log in again', renderKeyForm(form)) : undefined}
${hasOAuth ? renderDetails('Redirect URL to register with Monzo', renderRedirectUrl(deps.redirectUrl), views.length === 0) : undefined}
${renderDetails('Scrape config for Prometheus', renderScrapeConfig(scrape))}`
}

const renderNotice = (text: string): Html =>
  html`<div class="warning" role="note"><p><strong>Warning:</strong> ${withoutIds(asSentence(text))}</p></div>`

const NO_TOKEN = 'None of the playground tokens is in use.'
const PLAYGROUND =
  'Playground access tokens are used: they last about six hours and cannot be renewed here.'

function renderLogin({ login, poll }: LoginView, deps: StatusDeps, isOneOfMany: boolean): Html {
  const { headline: words, next } = STATE_WORDS[login.state]
  const nowMs = deps.clock.now()
  const row = (term: string, atMs: number | undefined) =>
    atMs === undefined ? undefined : html`<dt>${term}</dt><dd>${renderMoment(atMs, nowMs)}</dd>`
  const isOver = (login.authorizationExpiresAtMs ?? nowMs) < nowMs
  return html`${isOneOfMany ? html`<h2>${nameOf(login)}: ${words}</h2>` : undefined}
${login.state === 'connected' ? undefined : html`<p>${deps.hasOAuth ? next : NEW_TOKEN}</p>`}
${poll?.problem && (isAwaited(login, poll) ? undefined : html`<p class="problem"><strong>${poll.hasFailed ? 'The last poll failed.' : 'Balances were read, but not everything else.'}</strong> ${withoutIds(asSentence(poll.problem.message))} ${withoutIds(asSentence(poll.problem.hint))}</p>`)}
<dl>
${row('In this state since', login.sinceMs)}
${row(isOver ? 'Monzo’s consent ended' : 'Monzo’s consent ends', login.authorizationExpiresAtMs)}
${row('Last poll', poll?.lastPollAtMs)}
${row('Last successful poll', poll?.lastSuccessAtMs)}
</dl>`
}

/** Before approval Monzo answers 403: what to do is said already. */
const isAwaited = ({ state }: LoginStatus, { problem }: PollStatus): boolean =>
  state === 'awaiting_approval' && problem?.code === 'MONZO_FORBIDDEN'

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
