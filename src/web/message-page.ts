import type { Response } from 'express'
import { type Html, html } from './html.ts'
import { headline, type Site, sendPage } from './layout.ts'

/** A page of one headline, one or two sentences, and one thing to do. */
export interface Message {
  readonly status: number
  readonly title: string
  /** What happened; with or without a capital and a full stop. */
  readonly text?: string | undefined
  /** What to do about it; likewise. */
  readonly hint?: string | undefined
  /** The one thing to do next; a link to the status page when absent. */
  readonly action?: Html | undefined
}

export function sendMessage(response: Response, site: Site, message: Message): void {
  const { status, title, text, hint, action } = message
  const main = html`<section class="card">
${headline(title)}
${text && html`<p>${asSentence(text)}</p>`}
${hint && html`<p>${asSentence(hint)}</p>`}
${action ?? html`<p><a class="button" href="${site.prefix}/">To the status page</a></p>`}
</section>`
  sendPage(response, status, site, { title, main })
}

/**
 * Error messages are written to follow `error: ` in a terminal. A page begins them with a capital,
 * unless the first word is a name such as `auth_key`, and ends them with a full stop.
 */
export function asSentence(text: string): string {
  const isWord = /^[a-z]+(?![\w.:/-])/.test(text)
  const first = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.!?…]$/.test(first) ? first : `${first}.`
}
