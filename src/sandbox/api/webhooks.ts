import { chanceOf } from '../bank/chance.ts'
import { createId } from '../bank/ids.ts'

/** Where Monzo is to tell of an account's new transactions. */
export interface Webhook {
  readonly id: string
  readonly accountId: string
  readonly url: string
}

/** What clients have registered; `webhook-courier.ts` delivers to it. */
export interface WebhookRegister {
  /** The same URL twice makes two. */
  add(accountId: string, url: string): Webhook
  list(accountId?: string): readonly Webhook[]
  find(id: string): Webhook | undefined
  remove(id: string): void
}

/** Kept in memory. */
export function createWebhookRegister(seed: number): WebhookRegister {
  const webhooks = new Map<string, Webhook>()
  let made = 0
  return {
    add(accountId, url) {
      const webhook = { id: createId('webhook', chanceOf(seed, 'webhook', made++)), accountId, url }
      webhooks.set(webhook.id, webhook)
      return webhook
    },
    list: (accountId) =>
      [...webhooks.values()].filter(
        (webhook) => accountId === undefined || webhook.accountId === accountId,
      ),
    find: (id) => webhooks.get(id),
    remove: (id) => void webhooks.delete(id),
  }
}
