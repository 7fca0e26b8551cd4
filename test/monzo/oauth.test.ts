import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { AppError } from '../../src/lib/errors.ts'
import { createOAuth } from '../../src/monzo/oauth.ts'
import { FakeClock } from '../fakes/clock.ts'
import { replies } from '../fakes/fetch.ts'

const SECRET = 'mnzconf.a+b/c=='
const TOKENS = {
  access_token: 'hunter-access',
  refresh_token: 'hunter-refresh',
  expires_in: 107_999,
  token_type: 'Bearer',
  user_id: 'user_1',
  client_id: 'oauth2client_1',
  scope: 'third_party_developer_app.pre_verification',
}
const HTML = { 'content-type': 'text/html' }
function setup(...queue: (Response | Error)[]) {
  const fetch = replies(...queue)
  const reports: string[] = []
  const oauth = createOAuth({
    clientId: 'oauth2client_1',
    clientSecret: SECRET,
    authUrl: new URL('https://auth.monzo.test/'),
    apiUrl: new URL('https://api.monzo.test/'),
    redirectUrl: 'https://example.org/monzo/callback',
    fetch,
    clock: new FakeClock(),
    onCall: ({ endpoint, code }) => reports.push(`${endpoint} ${code}`),
  })
  const form = async () => new URLSearchParams(await fetch.calls[0]?.text())
  return { oauth, fetch, reports, form }
}
const monzoError = (status: number, code: string) =>
  Response.json({ code, message: 'hunter-message' }, { status })

describe('createOAuth', () => {
  it('sends the browser to Monzo with the registered redirect URL, and no scope or PKCE', () => {
    const url = setup().oauth.authorizeUrl('state-1')
    assert.equal(url.origin + url.pathname, 'https://auth.monzo.test/')
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      client_id: 'oauth2client_1',
      redirect_uri: 'https://example.org/monzo/callback',
      response_type: 'code',
      state: 'state-1',
    })
  })
  it('exchanges a code with the secret in the body, and no Authorization header', async () => {
    const { oauth, fetch, form, reports } = setup(Response.json(TOKENS))
    const reply = await oauth.exchangeCode('code-1', 'state-1')
    assert.deepEqual(reply, {
      accessToken: 'hunter-access',
      refreshToken: 'hunter-refresh',
      expiresIn: 107_999,
      userId: 'user_1',
    })
    assert.equal(fetch.calls[0]?.url, 'https://api.monzo.test/oauth2/token')
    assert.equal(fetch.calls[0]?.headers.get('authorization'), null)
    assert.deepEqual(Object.fromEntries(await form()), {
      grant_type: 'authorization_code',
      code: 'code-1',
      redirect_uri: 'https://example.org/monzo/callback',
      client_id: 'oauth2client_1',
      client_secret: SECRET,
    })
    assert.deepEqual(reports, ['/oauth2/token 200'])
  })
  it('refreshes with nothing but the refresh token and the client', async () => {
    const { oauth, form } = setup(Response.json(TOKENS))
    assert.equal((await oauth.refresh('r+1')).refreshToken, 'hunter-refresh')
    assert.deepEqual(Object.fromEntries(await form()), {
      grant_type: 'refresh_token',
      refresh_token: 'r+1',
      client_id: 'oauth2client_1',
      client_secret: SECRET,
    })
  })
  it('says that a client without refresh tokens must be confidential', async () => {
    const { refresh_token: _, ...reply } = TOKENS
    const { oauth } = setup(Response.json(reply))
    await assert.rejects(oauth.exchangeCode('c', 's'), {
      code: 'CLIENT_NOT_CONFIDENTIAL',
      message: 'Monzo gave no refresh token: the OAuth client is not confidential',
      hint: /Confidentiality = Confidential/,
    })
  })

  // Monzo has used up the old token by now: an odd extra must not cost the new one.
  const odd: readonly [what: string, extra: object, expiresIn: number | undefined][] = [
    ['expires_in null', { expires_in: null }, undefined],
    ['expires_in as text', { expires_in: '107999' }, undefined],
    ['expires_in 0', { expires_in: 0 }, 0],
    ['a negative expires_in', { expires_in: -5 }, undefined],
    ['no token_type', { token_type: undefined }, 107_999],
    ...['', 'Bearer ', 'JWT', 'access_token', 42, null, {}].map(
      (token_type): (typeof odd)[number] => [
        `token_type ${JSON.stringify(token_type)}`,
        { token_type },
        107_999,
      ],
    ),
    ['scope 7 and an id_token', { scope: 7, id_token: 'x' }, 107_999],
    ['user_id 7', { user_id: 7 }, 107_999],
  ]
  for (const [what, extra, expiresIn] of odd) {
    it(`keeps the tokens of a reply with ${what}`, async () => {
      const { oauth } = setup(Response.json({ ...TOKENS, ...extra }))
      const reply = await oauth.refresh('r1')
      assert.equal(reply.accessToken, 'hunter-access')
      assert.equal(reply.refreshToken, 'hunter-refresh')
      assert.equal(reply.expiresIn, expiresIn)
    })
  }
})

