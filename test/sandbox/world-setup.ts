import assert from 'node:assert/strict'
import type { HttpFetch } from '../../src/monzo/http-fetch.ts'
import { handle } from '../../src/sandbox/api/api-app.ts'
import { logInHeadlessly } from '../../src/sandbox/headless-login.ts'
import type { Knobs } from '../../src/sandbox/knobs.ts'
import { createWorld } from '../../src/sandbox/world.ts'
import { FakeClock } from '../fakes/clock.ts'

export const REDIRECT_URI = 'http://127.0.0.1:8080/callback'
export const CLIENT = {
  clientId: 'oauth2client_0000TestClient0000000AA',
  clientSecret: 'mnzconf.te+st/secret==',
  redirectUris: [REDIRECT_URI],
}
export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** A body whose shape the test knows. */
// biome-ignore lint/suspicious/noExplicitAny: replies are asserted on, not typed
export type Body = any

export function authorizeUrl(state?: string, redirectUri = REDIRECT_URI): string {
  const url = new URL('http://auth.monzo.test/')
  url.searchParams.set('client_id', CLIENT.clientId)
  url.searchParams.set('redirect_uri', redirectUri)
  url.searchParams.set('response_type', 'code')
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}

/** A sandbox without sockets, and an API client for it. */
export function setupWorld(
  options: { knobs?: Partial<Knobs>; seed?: number; now?: string; fetch?: HttpFetch } = {},
) {
  const { seed = 1, now = '2026-11-22T10:00:00Z', knobs = {} } = options
  const clock = new FakeClock(now)
  const world = createWorld({
    clock,
    seed,
    knobs: { livelyEveryMs: 0, ...knobs },
    clients: [CLIENT],
    fetch: options.fetch ?? (() => Promise.reject(new Error('nobody is to be called'))),
  })

  function send(endpoint: string, token?: string, form: Record<string, string> = {}) {
    const [method = '', url = ''] = endpoint.split(' ')
    const [path = '', query] = url.split('?')
    const authorization = token?.includes(' ') || token === undefined ? token : `Bearer ${token}`
    const delivery = handle(world, {
      method,
      path,
      query: new URLSearchParams(query),
      form: new URLSearchParams(form),
      authorization,
    })
    const body: Body = delivery.cut ? undefined : JSON.parse(delivery.body)
    return { status: delivery.status, code: body?.code as string | undefined, body, delivery }
  }

  const credentials = { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret }
  const codeFor = (email?: string): string =>
    logInHeadlessly(world, authorizeUrl(), email).searchParams.get('code') ?? ''
  const exchange = (code: string, changes: Record<string, string> = {}) =>
    send('POST /oauth2/token', undefined, {
      ...{ grant_type: 'authorization_code', ...credentials },
      ...{ redirect_uri: REDIRECT_URI, code, ...changes },
    })
  const refresh = (refreshToken: string, changes: Record<string, string> = {}) =>
    send('POST /oauth2/token', undefined, {
      ...{ grant_type: 'refresh_token', ...credentials },
      ...{ refresh_token: refreshToken, ...changes },
    })
  /** @returns the token reply. */
  function logIn(email?: string): Body {
    const { status, body } = exchange(codeFor(email))
    assert.equal(status, 200)
    return body
  }
  const approve = (userId?: string) => world.grants.approve(userId)
  /** @returns an access token that is good for everything. */
  function connect(email?: string): string {
    const { access_token } = logIn(email)
    approve()
    return access_token
  }
  const sam = world.bank.findPerson('sam@example.com')?.id ?? ''
  const robin = world.bank.findPerson('robin@example.com')?.id ?? ''
  const accountOf = (type: string, userId = sam): string =>
    world.bank.accountsOf(userId).find((account) => account.type === type)?.id ?? ''
  return {
    ...{ world, clock, send, codeFor, exchange, refresh, logIn, approve, connect },
    ...{ sam, robin, accountOf, current: accountOf('uk_retail') },
  }
}
