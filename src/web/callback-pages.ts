import type { AppError, ErrorCode } from '../lib/errors.ts'
import type { LoginStatus } from '../login/login-flow.ts'
import { type Html, html } from './html.ts'
import { renderKeyForm } from './key-form.ts'
import { headline, type Page, type Site } from './layout.ts'
import type { Message } from './message-page.ts'
import { renderNothingCame } from './nothing-came.ts'
import { renderScrapeConfig, type ScrapeDeps, statsUrl } from './scrape-config.ts'
import { progressInWords } from './status-words.ts'

const REFRESH_SECONDS = 5 // without JavaScript

/**
 * The page that people see when they come back from Monzo: what to do on the phone. It turns into
 * "Connected" by itself, and contains all three outcomes, so that its script only chooses one.
 */
export function waitingPage(site: Site, scrape: ScrapeDeps, login: LoginStatus): Page {
  const { id, state } = login
  const isConnected = state === 'connected'
  const progress = progressInWords(login)
  const isDone = isConnected && progress === undefined
  const status = `${site.prefix}/`
  const main = html`<div role="status" aria-live="polite"${isDone ? undefined : html` data-login="${site.prefix}/login/${id}" data-status="${status}"`}>
<section class="card" data-when="awaiting_approval"${hiddenIf(isConnected)}>
${headline(WAITING_TITLE)}
<ol>
<li>Open the Monzo app on your phone.</li>
<li>Tap <strong>Allow access to your data</strong>. Monzo sent it as a notification; it is also in the app’s feed.</li>
<li>Approve, and enter your PIN.</li>
</ol>
${renderNothingCame(startAgainForm(site))}
<figure class="phone">
<figcaption class="quiet">What the phone asks</figcaption>
<p><strong>Allow access to your data</strong></p>
<p>Your OAuth client asks to see your accounts and balances, your pots, and your transactions.</p>
</figure>
<noscript><p><a class="button" href="${status}">See whether it worked</a></p></noscript>
<p class="problem" data-trouble hidden></p>
<p class="quiet">This page updates by itself. Nothing can be read until you approve, and no money can ever be moved.</p>
</section>
<section class="card" data-when="connected"${hiddenIf(!isConnected)}>
${headline(CONNECTED_TITLE)}
<p>Prometheus can scrape <code>${statsUrl(scrape)}</code> now.</p>
<p class="quiet" aria-live="off" data-progress${hiddenIf(progress === undefined)}>${progress}</p>
${login.history ? undefined : HISTORY_IS_OFF}
${renderScrapeConfig(scrape)}
<p><a class="button" href="${status}">To the status page</a></p>
</section>
<section class="card" data-when="refused" hidden>
${headline('This login was not accepted')}
<p>It was removed again: it was not approved in time, it was revoked, or it cannot see the account that <code>account_id</code> names.</p>
<p><a class="button" href="${status}">What to do now</a></p>
</section>
</div>`
  const refresh = isConnected ? undefined : { afterSeconds: REFRESH_SECONDS, path: status }
  return { title: isConnected ? CONNECTED_TITLE : WAITING_TITLE, main, refresh }
}

const startAgainForm = ({ prefix }: Site): Html =>
  renderKeyForm({ action: `${prefix}/authorize`, button: 'Start again' })

const WAITING_TITLE = 'Now approve in the Monzo app'
const CONNECTED_TITLE = 'Connected'
const HISTORY_IS_OFF: Html = html`<p class="quiet">The exporter knows only what happens from now on. To see the years before, set <code>history = true</code>, restart, and log in again: Monzo shows them for five minutes after an approval.</p>`
const hiddenIf = (isHidden: boolean) => (isHidden ? html` hidden` : undefined)

/** A login that came back in another browser; posted again together with the key. */
export interface Unfinished {
  readonly code: string
  readonly state: string
}

/** The form for a login that comes back in another browser than it was begun in. */
export function otherBrowserForm({ prefix }: Site, { code, state }: Unfinished) {
  return { action: `${prefix}/callback`, button: 'Finish logging in', hidden: { code, state } }
}

/** Asks for the key in a browser that did not begin the login. */
export function otherBrowserPage(site: Site, unfinished: Unfinished): Page {
  const title = 'Is it you?'
  const main = html`<section class="card">
${headline(title)}
<p>This login was started in another browser, which happens when the link in Monzo’s mail opens elsewhere. Enter the key to show that it is yours.</p>
${renderKeyForm(otherBrowserForm(site, unfinished))}
</section>`
  return { title, main }
}

const TITLES: Readonly<Partial<Record<ErrorCode, readonly [status: number, title: string]>>> = {
  LOGIN_STATE_UNKNOWN: [400, 'This login has expired'],
  LOGIN_STATE_USED: [400, 'This login was already used'],
  CODE_REFUSED: [400, 'Monzo did not accept this login'],
  LOGIN_DENIED: [403, 'Access was denied'],
  WRONG_ACCOUNT: [403, 'That was another account'],
  CLIENT_REFUSED: [502, 'Monzo does not accept the client'],
  CLIENT_NOT_CONFIDENTIAL: [502, 'The client is not confidential'],
  MONZO_FORBIDDEN: [502, 'Monzo refuses access'],
  MONZO_TOKEN_REFUSED: [502, 'Monzo refuses access'],
  MONZO_UNAVAILABLE: [502, 'Monzo does not answer'],
  MONZO_INTERCEPTED: [502, 'Something other than Monzo answered'],
  PROXY_FAILED: [502, 'The proxy did not connect to Monzo'],
  MONZO_HTTP: [502, 'Monzo answered with an error'],
  MONZO_UNREADABLE: [502, 'Monzo’s answer could not be read'],
}

/** Tells why a login failed and what to do, with the form to start again. */
export function failedLogin(site: Site, { code, message, hint }: AppError): Message {
  const [status, title] = TITLES[code] ?? [500, 'The login failed']
  return { status, title, text: message, hint, action: startAgainForm(site) }
}
