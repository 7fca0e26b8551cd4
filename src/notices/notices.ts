import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { LoginState } from '../login/login-state.ts'
import type { Gate } from '../monzo/gate.ts'
import { type AccountHint, createDeliveries, type WakeableLogin } from './deliveries.ts'
import { type FeedCalls, Reminder } from './reminder.ts'
import { type KeeperCalls, WebhookKeeper } from './webhook-keeper.ts'
import { createWebhookUrls } from './webhook-urls.ts'

/** One login, as long as this process has it. */
interface NoticedLogin {
  readonly login: {
    readonly id: string
    readonly gate: Pick<Gate, 'isShort' | 'msUntilRoom'>
    readonly state: { readonly state: LoginState['state'] }
    /** It exports nothing yet. */
    readonly isCandidate: boolean
    /** When consent ends, in Unix ms; `undefined` while unknown. */
    readonly authorizationExpiresAtMs: number | undefined
    /** In Unix ms; `undefined` while unknown. */
    readonly tokensObtainedAtMs: number | undefined
  }
  readonly calls: KeeperCalls & FeedCalls
  /** What it last read. */
  readonly accounts: () => readonly { readonly accountId: string; readonly accountType: string }[]
}

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
  /** Has an account read now. */
  readonly wake: (hint: AccountHint) => void
  readonly onDelivery: () => void
}

/** What goes between Monzo and us beside polling: its announcements, and our reminder. */
export interface Notices {
  readonly add: (login: NoticedLogin) => void
  readonly remove: (loginId: string) => void
  /** This login was just polled. */
  readonly polled: (loginId: string) => void
  /** Takes the secret of a delivery's path. @returns whether it is ours; absent without webhooks. */
  readonly deliver: ((secret: string) => boolean) | undefined
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

/** Builds what the settings ask for; nothing of it ever delays or fails a poll. */
export function createNotices(deps: NoticesDeps): Notices {
  const { publicUrl, clientSecret, withWebhooks, withReminder } = deps
  const noticed = new Map<string, NoticedLogin & { readonly firstTokensMs: number | undefined }>()
  const urls = clientSecret === undefined ? undefined : createWebhookUrls(publicUrl, clientSecret)
  const keeper = urls && withWebhooks ? new WebhookKeeper({ ...deps, urls }) : undefined
  const reminder = urls ? new Reminder(deps) : undefined

  const isConnected = ({ login }: NoticedLogin) => login.state.state === 'connected'
  const idsOf = ({ accounts }: NoticedLogin) => accounts().map(({ accountId }) => accountId)
  /** As accounts are exported: connected ones first. */
  const wakeable = (): readonly WakeableLogin[] =>
    [...noticed.values()]
      .filter(({ login }) => !login.isCandidate)
      .map((one) => ({
        id: one.login.id,
        isConnected: isConnected(one),
        gate: one.login.gate,
        accountIds: idsOf(one),
      }))
      .toSorted((one, other) => Number(other.isConnected) - Number(one.isConnected))

  return {
    add(one) {
      noticed.set(one.login.id, { ...one, firstTokensMs: one.login.tokensObtainedAtMs })
    },
    remove(id) {
      const gone = noticed.get(id)
      if (gone) keeper?.forget(gone.calls)
      noticed.delete(id)
    },
    polled(id) {
      const one = noticed.get(id)
      if (!one || !isConnected(one) || one.login.isCandidate) return
      keeper?.attend(one.calls, idsOf(one))
      if (!withReminder()) return
      const endMs = one.login.authorizationExpiresAtMs
      reminder?.attend({ ...one, endMs, accounts: one.accounts() })
    },
    deliver: urls && keeper && createDeliveries({ ...deps, ...urls, logins: wakeable }),
    async settled() {
      await Promise.all([keeper?.settled(), reminder?.settled()])
    },
  }
}
