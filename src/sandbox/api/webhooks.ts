import { chanceOf } from '../bank/chance.ts'
import { createId } from '../bank/ids.ts'

/** A URL to which Monzo posts an account's new transactions. */
export interface Webhook {
  readonly id: string
  readonly accountId: string
  readonly url: string
}

/** The registered webhooks; `webhook-courier.ts` delivers to them. */
export interface WebhookRegister {
  /** Registering the same URL twice makes two webhooks. */
  add(accountId: string, url: string): Webhook
  list(accountId?: string): readonly Webhook[]
  find(id: string): Webhook | undefined
  remove(id: string): void
}

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
