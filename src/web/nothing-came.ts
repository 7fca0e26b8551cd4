import { type Html, html } from './html.ts'

/** What to do when the Monzo app asks for nothing, or was told no; closed until somebody wonders. */
export function renderNothingCame(startAgain: Html): Html {
  return html`<details>
<summary>Nothing came? Declined?</summary>
<ol>
<li>Look in the feed of the Monzo app: when the notification is gone, the request is still there, at the time of this login.</li>
<li>The request goes only to the app of the person whose e-mail address was typed at Monzo.</li>
<li>If it is not there, or you declined it, start again.</li>
</ol>
${startAgain}
</details>`
}
