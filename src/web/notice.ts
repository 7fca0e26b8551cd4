import type { Response } from 'express'
import { type Html, html } from './html.ts'
import { headline, type Site, sendPage } from './layout.ts'

/** Something went otherwise than the person wished: what, and what to do. */
export interface Notice {
  readonly status: number
  readonly title: string
  readonly message?: string | undefined
  readonly hint?: string | undefined
  /** The one thing to do next; a link to the status page when absent. */
  readonly action?: Html | undefined
}

/** Sends a page of one headline, one or two sentences and one thing to do. */
export function sendNotice(response: Response, site: Site, notice: Notice): void {
  const { status, title, message, hint, action } = notice
  const main = html`<section class="card">
${headline(title)}
${message && html`<p>${asSentence(message)}</p>`}
${hint && html`<p>${asSentence(hint)}</p>`}
${action ?? html`<p><a class="button" href="${site.prefix}/">To the status page</a></p>`}
</section>`
  sendPage(response, status, site, { title, main })
}

/** Messages are written for `error: …` lines: a page wants a capital, but on names, and a stop. */
export function asSentence(text: string): string {
  const isWord = /^[a-z]+(?![\w.:/-])/.test(text)
  const first = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.!?…]$/.test(first) ? first : `${first}.`
}
