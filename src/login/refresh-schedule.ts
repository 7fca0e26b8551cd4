import { DAY_MS } from '../lib/clock.ts'
import type { TokenReply } from '../monzo/oauth.ts'
import type { StoredLogin } from '../tokens/schemas.ts'

const MAX_LEAD_MS = 30 * 60_000 // the token endpoint may be down for that long without a poll failing
const JITTER = 0.1 // of the lead, so that several logins don't all refresh at once
const UNKNOWN_LIFETIME_S = 30 * 60 // assumed when the reply doesn't say
const MAX_LIFETIME_S = (366 * DAY_MS) / 1000 // a longer one is a mistake, and could overflow a date

/** @param random in [0, 1). @returns when to refresh, in Unix ms. */
export function refreshAtMs(login: StoredLogin, random: number): number {
  const lifetimeMs = (login.expires_in ?? Number.POSITIVE_INFINITY) * 1000
  const leadMs = Math.min(MAX_LEAD_MS, lifetimeMs / 4)
  return Date.parse(login.expires_at) - leadMs * (1 - JITTER * random)
}

/** The login with the tokens of a reply. What the reply lacks is kept from the login. */
export function renewedLogin(login: StoredLogin, reply: TokenReply, nowMs: number): StoredLogin {
  const expires_in = Math.min(reply.expiresIn ?? UNKNOWN_LIFETIME_S, MAX_LIFETIME_S)
  return {
    ...login,
    user_id: reply.userId ?? login.user_id,
    access_token: reply.accessToken,
    refresh_token: reply.refreshToken ?? login.refresh_token,
    expires_at: new Date(nowMs + expires_in * 1000).toISOString(),
    expires_in,
  }
}
