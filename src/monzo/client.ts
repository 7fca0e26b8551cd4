import type * as z from 'zod/mini'
import { AppError } from '../lib/errors.ts'
import { Calls, type CallsDeps, parseReply, unreadable } from './calls.ts'
import type { ListPath } from './endpoints.ts'
import {
  type Account,
  accountSchema,
  accountsSchema,
  type Balance,
  balanceSchema,
  idSchema,
  type Pot,
  potSchema,
  potsSchema,
  type Transaction,
  transactionSchema,
  transactionsSchema,
  type Webhook,
  webhookSchema,
  webhooksSchema,
  whoamiSchema,
} from './schemas.ts'

const PAGE = 100 // the most that Monzo returns in one call
const LONG_PAGES = 10 // after this many pages, a list gives way to polls
const MOST_PAGES = 1000 // nobody pays a hundred thousand times a month: such a list has no end
const MAX_PAGE_BYTES = 8 * 1024 * 1024 // a transaction takes about two thousand bytes, plus notes

/** Which transactions to read, by when they were made. Unix ms, exclusive. */
export interface TransactionSpan {
  readonly sinceMs: number
  /** Without it, up to now. */
  readonly beforeMs?: number | undefined
}

/** Some of an account's transactions, as listed by Monzo. */
export interface TransactionPage {
  readonly transactions: readonly Transaction[]
  /** How many records were left out because they lack something we need. */
  readonly skipped: number
}

/** A card for the feed in the person's Monzo app. */
export interface FeedItem {
  readonly title: string
  readonly body: string
  /** Shown small beside the title; the app loads it. */
  readonly imageUrl: string
  /** Opens when the card is tapped. */
  readonly url: string
}

export interface MonzoClientDeps extends CallsDeps {
  /** Called for each record that is left out because it lacks something we need. */
  readonly onUnreadable: (endpoint: ListPath) => void
}

/**
 * Monzo as one login sees it: every call the exporter can make, and none that moves money.
 * All of them throw {AppError} MONZO_FORBIDDEN on 403; MONZO_TOKEN_REFUSED when the successor of
 * a refused token is refused too; MONZO_UNAVAILABLE after the last retry; MONZO_HTTP on any other
 * status; MONZO_UNREADABLE when a reply does not have the shape we need.
 * @see https://docs.monzo.com
 */
export class MonzoClient {
  readonly #deps: MonzoClientDeps
  readonly #calls: Calls
  constructor(deps: MonzoClientDeps) {
    this.#deps = deps
    this.#calls = new Calls(deps)
  }

  /** @returns closed accounts too. @see https://docs.monzo.com/#list-accounts */
  async readAccounts(signal: AbortSignal): Promise<readonly Account[]> {
    const reply = await this.#calls.get('/accounts', { signal })
    const { accounts } = parseReply('/accounts', accountsSchema, reply)
    return this.#records('/accounts', accountSchema, accounts)
  }

  /**
   * The account's balance now.
   * @returns amounts in **minor units** (pence for GBP); `spend_today` is negative or 0.
   * @see https://docs.monzo.com/#read-balance
   */
  async readBalance(accountId: string, signal: AbortSignal): Promise<Balance> {
    const reply = await this.#calls.get('/balance', { query: { account_id: accountId }, signal })
    return parseReply('/balance', balanceSchema, reply)
  }

