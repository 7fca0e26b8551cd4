import type { RequestHandler } from 'express'
import type { Clock } from '../lib/clock.ts'
import type { Names } from '../lib/names.ts'
import type { LoginStatus } from '../login/login-flow.ts'
import { createNameAccount, labelOf, type NameAccount } from './account-names.ts'
import { type ExporterFacts, renderExporterFacts } from './exporter-facts.ts'
import { type Html, html } from './html.ts'
import { renderSign } from './icons.ts'
import { showIdsButton } from './ids-page.ts'
import { renderKeyForm } from './key-form.ts'
import { headline, type Site, sendPage } from './layout.ts'
import { NEXT, renderLogin } from './login-facts.ts'
import { asSentence } from './message-page.ts'
import { renderNothingCame } from './nothing-came.ts'
import { renderScrapeConfig, type ScrapeDeps } from './scrape-config.ts'
import { withoutIds } from './status-words.ts'
import { daysLeft, overallVerdict, type Seen, type Verdict, verdictOf } from './verdict.ts'

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
interface View extends Seen {
  readonly logins: readonly LoginStatus[]
  readonly facts: ExporterFacts
  readonly overall: Verdict
  readonly nameAccount: NameAccount
}

function lookAt(deps: StatusDeps): View {
  const logins = deps.logins()
  const facts = deps.facts()
  const seen = { nowMs: deps.clock.now(), hasOAuth: deps.hasOAuth }
  return {
    ...seen,
    logins,
    facts,
    overall: overallVerdict(logins, seen, facts.areTokensPersisted === false),
    nameAccount: createNameAccount(logins, deps.accountNames()),
  }
}

function renderStatus(deps: StatusDeps, view: View): Html {
  const { site, warnings, hasOAuth, scrape, addsPeople } = deps
  const { logins, facts } = view
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
${live('facts', logins.length === 0 ? undefined : renderExporterFacts(facts, view))}
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

const PLAYGROUND =
  'Playground access tokens are used: they last about six hours and cannot be renewed here.'

function renderState(deps: StatusDeps, view: View): Html {
  const { logins } = view
  const isOne = logins.length === 1
  return html`${logins.length === 0 && deps.hasOAuth ? html`<p>${NEXT.unauthorized}</p>` : undefined}
${logins.map((login) => html`${isOne ? undefined : renderHeading(login, view)}${renderLogin(login, view)}`)}
${deps.hasOAuth ? undefined : html`<p class="quiet">${PLAYGROUND} The ids that <code>account_names</code> and <code>category_names</code> need are the labels <code>account_id</code> and <code>category</code> at <code>/stats</code>.</p>`}`
}

const renderVerdict = ({ level, word }: Verdict): Html =>
  html`<p class="verdict ${level}">${renderSign(level)} ${word}</p>`

function renderHeading(login: LoginStatus, view: View): Html {
  const verdict = verdictOf(login, view)
  return html`<h2>${labelOf(login, view.nameAccount)}</h2>
${renderVerdict(verdict)}
${verdict.level === 'good' ? undefined : html`<p>${verdict.headline}.</p>`}`
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
