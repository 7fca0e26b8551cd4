import type { Person } from '../bank/account.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'

/** An account on the phone's screen. */
interface ShownAccount {
  readonly type: string
  /** Absent for accounts without a balance. */
  readonly balanceMinor: number | undefined
}

/** A pot on the phone's screen. Its name is free text. */
interface ShownPot {
  readonly name: string
  readonly balanceMinor: number
}

/** What a person's Monzo app shows. */
export interface PhoneScreen {
  readonly person: Person
  readonly everybody: readonly Person[]
  /** Ids of the clients that wait for approval, and of those that have it. */
  readonly waiting: readonly string[]
  readonly connected: readonly string[]
  readonly accounts: readonly ShownAccount[]
  readonly pots: readonly ShownPot[]
  /** Titles and texts, newest first. */
  readonly feed: readonly { readonly title: string; readonly body: string }[]
}

const MAX_PEOPLE = 12 // there may be thousands; any phone opens with ?user=

/** The app's screen: notifications first, then feed, accounts, pots and connected apps. */
export function renderPhonePage(screen: PhoneScreen): string {
  const { person, everybody, waiting, connected, accounts, pots, feed } = screen
  const others = everybody.filter(({ id }) => id !== person.id).slice(0, MAX_PEOPLE)
  return renderPage(
    `${person.firstName}'s phone`,
    html`<div class="phone">
<section aria-labelledby="notifications">
<h2 id="notifications">Notifications</h2>
${waiting.length === 0 ? html`<p class="card">Nothing to approve. <a href="/phone?user=${encodeURIComponent(person.email)}">Look again</a></p>` : waiting.map((clientId, n) => renderApproval(person, clientId, n))}
</section>
${feed.map(({ title, body }) => html`<article class="card" dir="auto"><h2>${title}</h2><p>${body}</p></article>`)}
<section class="card">
<h2>Accounts</h2>
<dl>${accounts.map(renderAccount)}</dl>
</section>
${pots.length === 0 ? html`` : html`<section class="card"><h2>Pots</h2><dl>${pots.map(renderPot)}</dl></section>`}
${connected.length === 0 ? html`` : html`<section class="card"><h2>Manage apps</h2>${connected.map((clientId) => renderConnected(person, clientId))}</section>`}
</div>
<nav aria-label="Other phones" class="soft">
<ul>${others.map(({ email, name }) => html`<li><a href="/phone?user=${encodeURIComponent(email)}"><bdi>${name}</bdi>'s phone</a></li>`)}</ul>
</nav>`,
  )
}

function renderApproval(person: Person, clientId: string, n: number): Html {
  return html`<form class="card" method="post" action="/phone/approve">
<h2>Allow access to your data</h2>
<p>The client <code>${clientId}</code> asks to see, for 90 days:</p>
<ul>
<li>your accounts and their balances</li>
<li>your pots</li>
<li>your transactions: for five minutes all of them, later those of the last 90 days</li>
</ul>
<input type="hidden" name="user_id" value="${person.id}">
<input type="hidden" name="client_id" value="${clientId}">
<label for="pin-${n}">Your PIN (any will do)</label>
<input id="pin-${n}" name="pin" type="password" inputmode="numeric" autocomplete="off" maxlength="4">
<div class="actions">
<button>Approve</button>
<button class="quiet" formaction="/phone/decline">Decline</button>
</div>
</form>`
}

const renderConnected = (person: Person, clientId: string): Html =>
  html`<form method="post" action="/phone/revoke">
<p><code>${clientId}</code> can see your data.</p>
<input type="hidden" name="user_id" value="${person.id}">
<input type="hidden" name="client_id" value="${clientId}">
<button class="quiet">Remove access</button>
</form>`

const renderAccount = ({ type, balanceMinor }: ShownAccount): Html =>
  html`<dt>${type}</dt><dd>${balanceMinor === undefined ? '–' : pounds(balanceMinor)}</dd>`

/** `<bdi>`, since a name may be written from right to left. */
const renderPot = ({ name, balanceMinor }: ShownPot): Html =>
  html`<dt><bdi>${name}</bdi></dt><dd>${pounds(balanceMinor)}</dd>`

const POUNDS = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' })
const pounds = (minor: number): string => POUNDS.format(minor / 100)
