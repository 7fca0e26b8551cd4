import { type Html, html } from './html.ts'

/** A form that asks for the auth key. */
export interface KeyForm {
  /** Where it posts to, prefix included. */
  readonly action: string
  readonly button: string
  /** Sent along unseen. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
  /** The key just given was wrong. */
  readonly isWrong?: boolean | undefined
}

/** Never repeats the key it was given. */
export function renderKeyForm({ action, button, hidden = {}, isWrong = false }: KeyForm): Html {
  const fields = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const invalid = isWrong ? html` aria-invalid="true" autofocus` : undefined
  return html`<form method="post" action="${action}">
${fields}
${isWrong ? html`<p class="bad" role="alert" id="key-wrong">Nobody got in. Look the key up and try again.</p>` : undefined}
<label for="key">Key</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required aria-describedby="key-hint${isWrong ? ' key-wrong' : ''}"${invalid}>
<p class="hint" id="key-hint">It is <code>auth_key</code> in <code>config.toml</code>. Without one there, it ends the link that the exporter printed when it started.</p>
<button>${button}</button>
</form>`
}
