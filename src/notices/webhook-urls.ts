import { createHmac } from 'node:crypto'
import { baseOf } from '../lib/url.ts'
import type { Webhook } from '../monzo/schemas.ts'

/** Where Monzo is to announce an account's transactions. */
export interface WebhookUrls {
  /** 64 hexadecimal digits; the same after a restart. */
  secretOf(accountId: string): string
  urlOf(accountId: string): string
  /** Whether this exporter registered it, now or when its settings were others. */
  isOurs(accountId: string, url: string): boolean
  /** Whether it was registered by an exporter with this `redirect_uri`. */
  isHere(url: string): boolean
}

/**
 * Deliveries carry no signature, so the path has to be a secret. It is derived, since it must be
 * recognized after a restart and there is nowhere to keep it.
 * @param publicUrl `redirect_uri`: all below its `/webhook/` is ours.
 */
export function createWebhookUrls(publicUrl: URL, clientSecret: string): WebhookUrls {
  const folder = `${baseOf(publicUrl)}/webhook/`
  const secretOf = (accountId: string) =>
    createHmac('sha256', clientSecret).update(accountId).digest('hex')
  const isHere = (url: string) => url.startsWith(folder) && !url.slice(folder.length).includes('/')
  return {
    secretOf,
    isHere,
    urlOf: (accountId) => folder + secretOf(accountId),
    isOurs(accountId, url) {
      return isHere(url) || url.endsWith(`/webhook/${secretOf(accountId)}`) // redirect_uri was another
    },
  }
}

/** What has to be done so that one account has one webhook of ours. */
export interface WebhookPlan {
  /** To be registered; absent when it is there. */
  readonly missing?: string
  /** Ids of our own old ones, and of duplicates. Other programs' webhooks are never among them. */
  readonly superfluous: readonly string[]
}

/** Pure. @param listed what Monzo has for the account. */
export function planWebhooks(
  accountId: string,
  listed: readonly Webhook[],
  urls: WebhookUrls,
): WebhookPlan {
  const url = urls.urlOf(accountId)
  const kept = listed.find((webhook) => webhook.url === url)
  const superfluous = listed
    .filter((webhook) => webhook !== kept && urls.isOurs(accountId, webhook.url))
    .map(({ id }) => id)
  return kept ? { superfluous } : { missing: url, superfluous }
}
