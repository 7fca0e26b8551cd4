import type { Clock } from '../lib/clock.ts'
import { type Complaint, createComplaint, inOneLine } from '../lib/complaint.ts'
import { AppError } from '../lib/errors.ts'
import { createInFlight } from '../lib/in-flight.ts'
import type { Log } from '../lib/log.ts'
import type { MonzoClient } from '../monzo/client.ts'
import { planWebhooks, type WebhookUrls } from './webhook-urls.ts'

const CHECK_EVERY_MS = 60 * 60_000 // somebody may have removed it
const TRY_AGAIN_MS = 10 * 60_000

/** What one login can be asked for. */
export type WebhookClient = Pick<MonzoClient, 'listWebhooks' | 'registerWebhook' | 'deleteWebhook'>
export type KeeperClient = WebhookClient & Pick<MonzoClient, 'readAccounts'>

export interface KeeperDeps {
  readonly clock: Clock
  readonly log: Log
  readonly urls: WebhookUrls
  /** A shutdown: calls under way are given up. */
  readonly stopping: AbortSignal
}

interface Check {
  /** Of the login it was made with. */
  readonly client: KeeperClient
  /** When the next one is due. */
  readonly dueMs: number
  readonly hasFailed?: boolean
}

/** Keeps exactly one webhook of ours on each exported account, without ever delaying a poll. */
export class WebhookKeeper {
  readonly #deps: KeeperDeps
  /** The last check of each account. */
  readonly #checks = new Map<string, Check>()
  readonly #busy = new WeakSet<KeeperClient>()
  readonly #complaints = new WeakMap<KeeperClient, Complaint>()
  /** Whose other accounts have been looked at since the start. */
  readonly #swept = new WeakSet<KeeperClient>()
  readonly #inFlight = createInFlight()
  constructor(deps: KeeperDeps) {
    this.#deps = deps
  }

  /** These accounts were just read with this login. Costs nothing unless one of them is due. */
  keep(client: KeeperClient, accountIds: readonly string[]): void {
    const nowMs = this.#deps.clock.elapsed()
    const due = accountIds.filter((id) => (this.#checks.get(id)?.dueMs ?? nowMs) <= nowMs)
    if (due.length === 0 || this.#busy.has(client)) return
    // Set before the first call, or the other owner of a joint account would register a second one.
    for (const id of due) this.#checks.set(id, { client, dueMs: nowMs + CHECK_EVERY_MS })
    this.#busy.add(client)
    const work = this.#keepAll(client, due).then(() => this.#sweepOnce(client, accountIds))
    void this.#inFlight.track(work.finally(() => this.#busy.delete(client)))
  }

  /** Whether an account may have no webhook. */
  get isFailing(): boolean {
    return [...this.#checks.values()].some(({ hasFailed }) => hasFailed)
  }

  /** This login is gone: the next one that reads its accounts has to check them. */
  forget(client: KeeperClient): void {
    for (const [id, check] of this.#checks) if (check.client === client) this.#checks.delete(id)
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#inFlight.settled()
  }

  /** One after the other: a poll that comes meanwhile waits for one call at most. Never rejects. */
  async #keepAll(client: KeeperClient, accountIds: readonly string[]): Promise<void> {
    const { clock, stopping } = this.#deps
    let failure: unknown
    for (const id of accountIds) {
      try {
        await this.#keepOne(client, id)
      } catch (error) {
        if (stopping.aborted) return
        failure ??= error
        if (this.#checks.get(id)?.client === client)
          this.#checks.set(id, { client, dueMs: clock.elapsed() + TRY_AGAIN_MS, hasFailed: true })
      }
    }
    this.#say(client, failure)
  }

  async #keepOne(client: KeeperClient, accountId: string): Promise<void> {
    const { urls, log, stopping } = this.#deps
    const listed = await client.listWebhooks(accountId, stopping)
    const { missing, superfluous } = planWebhooks(accountId, listed, urls)
    if (missing !== undefined) {
      await client.registerWebhook(accountId, missing, stopping)
      log.info(
        { account_id: accountId },
        'A webhook was registered: Monzo announces transactions of an account.',
      )
    }
    for (const id of superfluous) await client.deleteWebhook(id, stopping)
  }

  /**
   * Removes our webhooks of accounts that are not exported any more, for instance since `account_id`
   * was set: they would get 404 forever. Only those of this `redirect_uri`, as others may belong to
   * another exporter. A failure is retried at the next check. Never rejects.
   */
  async #sweepOnce(client: KeeperClient, exportedIds: readonly string[]): Promise<void> {
    const { urls, log, stopping } = this.#deps
    if (this.#swept.has(client)) return
    this.#swept.add(client)
    try {
      for (const { id: accountId } of await client.readAccounts(stopping)) {
        if (exportedIds.includes(accountId) || this.#checks.has(accountId)) continue
        for (const { id, url } of await listOrNone(client, accountId, stopping)) {
          if (!urls.isHere(url)) continue
          await client.deleteWebhook(id, stopping)
          log.info(
            { account_id: accountId },
            'A webhook was removed: its account is not exported any more.',
          )
        }
      }
    } catch {
      this.#swept.delete(client) // it is not urgent
    }
  }

  #say(client: KeeperClient, failure: unknown): void {
    const { clock, log } = this.#deps
    const complaint = this.#complaints.get(client) ?? createComplaint(clock)
    this.#complaints.set(client, complaint)
    if (failure === undefined) complaint.works(() => log.info({}, 'Webhooks are registered again.'))
    else
      complaint.fails(failure, () =>
        log.warn(
          { err: failure },
          `A webhook could not be registered, so balances change with the next poll only: ${inOneLine(failure)}`,
        ),
      )
  }
}

/** If Monzo refuses to list an account's webhooks, there are none that we could remove. */
async function listOrNone(client: WebhookClient, accountId: string, signal: AbortSignal) {
  try {
    return await client.listWebhooks(accountId, signal)
  } catch (error) {
    if (error instanceof AppError && error.code === 'MONZO_FORBIDDEN') return []
    throw error
  }
}

/**
 * Removes what this exporter registered for these accounts; other programs' webhooks stay.
 * @throws {AppError} as the client does.
 */
export async function removeWebhooks(
  client: WebhookClient,
  accountIds: readonly string[],
  urls: WebhookUrls,
  signal: AbortSignal,
): Promise<void> {
  for (const accountId of accountIds)
    for (const { id, url } of await client.listWebhooks(accountId, signal))
      if (urls.isOurs(accountId, url)) await client.deleteWebhook(id, signal)
}
