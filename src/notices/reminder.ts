import type { Clock } from '../lib/clock.ts'
import { type Complaint, createComplaint, inOneLine } from '../lib/complaint.ts'
import { createInFlight } from '../lib/in-flight.ts'
import type { Log } from '../lib/log.ts'
import { baseOf } from '../lib/url.ts'
import type { Session } from '../login/session.ts'
import type { MonzoClient } from '../monzo/client.ts'
import { dueReminder, reminderText } from './reminder-plan.ts'

const TRY_AGAIN_MS = 10 * 60_000
const EVERYDAY_ACCOUNT = 'uk_retail' // a person's own: the feed of a joint account is read by two

/** What of a session is needed to remind its person. */
export interface RemindedSession
  extends Pick<Session, 'authorizationExpiresAtMs' | 'firstTokensAtMs'> {
  readonly client: Pick<MonzoClient, 'postFeedItem'>
  readonly accounts: readonly { readonly accountId: string; readonly accountType: string }[]
}

type FeedClient = RemindedSession['client']

export interface ReminderDeps {
  readonly clock: Clock
  readonly log: Log
  /** `redirect_uri` */
  readonly publicUrl: URL
  /** A shutdown: a call under way is given up. */
  readonly stopping: AbortSignal
}

interface Sent {
  readonly complaint: Complaint
  endMs?: number
  days: number | undefined
  /** On the elapsed clock. */
  notBeforeMs: number
}

/** Reminds people in their Monzo app, once for each deadline; see `reminder-plan.ts`. */
export class Reminder {
  readonly #deps: ReminderDeps
  readonly #sent = new WeakMap<FeedClient, Sent>()
  readonly #inFlight = createInFlight()
  constructor(deps: ReminderDeps) {
    this.#deps = deps
  }

  /** A session that was just polled. Costs nothing but on the two days. */
  remindIfDue(session: RemindedSession): void {
    const { clock } = this.#deps
    const { client, accounts, firstTokensAtMs: firstTokensMs } = session
    const endMs = session.authorizationExpiresAtMs
    const account = accounts.find((one) => one.accountType === EVERYDAY_ACCOUNT) ?? accounts[0]
    if (endMs === undefined || !account) return
    const sent = this.#sentTo(client, endMs)
    const facts = { nowMs: clock.now(), endMs, firstTokensMs, sentDays: sent.days }
    const days = dueReminder(facts)
    if (days === undefined || clock.elapsed() < sent.notBeforeMs) return
    sent.notBeforeMs = clock.elapsed() + TRY_AGAIN_MS // also while this one is under way
    void this.#inFlight.track(this.#send(client, account.accountId, { endMs, days, sent }))
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#inFlight.settled()
  }

  #sentTo(client: FeedClient, endMs: number): Sent {
    const known = this.#sent.get(client)
    if (known?.endMs === endMs) return known
    const complaint = known?.complaint ?? createComplaint(this.#deps.clock)
    const sent = { complaint, endMs, days: undefined, notBeforeMs: 0 }
    this.#sent.set(client, sent)
    return sent
  }

  /** Never rejects. */
  async #send(
    client: FeedClient,
    accountId: string,
    { endMs, days, sent }: { endMs: number; days: number; sent: Sent },
  ): Promise<void> {
    const { clock, log, publicUrl, stopping } = this.#deps
    const base = baseOf(publicUrl)
    const item = {
      ...reminderText(endMs, clock.now()),
      imageUrl: `${base}/assets/icon.png`,
      url: `${base}/authorize`, // without the key: it asks for it
    }
    try {
      await client.postFeedItem(accountId, item, stopping)
      sent.days = days
      sent.complaint.works(() => {})
      log.info({ account_id: accountId }, 'A reminder to log in again was put into the Monzo app.')
    } catch (error) {
      if (stopping.aborted) return
      sent.complaint.fails(error, () =>
        log.warn(
          { account_id: accountId, err: error },
          `The reminder could not be put into the Monzo app: ${inOneLine(error)}`,
        ),
      )
    }
  }
}
