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
export type WebhookCalls = Pick<MonzoClient, 'listWebhooks' | 'registerWebhook' | 'deleteWebhook'>
export type KeeperCalls = WebhookCalls & Pick<MonzoClient, 'readAccounts'>

export interface KeeperDeps {
  readonly clock: Clock
  readonly log: Log
  readonly urls: WebhookUrls
  /** A shutdown: calls under way are given up. */
  readonly stopping: AbortSignal
}

/** Sees to it that each exported account has one webhook of ours, beside polling and never in its way. */
export class WebhookKeeper {
  readonly #deps: KeeperDeps
  /** Of each account: through whom it was checked, and when it is to be checked again. */
  readonly #checks = new Map<string, { readonly calls: KeeperCalls; readonly dueMs: number }>()
  readonly #busy = new WeakSet<KeeperCalls>()
  readonly #complaints = new WeakMap<KeeperCalls, Complaint>()
  /** Whose other accounts have been looked at since the start. */
  readonly #swept = new WeakSet<KeeperCalls>()
  readonly #inFlight = createInFlight()
  constructor(deps: KeeperDeps) {
    this.#deps = deps
  }

  /** These accounts were just read with this login. Costs nothing unless one of them is due. */
  attend(calls: KeeperCalls, accountIds: readonly string[]): void {
    const nowMs = this.#deps.clock.elapsed()
    const due = accountIds.filter((id) => (this.#checks.get(id)?.dueMs ?? nowMs) <= nowMs)
    if (due.length === 0 || this.#busy.has(calls)) return
    // At once, or whoever shares a joint account would register a second one.
    for (const id of due) this.#checks.set(id, { calls, dueMs: nowMs + CHECK_EVERY_MS })
    this.#busy.add(calls)
    const work = this.#keepAll(calls, due).then(() => this.#sweepOnce(calls, accountIds))
    void this.#inFlight.track(work.finally(() => this.#busy.delete(calls)))
  }

  /** This login is gone: whoever reads its accounts next has to look after them. */
  forget(calls: KeeperCalls): void {
    for (const [id, check] of this.#checks) if (check.calls === calls) this.#checks.delete(id)
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#inFlight.settled()
  }

  /** One after the other: a poll that comes meanwhile waits for one call at most. Never rejects. */
  async #keepAll(calls: KeeperCalls, accountIds: readonly string[]): Promise<void> {
    const { clock, stopping } = this.#deps
    let failure: unknown
    for (const id of accountIds) {
      try {
        await this.#keep(calls, id)
      } catch (error) {
        if (stopping.aborted) return
        failure ??= error
        if (this.#checks.get(id)?.calls === calls)
          this.#checks.set(id, { calls, dueMs: clock.elapsed() + TRY_AGAIN_MS })
      }
    }
    this.#say(calls, failure)
  }

  async #keep(calls: KeeperCalls, accountId: string): Promise<void> {
    const { urls, log, stopping } = this.#deps
    const listed = await calls.listWebhooks(accountId, stopping)
    const { missing, superfluous } = planWebhooks(accountId, listed, urls)
    if (missing !== undefined) {
      await calls.registerWebhook(accountId, missing, stopping)
      log.info({}, 'A webhook was registered: Monzo announces transactions of an account.')
    }
    for (const id of superfluous) await calls.deleteWebhook(id, stopping)
  }

  /**
   * Ours on accounts that are no longer exported, as when `account_id` was set later: they would
   * get 404 for ever. Only those of this `redirect_uri`: another exporter may look after the rest.
   * What fails is tried with the next check. Never rejects.
   */
  async #sweepOnce(calls: KeeperCalls, exportedIds: readonly string[]): Promise<void> {
    const { urls, log, stopping } = this.#deps
    if (this.#swept.has(calls)) return
    this.#swept.add(calls)
    try {
      for (const { id: accountId } of await calls.readAccounts(stopping)) {
        if (exportedIds.includes(accountId) || this.#checks.has(accountId)) continue
        for (const { id, url } of await listOrNone(calls, accountId, stopping)) {
          if (!urls.isHere(url)) continue
          await calls.deleteWebhook(id, stopping)
          log.info({}, 'A webhook was removed: its account is not exported any more.')
        }
      }
    } catch {
      this.#swept.delete(calls) // nothing is missing without it
    }
  }

  #say(calls: KeeperCalls, failure: unknown): void {
    const { clock, log } = this.#deps
    const complaint = this.#complaints.get(calls) ?? createComplaint(clock)
    this.#complaints.set(calls, complaint)
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

/** An account that Monzo shows no webhooks of has none that we could remove. */
async function listOrNone(calls: WebhookCalls, accountId: string, signal: AbortSignal) {
  try {
    return await calls.listWebhooks(accountId, signal)
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
  calls: WebhookCalls,
  accountIds: readonly string[],
  urls: WebhookUrls,
  signal: AbortSignal,
): Promise<void> {
  for (const accountId of accountIds)
    for (const { id, url } of await calls.listWebhooks(accountId, signal))
      if (urls.isOurs(accountId, url)) await calls.deleteWebhook(id, signal)
}