describe('A reply that holds both tokens', () => {
  const { refresh_token, ...withoutRefresh } = TOKENS
  const broken = (text: string) =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(Buffer.from(text))
        },
        pull: (controller) => controller.error(new TypeError('terminated')),
      }),
    )
  const replies: readonly (readonly [what: string, reply: () => Response])[] = [
    ['a byte-order mark', () => new Response(`\uFEFF${JSON.stringify(TOKENS)}`)],
    ['the object inside data', () => Response.json({ data: TOKENS })],
    ['the object in a list, two levels down', () => Response.json({ result: [TOKENS], ok: true })],
    ['status 201', () => Response.json(TOKENS, { status: 201 })],
    ['a body that breaks off after them', () => broken(JSON.stringify(TOKENS))],
    ['HTML as its type', () => new Response(JSON.stringify(TOKENS), { headers: HTML })],
  ]
  for (const [what, reply] of replies)
    it(`is a success, with ${what}`, async () => {
      for (const ask of ['refresh', 'exchangeCode'] as const) {
        const { accessToken, refreshToken } = await setup(reply()).oauth[ask]('one', 'two')
        assert.deepEqual([accessToken, refreshToken], [TOKENS.access_token, refresh_token])
      }
    })
  it('is none if it breaks off before', async () => {
    const half = broken(JSON.stringify(TOKENS).slice(0, -5))
    await assert.rejects(setup(half).oauth.refresh('r'), { code: 'MONZO_UNAVAILABLE' })
    const one = broken(JSON.stringify(withoutRefresh))
    await assert.rejects(setup(one).oauth.refresh('r'), { code: 'MONZO_UNAVAILABLE' })
  })
})

it('says of an evicted login that a newer one with the same client ended it', async () => {
  const hintFor = async (code: string) => {
    const error = await setup(monzoError(401, code))
      .oauth.refresh('r')
      .catch((reason) => reason)
    assert.ok(error instanceof AppError)
    return error.hint
  }
  assert.match(await hintFor('unauthorized.bad_refresh_token.evicted'), /^A newer login/)
  assert.match(await hintFor('unauthorized.bad_refresh_token'), /^Somebody has to log in again/)
})

