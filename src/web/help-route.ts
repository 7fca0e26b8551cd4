import type { RequestHandler } from 'express'
import { HELP } from './help-entries.ts'
import { html } from './html.ts'
import { headline, type Site, sendPage } from './layout.ts'
import { renderMarkdown } from './markdown.ts'

const TITLE = 'What to do when'

/** GET /assets/help: symptoms and what to do, for people who have nothing but this program at hand. */
export function helpRoute(site: Site): RequestHandler {
  const main = html`<section class="card">
${headline(TITLE)}
<p>Choose what you see. The <a href="${site.prefix}/">status page</a> and the log also say what is wrong and what to do.</p>
</section>
${HELP.map(
  ({ title, entries }) => html`<section class="card">
<h2>${title}</h2>
${entries.map(
  ({ symptom, answer }) => html`<details>
<summary>${symptom}</summary>
${renderMarkdown(answer, site.prefix)}
</details>`,
)}
</section>`,
)}`
  return (_request, response) => sendPage(response, 200, site, { title: TITLE, main })
}
