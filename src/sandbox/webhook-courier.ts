import { aborted } from '../lib/aborted.ts'
import type { Clock } from '../lib/clock.ts'
import type { HttpFetch } from '../monzo/http-fetch.ts'
import { transactionBody } from './api/transaction-body.ts'
import type { Webhook, WebhookRegister } from './api/webhooks.ts'
import type { Account } from './bank/account.ts'
import type { Entry } from './bank/entry.ts'
import type { Knobs } from './knobs.ts'

const ATTEMPTS = 5 // as documented; their timing is not
const FIRST_RETRY_MS = 1000
const TIMEOUT_MS = 10_000
const AT_ONCE = 8
const LOOK_EVERY_MS = 1000 // simulated payments are announced at most this late
const MAX_SEEN = 1000

/** One delivery attempt, for tests. Without the URL, which is a secret. */
export interface SeenDelivery {
  readonly atMs: number
  readonly webhookId: string
  readonly accountId: string
  readonly transactionId: string
  /** 1 to 5. */
  readonly attempt: number
  /** 0 when there was no answer. */
  readonly status: number
}

export interface CourierDeps {
  readonly clock: Clock
  readonly fetch: HttpFetch
  readonly webhooks: WebhookRegister
  readonly knobs: () => Pick<Knobs, 'webhookDelivery'>
  /** Posts everything that is due in an account by now. */
  readonly catchUp: (accountId: string) => void
}

/** Posts new transactions to the registered webhooks, as Monzo does. */
export interface Courier {
  /** Announces a new transaction, declined or not. */
  announce(account: Account, entry: Entry): void
  /** Starts to check accounts for new payments; call it after registering a webhook. */
  watch(): void
  /** The newest 1,000 attempts, oldest first. */
  readonly deliveries: readonly SeenDelivery[]
  /** Aborts deliveries under way. */
  stop(): void
}

/**
 * Tries each delivery up to five times, with doubling pauses, until it is answered with 2xx.
 * Deliveries are unsigned and in no particular order.
 * @see MONZO.md section 6
 */
export function createCourier(deps: CourierDeps): Courier {
  const { clock, webhooks } = deps
  const stopping = new AbortController()
  const deliveries: SeenDelivery[] = []
  const waiting: (() => Promise<void>)[] = []
  let underWay = 0
  let isWatching = false

  /** Uses a time limit instead of a sleep, which would keep the process alive. */
  const pause = (ms: number): Promise<void> => clock.within(ms, aborted, stopping.signal)

  const enqueue = (attempt: () => Promise<void>): void => {
    waiting.push(attempt)
    next()
  }
  const next = (): void => {
    if (underWay >= AT_ONCE || stopping.signal.aborted) return
    const attempt = waiting.shift()
    if (!attempt) return
    underWay++
    void attempt().finally(() => {
      underWay--
      next()
    })
  }
  const post = async ({ url }: Webhook, body: string): Promise<number> => {
    const send = async (signal: AbortSignal) => {
      const headers = { 'content-type': 'application/json' }
      const reply = await deps.fetch(new URL(url), { method: 'POST', headers, body, signal })
      for await (const _chunk of reply.body ?? []); // unread, it would keep its connection open
      return reply.status
    }
    return clock.within(TIMEOUT_MS, send, stopping.signal).catch(() => 0)
  }
  const deliver = (webhook: Webhook, transactionId: string, body: string, attempt = 1): void =>
    enqueue(async () => {
      if (!webhooks.find(webhook.id)) return // removed meanwhile
      const status = await post(webhook, body)
      const { id: webhookId, accountId } = webhook
      const atMs = clock.now()
      deliveries.push({ atMs, webhookId, accountId, transactionId, attempt, status })
      if (deliveries.length > MAX_SEEN) deliveries.shift()
      const isTaken = status >= 200 && status < 300
      if (isTaken || attempt >= ATTEMPTS) return
      void pause(FIRST_RETRY_MS * 2 ** (attempt - 1)).then(() =>
        deliver(webhook, transactionId, body, attempt + 1),
      )
    })

  const look = async (): Promise<void> => {
    while (webhooks.list().length > 0 && !stopping.signal.aborted) {
      await pause(LOOK_EVERY_MS)
      for (const id of new Set(webhooks.list().map(({ accountId }) => accountId))) deps.catchUp(id)
    }
    isWatching = false
  }
  return {
    announce(account, entry) {
      const { webhookDelivery } = deps.knobs()
      const copies = { once: 1, twice: 2, lost: 0 }[webhookDelivery]
      for (const webhook of webhooks.list(account.id)) {
        const data = transactionBody(entry, account, clock.now(), true)
        const body = JSON.stringify({ type: 'transaction.created', data })
        for (let copy = 0; copy < copies; copy++) deliver(webhook, entry.id, body)
      }
    },
    watch() {
      if (isWatching) return
      isWatching = true
      void look()
    },
    deliveries,
    stop: () => stopping.abort(new Error('stopping')),
  }
}