describe('What a failure of the token endpoint means', () => {
  const E13B = {
    error: 'invalid_request',
    error_description: 'Refresh token has been evicted',
    error_params: { original_error_code: 'bad_request.refresh_token.evicted' },
  }
  type Case = readonly [what: string, reply: () => Response | Error, refresh: string, code: string]
  const notMonzos = (what: string, reply: () => Response): readonly Case[] => [
    [what, reply, 'MONZO_INTERCEPTED', 'MONZO_INTERCEPTED'],
  ]
  const cases: readonly Case[] = [
    [
      'E13',
      () => monzoError(401, 'unauthorized.bad_refresh_token'),
      'REAUTHORIZATION_REQUIRED',
      'CODE_REFUSED',
    ],
    [
      'E14',
      () => monzoError(401, 'unauthorized.bad_refresh_token.evicted'),
      'REAUTHORIZATION_REQUIRED',
      'CODE_REFUSED',
    ],
    [
      'E13b',
      () => Response.json(E13B, { status: 400 }),
      'REAUTHORIZATION_REQUIRED',
      'CODE_REFUSED',
    ],
    [
      "OAuth's own error",
      () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
      'REAUTHORIZATION_REQUIRED',
      'CODE_REFUSED',
    ],
    ...notMonzos('a 401 with no body', () => new Response(null, { status: 401 })),
    ...notMonzos(
      'a 401 with a challenge',
      () =>
        new Response('{}', { status: 401, headers: { 'www-authenticate': 'Bearer error="x"' } }),
    ),
    ...notMonzos('a 401 of a proxy in JSON', () =>
      Response.json({ error: 'Unauthorized', code: 401 }, { status: 401 }),
    ),
    ...notMonzos('a 400 with an error that OAuth does not know', () =>
      Response.json({ error: 'blocked' }, { status: 400 }),
    ),
    ...[204, 304, 404, 407, 451].flatMap((status) =>
      notMonzos(`${status} without a body`, () => new Response(null, { status })),
    ),
    [
      'E18',
      () => monzoError(401, 'unauthorized.bad_client_credentials'),
      'CLIENT_REFUSED',
      'CLIENT_REFUSED',
    ],
    [
      'could_not_authenticate',
      () => monzoError(400, 'bad_request.could_not_authenticate'),
      'CLIENT_REFUSED',
      'CLIENT_REFUSED',
    ],
    [
      'client_not_enabled',
      () => monzoError(400, 'bad_request.client_not_enabled'),
      'CLIENT_REFUSED',
      'CLIENT_REFUSED',
    ],
    [
      'invalid_client',
      () => Response.json({ error: 'invalid_client' }, { status: 401 }),
      'CLIENT_REFUSED',
      'CLIENT_REFUSED',
    ],
    ...[400, 401, 403].flatMap((status) =>
      notMonzos(`${status} in HTML`, () => new Response('<html>hunter-page</html>', { status })),
    ),
    [
      '400 with the code of trouble that passes',
      () => monzoError(400, 'internal_service.unknown'),
      'MONZO_UNAVAILABLE',
      'MONZO_UNAVAILABLE',
    ],
    [
      '429',
      () => monzoError(429, 'rate_limited.too_many_requests'),
      'MONZO_UNAVAILABLE',
      'MONZO_UNAVAILABLE',
    ],
    [
      '500',
      () => monzoError(500, 'internal_service.unknown'),
      'MONZO_UNAVAILABLE',
      'MONZO_UNAVAILABLE',
    ],
    ...notMonzos('a redirect', () => new Response(null, { status: 302 })),
    ['no network', () => new TypeError('fetch failed'), 'MONZO_UNAVAILABLE', 'MONZO_UNAVAILABLE'],
    [
      'no reply in time',
      () => new DOMException('', 'TimeoutError'),
      'MONZO_UNAVAILABLE',
      'MONZO_UNAVAILABLE',
    ],
    ...notMonzos('200 with HTML', () => new Response('<html>hunter-page</html>')),
    [
      '200 with an error',
      () => Response.json({ code: 'internal_service.unknown' }),
      'MONZO_UNREADABLE',
      'MONZO_UNREADABLE',
    ],
    ...notMonzos('200 with half a reply', () => new Response('{"access_token":"hunter-half')),
  ]
  for (const [what, reply, ofRefresh, ofCode] of cases) {
    it(`is, for ${what}: ${ofRefresh} of a refresh, ${ofCode} of a code`, async () => {
      const quotesNothing = (expected: string) => (error: unknown) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, expected)
        assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter|mnzconf|used-code/)
        return true
      }
      await assert.rejects(setup(reply()).oauth.refresh('hunter-r1'), quotesNothing(ofRefresh))
      const { oauth } = setup(reply())
      await assert.rejects(oauth.exchangeCode('used-code', 's'), quotesNothing(ofCode))
    })
  }
})