  /** @returns deleted pots too; amounts in minor units. @see https://docs.monzo.com/#list-pots */
  async readPots(accountId: string, signal: AbortSignal): Promise<readonly Pot[]> {
    const reply = await this.#calls.get('/pots', {
      query: { current_account_id: accountId },
      signal,
    })
    return this.#records('/pots', potSchema, parseReply('/pots', potsSchema, reply).pots)
  }

  /**
   * Reads every transaction made in a span, page by page, in the order of ids, which is nearly, but
   * not quite, chronological. Many pages take minutes, since they give way to polls; a span that has
   * ended is no poll's, so it gives way from its first page on. A page may be megabytes long: keep no
   * more of its transactions than is needed.
   * @throws {AppError} also MONZO_TOO_LONG_AGO when it begins 90 days ago or earlier, but for the five
   *   minutes after an approval; MONZO_HTTP when it is 365 days long; MONZO_UNREADABLE when a full page
   *   has no usable id to continue from, or when there is no end.
   * @see https://docs.monzo.com/#list-transactions
   */
  async *readTransactions(
    accountId: string,
    { sinceMs, beforeMs }: TransactionSpan,
    signal: AbortSignal,
  ): AsyncGenerator<TransactionPage> {
    const path = '/transactions'
    const cursors = new Set<string>()
    const before = beforeMs === undefined ? {} : { before: new Date(beforeMs).toISOString() }
    const politeFrom = beforeMs === undefined ? LONG_PAGES : 0
    for (let since = new Date(sinceMs).toISOString(); ; ) {
      const query = { account_id: accountId, since, ...before, limit: String(PAGE) }
      if (cursors.size >= politeFrom) await this.#calls.giveWay(signal)
      const reply = await this.#calls.get(path, { query, signal, maxBytes: MAX_PAGE_BYTES })
      const page = parseReply(path, transactionsSchema, reply).transactions
      const transactions = this.#readable(path, transactionSchema, page)
      yield { transactions, skipped: page.length - transactions.length }
      if (page.length < PAGE) return
      since = cursorOf(page)
      if (cursors.size === cursors.add(since).size)
        throw unreadable(path, 'a page that came before')
      if (cursors.size === MOST_PAGES) throw endless()
    }
  }

  /** @returns the id of the user that logged in. @see https://docs.monzo.com/#acquire-an-access-token */
  async readUserId(signal: AbortSignal): Promise<string> {
    const reply = await this.#calls.get('/ping/whoami', { signal })
    return parseReply('/ping/whoami', whoamiSchema, reply).user_id
  }

  /**
   * Ends the login at Monzo: its tokens stop working.
   * @returns false when they did not work before.
   * @see https://docs.monzo.com/#log-out
   */
  logOut(signal: AbortSignal): Promise<boolean> {
    return this.#calls.logOut(signal)
  }

  /** Lists the webhooks of this account. @see https://docs.monzo.com/#list-webhooks */
  async listWebhooks(accountId: string, signal: AbortSignal): Promise<readonly Webhook[]> {
    const reply = await this.#calls.get('/webhooks', { query: { account_id: accountId }, signal })
    const { webhooks } = parseReply('/webhooks', webhooksSchema, reply)
    return this.#records('/webhooks', webhookSchema, webhooks)
  }

  /**
   * Asks Monzo to send this account's transactions to `url`. Not retried: registering the same URL
   * twice makes two webhooks.
   * @see https://docs.monzo.com/#registering-a-webhook
   */
  async registerWebhook(accountId: string, url: string, signal: AbortSignal): Promise<void> {
    await this.#calls.post('/webhooks', { form: { account_id: accountId, url }, signal })
  }

  /** @see https://docs.monzo.com/#deleting-a-webhook */
  async deleteWebhook(id: string, signal: AbortSignal): Promise<void> {
    await this.#calls.delete('/webhooks/:id', { id, signal })
  }

  /**
   * Puts a card into the person's Monzo app. Not retried: a card can't be found or removed later.
   * @see https://docs.monzo.com/#create-feed-item
   */
  async postFeedItem(accountId: string, item: FeedItem, signal: AbortSignal): Promise<void> {
    const form = {
      account_id: accountId,
      type: 'basic',
      url: item.url,
      'params[title]': item.title,
      'params[body]': item.body,
      'params[image_url]': item.imageUrl,
    }
    await this.#calls.post('/feed', { form, signal })
  }

  /** @throws {AppError} MONZO_UNREADABLE when there are records, but none of them can be read. */
  #records<T>(
    endpoint: ListPath,
    schema: z.ZodMiniType<T>,
    records: readonly unknown[],
  ): readonly T[] {
    const readable = this.#readable(endpoint, schema, records)
    if (readable.length === 0 && records.length > 0) throw unreadable(endpoint)
    return readable
  }

  /** Leaves out, and reports, records that lack something we need. */
  #readable<T>(
    endpoint: ListPath,
    schema: z.ZodMiniType<T>,
    records: readonly unknown[],
  ): readonly T[] {
    return records.flatMap((record) => {
      const result = schema.safeParse(record)
      if (result.success) return [result.data]
      this.#deps.onUnreadable(endpoint)
      return []
    })
  }
}

const endless = () =>
  new AppError('MONZO_UNREADABLE', `GET /transactions: no end after ${MOST_PAGES} full pages`, {
    hint: 'Balances are read all the same. It is tried again; if it stays, please open an issue.',
  })

/** The last id of a full page: the next page starts after it. */
function cursorOf(page: readonly unknown[]): string {
  const last = page.map((record) => idSchema.safeParse(record)).findLast(({ success }) => success)
  if (last?.data === undefined) throw unreadable('/transactions', 'a page without ids')
  return last.data.id
}
