import type { Clock } from '../lib/clock.ts'
import { type Complaint, createComplaint, inOneLine } from '../lib/complaint.ts'
import { createInFlight } from '../lib/in-flight.ts'
import type { Log } from '../lib/log.ts'
import type { MonzoClient } from '../monzo/client.ts'
import { planWebhooks, type WebhookUrls } from './webhook-urls.ts'

const CHECK_EVERY_MS = 60 * 60_000 // somebody may have removed it
const TRY_AGAIN_MS = 10 * 60_000

/** What one login can be asked for. */
export type WebhookCalls = Pick<MonzoClient, 'listWebhooks' | 'registerWebhook' | 'deleteWebhook'>

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
  readonly #checks = new Map<string, { readonly calls: WebhookCalls; readonly dueMs: number }>()
  readonly #busy = new WeakSet<WebhookCalls>()
  readonly #complaints = new WeakMap<WebhookCalls, Complaint>()
  readonly #inFlight = createInFlight()
  constructor(deps: KeeperDeps) {
    this.#deps = deps
  }

  /** These accounts were just read with this login. Costs nothing unless one of them is due. */
  attend(calls: WebhookCalls, accountIds: readonly string[]): void {
    const nowMs = this.#deps.clock.elapsed()
    const due = accountIds.filter((id) => (this.#checks.get(id)?.dueMs ?? nowMs) <= nowMs)
    if (due.length === 0 || this.#busy.has(calls)) return
    // At once, or whoever shares a joint account would register a second one.
    for (const id of due) this.#checks.set(id, { calls, dueMs: nowMs + CHECK_EVERY_MS })
    this.#busy.add(calls)
    void this.#inFlight.track(this.#keepAll(calls, due).finally(() => this.#busy.delete(calls)))
  }

  /** This login is gone: whoever reads its accounts next has to look after them. */
  forget(calls: WebhookCalls): void {
    for (const [id, check] of this.#checks) if (check.calls === calls) this.#checks.delete(id)
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#inFlight.settled()
  }

  /** One after the other: a poll that comes meanwhile waits for one call at most. Never rejects. */
  async #keepAll(calls: WebhookCalls, accountIds: readonly string[]): Promise<void> {
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

  async #keep(calls: WebhookCalls, accountId: string): Promise<void> {
    const { urls, log, stopping } = this.#deps
    const listed = await calls.listWebhooks(accountId, stopping)
    const { missing, superfluous } = planWebhooks(accountId, listed, urls)
    if (missing !== undefined) {
      await calls.registerWebhook(accountId, missing, stopping)
      log.info({}, 'A webhook was registered: Monzo announces transactions of an account.')
    }
    for (const id of superfluous) await calls.deleteWebhook(id, stopping)
  }

  #say(calls: WebhookCalls, failure: unknown): void {
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
