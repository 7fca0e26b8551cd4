import { type Html, html } from './html.ts'

/** What to do when the Monzo app asks for nothing, or was told no; closed until somebody wonders. */
export function renderNothingCame(startAgain: Html): Html {
  return html`<details>
<summary>Nothing came? Declined?</summary>
<ol>
<li>Look into the feed of the Monzo app: the request stays there, at the time of this login, when its notification is gone.</li>
<li>Only the app of the person whose e-mail address was typed at Monzo gets it.</li>
<li>If it is not there, or you declined it, start again.</li>
</ol>
${startAgain}
</details>`
}
