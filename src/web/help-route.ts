import type { RequestHandler } from 'express'
import { type Html, html } from './html.ts'
import { headline, type Site, sendPage } from './layout.ts'

/** GET /assets/help: what to do when, for people who have nothing but this program at hand. */
export function helpRoute(site: Site): RequestHandler {
  const main = html`<section class="card">
${headline(TITLE)}
${ENTRIES.map(({ when, what }) => html`<h2>${when}</h2>${what(site)}`)}
</section>`
  return (_request, response) => sendPage(response, 200, site, { title: TITLE, main })
}

const TITLE = 'What to do when'

interface Entry {
  readonly when: string
  readonly what: (site: Site) => Html
}

const ENTRIES: readonly Entry[] = [
  {
    when: 'Nobody is logged in, or Monzo wants a new login',
    what: ({ prefix }) => html`<ol>
<li>On the <a href="${prefix}/">status page</a>, type the key (<code>auth_key</code>) and choose Authorize; or open the link that the exporter printed.</li>
<li>Type your e-mail address at Monzo, and open the link in the mail.</li>
<li>In the Monzo app, tap <strong>Allow access to your data</strong>, and enter your PIN.</li>
</ol>
<p>Monzo ends every login after about 90 days. No setting can change that.</p>`,
  },
  {
    when: 'A graph is empty',
    what: ({ prefix }) =>
      html`<p>A value that is not known is not exported, and one that could not be read for <code>stale_after</code> disappears: a gap is not a balance of 0. The <a href="${prefix}/">status page</a> says whether the last poll worked, and why it did not. If it did, <a href="${prefix}/stats">${prefix}/stats</a> shows what Prometheus can scrape; whether it does so, its own page of targets says. Most often <code>metrics_path: /stats</code> is missing there, or the token (<code>stats_token</code>).</p>`,
  },
  {
    when: 'Monzo says that the redirect URL does not match',
    what: ({ prefix }) =>
      html`<p>The <a href="${prefix}/">status page</a> shows the exact one. It has to stand in the OAuth client at <a href="https://developers.monzo.com/">developers.monzo.com</a> to the letter; it is made of <code>redirect_uri</code>.</p>`,
  },
  {
    when: 'Something else is wrong',
    what: () => html`<p><code>monzo-exporter doctor</code> looks at everything that can keep it from working, and says what to do. <code>monzo-exporter check-config</code> reads the configuration, <code>--help</code> lists settings and commands.</p>
<p>Every setting and metric, alerts, dashboards, and how to run it as a service or a container are described in the folder <code>docs</code> that comes with the program; Monzo’s API at <a href="https://docs.monzo.com/">docs.monzo.com</a>.</p>`,
  },
]
