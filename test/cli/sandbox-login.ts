import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { createHttpFetch } from '../../src/monzo/http-fetch.ts'
import { createOAuth } from '../../src/monzo/oauth.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import type { StoredLogin } from '../../src/tokens/schemas.ts'
import { createContext } from '../fakes/context.ts'

const REDIRECT_URI = 'http://127.0.0.1:8080'

/** A simulated Monzo, and a folder whose config.toml names it and whose tokens.json is good there. */
export async function setUpLogin(t: TestContext, people: readonly string[] = ['sam@example.com']) {
  const redirectUrl = `${REDIRECT_URI}/callback`
  const client = { ...SANDBOX_CLIENT, redirectUris: [redirectUrl] }
  const sandbox = await startSandbox({
    clock: systemClock,
    clients: [client],
    knobs: { livelyEveryMs: 0 },
  })
  t.after(() => sandbox.stop())
  const oauth = createOAuth({
    ...client,
    authUrl: new URL(sandbox.authUrl),
    apiUrl: new URL(sandbox.apiUrl),
    redirectUrl,
    fetch: createHttpFetch(),
    clock: systemClock,
    onCall: () => {},
  })
  const logins: StoredLogin[] = []
  for (const email of people) {
    const state = 'abc'
    const callback = await sandbox.logIn(oauth.authorizeUrl(state), email)
    const reply = await oauth.exchangeCode(callback.searchParams.get('code') ?? '', state)
    logins.push({
      user_id: reply.userId,
      client_id: client.clientId,
      access_token: reply.accessToken,
      refresh_token: reply.refreshToken ?? '',
      expires_at: new Date(Date.now() + 6 * 3_600_000).toISOString(),
      expires_in: 21_600,
      authorized_at: new Date().toISOString(),
    })
  }
  sandbox.approve()
  const config = [
    `client_id = "${client.clientId}"`,
    `client_secret = "${client.clientSecret}"`,
    'server_addr = "127.0.0.1:0"',
    `monzo_api_url = "${sandbox.apiUrl}"`,
    `monzo_auth_url = "${sandbox.authUrl}"`,
    '',
  ].join('\n')
  /** A command in that folder. @param tokens what tokens.json holds; `undefined`: there is none. */
  const inFolder = async (
    args: readonly string[],
    tokens: readonly StoredLogin[] | undefined = logins,
    extra = '',
  ) => {
    const made = await createContext(t, args, {})
    const tokensFile = join(made.cwd, 'tokens.json')
    await writeFile(join(made.cwd, 'config.toml'), config + extra, { mode: 0o600 })
    if (tokens)
      await writeFile(tokensFile, JSON.stringify({ version: 1, logins: tokens }), { mode: 0o600 })
    return { ...made, tokensFile }
  }
  return { sandbox, logins, inFolder }
}
