import type { Letter, LoginRequest } from '../oauth/login-desk.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'

/** The first step of a login: asks for the e-mail address. */
export function renderEmailPage(request: LoginRequest, email: string): string {
  const { clientId, redirectUri, state } = request
  const host = URL.canParse(redirectUri) ? new URL(redirectUri).host : redirectUri
  return renderPage(
    'Log in to Monzo',
    html`<form class="card" method="post" action="/">
<p><strong>${host}</strong> would like to see your accounts, balances and transactions. It is the client <code>${clientId}</code>.</p>
<input type="hidden" name="client_id" value="${clientId}">
<input type="hidden" name="redirect_uri" value="${redirectUri}">
<input type="hidden" name="response_type" value="code">
${state === undefined ? html`` : html`<input type="hidden" name="state" value="${state}">`}
<label for="email">Your e-mail address</label>
<input id="email" name="email" type="email" autocomplete="email" required value="${email}">
<button>Continue</button>
</form>`,
  )
}

/** The second step: says that the magic link was sent. */
export const renderCheckMailPage = (email: string): string =>
  renderPage(
    'Check your e-mail',
    html`<div class="card">
<p>We have sent a magic link to <strong>${email}</strong>. Open it to continue.</p>
<p><a class="button" href="/mail">Open the mailbox</a></p>
</div>`,
  )

/** @param knownEmails some addresses that exist. */
export const renderUnknownEmailPage = (email: string, knownEmails: readonly string[]): string =>
  renderPage(
    'Nobody here has that address',
    html`<div class="card">
<p>There is no simulated person with the address <strong>${email}</strong>. These exist:</p>
<ul>${knownEmails.map((known) => html`<li><code>${known}</code></li>`)}</ul>
<p>Go back and enter one of them.</p>
</div>`,
  )

/** @param origin this sandbox's origin as the browser sees it, for the link to copy. */
export function renderMailPage(letters: readonly Letter[], origin: string): string {
  if (letters.length === 0)
    return renderPage(
      'Mailbox',
      html`<div class="card"><p>No mail yet. Magic links arrive here once an e-mail address has been entered. <a href="/mail">Look again</a></p></div>`,
    )
  return renderPage('Mailbox', html`${letters.map((letter) => renderLetter(letter, origin))}`)
}

function renderLetter({ id, email, sentAtMs }: Letter, origin: string): Html {
  const sent = new Date(sentAtMs).toISOString()
  return html`<article class="card">
<h2>Log in to Monzo</h2>
<p class="soft">To ${email}, <time datetime="${sent}">${sent.slice(11, 16)} UTC</time></p>
<p>Here is your magic link. It works for ten minutes.</p>
<p><a class="button" href="/magic/${id}">Open here</a></p>
<p>Or copy it into another browser, as a phone would:<br><code>${origin}/magic/${id}</code></p>
<p>Then approve on the <a href="/phone?user=${encodeURIComponent(email)}">phone</a>.</p>
<p class="soft"><a href="/deny/${id}">This wasn't me</a></p>
</article>`
}

/** A failure that can't be sent back to the client. */
export const renderProblemPage = (title: string, sentence: string): string =>
  renderPage(title, html`<div class="card"><p>${sentence}</p></div>`)

/**
 * Shown to a visitor whom no client has sent.
 * @param scenarios descriptions by name.
 */
export const renderFrontPage = (scenarios: Readonly<Record<string, string>>): string =>
  renderPage(
    'A simulated Monzo',
    html`<div class="card">
<p>Apps send people to this page to log in. No app has sent you.</p>
<p>Magic links arrive in the <a href="/mail">mailbox</a>. Access is approved on the <a href="/phone">phone</a>.</p>
</div>
<section class="card" aria-labelledby="scenarios">
<h2 id="scenarios">What can be played</h2>
<p>Each by <code>POST /scenarios/&lt;name&gt;</code> at the admin API, whose address the sandbox prints when it starts.</p>
<dl class="long">${Object.entries(scenarios).map(([name, text]) => html`<dt><code>${name}</code></dt><dd>${text}</dd>`)}</dl>
</section>`,
  )
