import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { renewedLogin } from '../login/refresh-schedule.ts'
import { MonzoClient } from '../monzo/client.ts'
import type { HttpFetch } from '../monzo/http-fetch.ts'
import type { OAuth } from '../monzo/oauth.ts'
import { removeWebhooks } from '../notices/webhook-keeper.ts'
import type { WebhookUrls } from '../notices/webhook-urls.ts'
import type { StoredLogin } from '../tokens/schemas.ts'

const TIMEOUT_MS = 10_000

export interface EndDeps {
  readonly apiUrl: URL
  readonly fetch: HttpFetch
  readonly clock: Clock
  readonly oauth: Pick<OAuth, 'refresh'>
  /** Must be durable once it resolves, since the old refresh token is used up. */
  readonly save: (renewed: StoredLogin) => Promise<void>
  /** Tells which webhooks are ours. */
  readonly urls: WebhookUrls
  /** Called when our webhooks could not be removed. */
  readonly onWebhooksLeft: (error: unknown) => void
}

/**
 * Removes our webhooks, and ends a login at Monzo. This needs a valid token, so an expired one is
 * refreshed first; if Monzo refuses the refresh, the login has already ended.
 * @throws {AppError} when the login can't be ended: MONZO_UNAVAILABLE, CLIENT_REFUSED, MONZO_HTTP…
 */
export async function endAtMonzo(login: StoredLogin, deps: EndDeps): Promise<void> {
  const { clock, oauth, save } = deps
  const isExpired = Date.parse(login.expires_at) <= clock.now()
  if (!isExpired && (await sendLogout(login.access_token, deps))) return
  let renewed: StoredLogin
  try {
    const reply = await oauth.refresh(login.refresh_token)
    renewed = renewedLogin(login, reply, clock.now())
  } catch (error) {
    if (error instanceof AppError && error.code === 'REAUTHORIZATION_REQUIRED') return
    throw error
  }
  await save(renewed)
  if (await sendLogout(renewed.access_token, deps)) return
  throw new AppError('MONZO_TOKEN_REFUSED', 'Monzo refuses even a new token', { hint: '' })
}

/** @returns whether the token was valid: false for 401. */
async function sendLogout(token: string, deps: EndDeps): Promise<boolean> {
  const { apiUrl, fetch, clock } = deps
  const client = new MonzoClient({
    baseUrl: apiUrl,
    fetch,
    clock,
    random: () => 0,
    accessToken: async () => token,
    onCall: () => {},
    onUnreadable: () => {},
  })
  await leaveNoWebhooks(client, deps)
  return client.logOut(new AbortController().signal) // the call itself ends in time
}

/** Runs even if `webhooks` is off by now. A failure here must not keep the login from being ended. */
async function leaveNoWebhooks(client: MonzoClient, deps: EndDeps): Promise<void> {
  const leave = async (signal: AbortSignal) => {
    const accounts = await client.readAccounts(signal)
    const ids = accounts.filter(({ closed }) => !closed).map(({ id }) => id)
    await removeWebhooks(client, ids, deps.urls, signal)
  }
  try {
    await deps.clock.within(TIMEOUT_MS, leave)
  } catch (error) {
    const isTokenBad = error instanceof AppError && error.code === 'MONZO_TOKEN_REFUSED'
    if (!isTokenBad) deps.onWebhooksLeft(error) // otherwise it is retried with a valid token
  }
}
