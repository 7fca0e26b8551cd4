import { SANDBOX_CLIENT, type Sandbox } from '../../src/sandbox/sandbox.ts'
import type { StoredLogin } from '../../src/tokens/schemas.ts'
import { renderTokens } from '../../src/tokens/token-file.ts'

const LONG_AGO_MS = 2 * 60 * 60_000 // approved long before this start, as after a restart

/** A sandbox's people, many of them: `person-0@example.com`… */
export const crowdEmail = (n: number): string => `person-${n}@example.com`

/**
 * Adds so many people to the sandbox; all have logged in and approved. With its rate limit off.
 * @returns the tokens.json of an exporter that has them all.
 */
export async function logInCrowd(
  sandbox: Sandbox,
  { count, callbackUrl, nowMs }: { count: number; callbackUrl: string; nowMs: number },
): Promise<string> {
  const logins: StoredLogin[] = []
  for (let n = 0; n < count; n++) {
    sandbox.bank.addPerson({ email: crowdEmail(n), name: `Person ${n}` })
    logins.push(await logIn(sandbox, { email: crowdEmail(n), callbackUrl, nowMs }))
  }
  sandbox.approve()
  return renderTokens(logins)
}

async function logIn(
  { authUrl, apiUrl, logIn: follow }: Sandbox,
  { email, callbackUrl, nowMs }: { email: string; callbackUrl: string; nowMs: number },
): Promise<StoredLogin> {
  const client = { client_id: SANDBOX_CLIENT.clientId, redirect_uri: callbackUrl }
  const query = new URLSearchParams({ ...client, response_type: 'code', state: 'state' })
  const callback = await follow(`${authUrl}/?${query}`, email)
  const body = new URLSearchParams({
    ...client,
    grant_type: 'authorization_code',
    client_secret: SANDBOX_CLIENT.clientSecret,
    code: callback.searchParams.get('code') ?? '',
  })
  const reply = await fetch(`${apiUrl}/oauth2/token`, { method: 'POST', body })
  if (!reply.ok) throw new Error(`no tokens: ${reply.status}`)
  const tokens = JSON.parse(await reply.text())
  return {
    user_id: tokens.user_id,
    client_id: tokens.client_id,
    access_token: tokens.access_token,
    refresh_token: tokens.refresh_token,
    expires_at: new Date(nowMs + tokens.expires_in * 1000).toISOString(),
    expires_in: tokens.expires_in,
    authorized_at: new Date(nowMs - LONG_AGO_MS).toISOString(),
  }
}
