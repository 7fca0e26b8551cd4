import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createDeliveries, type WakeableSession } from './deliveries.ts'
import { type RemindedSession, Reminder } from './reminder.ts'
import { type KeeperClient, WebhookKeeper } from './webhook-keeper.ts'
import { createWebhookUrls } from './webhook-urls.ts'

/** What of a session is needed here. */
type NotifiedSession = WakeableSession & RemindedSession & { readonly client: KeeperClient }

export interface NoticesDeps {
  readonly clock: Clock
  readonly log: Log
  /** `redirect_uri` */
  readonly publicUrl: URL
  /** Absent with tokens of the playground: then there are no notices at all. */
  readonly clientSecret: string | undefined
  readonly withWebhooks: boolean
  readonly withReminder: () => boolean
  readonly stopping: AbortSignal
  readonly sessions: () => readonly WakeableSession[]
  readonly onDelivery: () => void
}

/** What goes between Monzo and us beside polling: its announcements, and our reminder. */
export interface Notices {
  /** This session was just polled. */
  readonly polled: (session: NotifiedSession) => void
  /** This session is gone. */
  readonly removed: (session: Pick<NotifiedSession, 'client'>) => void
  /** Takes the secret of a delivery's path. @returns whether it is ours; absent without webhooks. */
  readonly deliver: ((secret: string) => boolean) | undefined
  /** How webhooks are doing; absent without them. */
  readonly webhooks: WebhookNews | undefined
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** What there is to say of webhooks. */
interface WebhookNews {
  /** Whether one could not be registered. */
  readonly isFailing: boolean
  /** Unix ms; absent when there was none since the start. */
  readonly lastDeliveryAtMs?: number | undefined
}

/** Builds what the settings ask for; nothing of it ever delays or fails a poll. */
export function createNotices(deps: NoticesDeps): Notices {
  const { publicUrl, clientSecret, withWebhooks, withReminder } = deps
  const urls = clientSecret === undefined ? undefined : createWebhookUrls(publicUrl, clientSecret)
  const keeper = urls && withWebhooks ? new WebhookKeeper({ ...deps, urls }) : undefined
  const reminder = urls ? new Reminder(deps) : undefined
  let lastDeliveryAtMs: number | undefined
  const onDelivery = () => {
    lastDeliveryAtMs = deps.clock.now()
    deps.onDelivery()
  }
  return {
    polled(session) {
      if (session.state.state !== 'connected' || session.isCandidate) return
      keeper?.keep(
        session.client,
        session.accounts.map(({ accountId }) => accountId),
      )
      if (withReminder()) reminder?.remindIfDue(session)
    },
    removed: ({ client }) => keeper?.forget(client),
    deliver: urls && keeper && createDeliveries({ ...deps, ...urls, onDelivery }),
    get webhooks() {
      return keeper && { isFailing: keeper.isFailing, lastDeliveryAtMs }
    },
    async settled() {
      await Promise.all([keeper?.settled(), reminder?.settled()])
    },
  }
}
