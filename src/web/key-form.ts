import type { Response } from 'express'
import { type Html, html } from './html.ts'
import type { KeyCheck } from './key-gate.ts'
import type { Site } from './layout.ts'
import { sendMessage } from './message-page.ts'
import { describeDistance } from './moment.ts'

/** A form that asks for the auth key. */
export interface KeyForm {
  /** Where it posts to, prefix included. */
  readonly action: string
  readonly button: string
  /** Another button, after it. */
  readonly more?: Html | undefined
  /** Hidden fields, by name. */
  readonly hidden?: Readonly<Record<string, string>> | undefined
  /** The key just given was wrong. */
  readonly isWrong?: boolean | undefined
}

/** Never holds the key that was given. */
export function renderKeyForm({
  action,
  button,
  more,
  hidden = {},
  isWrong = false,
}: KeyForm): Html {
  const fields = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const invalid = isWrong ? html` aria-invalid="true" autofocus` : undefined
  return html`<form method="post" action="${action}">
${fields}
${isWrong ? html`<p class="bad" role="alert" id="key-wrong">Check the key and try again.</p>` : undefined}
<label for="key">Key</label>
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" required aria-describedby="key-hint${isWrong ? ' key-wrong' : ''}"${invalid}>
<p class="hint" id="key-hint">This is <code>auth_key</code> in <code>config.toml</code>. If none is set there, it is what follows <code>key=</code> in the link that the exporter printed.</p>
<button>${button}</button> ${more}
</form>`
}

/** Answers a key that is not right: 401 with a form to try again, 429 after too many wrong ones. */
export function refuseKey(
  response: Response,
  site: Site,
  check: Exclude<KeyCheck, { kind: 'right' }>,
  form: KeyForm,
): void {
  if (check.kind === 'blocked') {
    response.set('retry-after', String(check.retryAfterSeconds))
    sendMessage(response, site, {
      status: 429,
      title: 'Too many wrong keys',
      text: `Try again ${describeDistance(check.retryAfterSeconds * 1000)}`,
      hint: 'Until then, no key from your address is accepted.',
    })
    return
  }
  const isWrong = check.kind === 'wrong'
  sendMessage(response, site, {
    status: 401,
    title: isWrong ? 'That key is not right' : 'Enter the key',
    text: isWrong ? undefined : 'Only people with the key can log this exporter in at Monzo',
    action: renderKeyForm({ ...form, isWrong }),
  })
}
