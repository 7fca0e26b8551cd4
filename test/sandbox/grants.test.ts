import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  atTime,
  type GrantEvent,
  type GrantState,
  isInWindow,
  nextGrantState,
  scopeOf,
} from '../../src/sandbox/oauth/grant-state.ts'
import { looksLikeToken, tokenIdOf } from '../../src/sandbox/oauth/token-text.ts'
import { CLIENT, DAY_MS, HOUR_MS, MINUTE_MS, REDIRECT_URI, setupWorld } from './world-setup.ts'

const NEW: GrantState = { state: 'pre_verification' }
const DECLINED: GrantState = { state: 'declined' }
const VERIFIED: GrantState = { state: 'verified', approvedAtMs: 1000 }
const LAPSED: GrantState = { state: 'lapsed', approvedAtMs: 1000 }
const REVOKED: GrantState = { state: 'revoked' }
const APPROVE: GrantEvent = { type: 'approved', atMs: 2000 }

const steps: [from: GrantState, event: GrantEvent, to: GrantState][] = [
  [NEW, APPROVE, { state: 'verified', approvedAtMs: 2000 }],
  [NEW, { type: 'declined' }, DECLINED],
  [NEW, { type: 'lapsed' }, NEW],
  [NEW, { type: 'revoked' }, REVOKED],
  [DECLINED, APPROVE, DECLINED],
  [DECLINED, { type: 'lapsed' }, DECLINED],
  [VERIFIED, APPROVE, VERIFIED],
  [VERIFIED, { type: 'declined' }, VERIFIED],
  [VERIFIED, { type: 'lapsed' }, LAPSED],
  [VERIFIED, { type: 'revoked' }, REVOKED],
  [LAPSED, APPROVE, { state: 'verified', approvedAtMs: 2000 }],
  [LAPSED, { type: 'revoked' }, REVOKED],
  [REVOKED, APPROVE, REVOKED],
  [REVOKED, { type: 'lapsed' }, REVOKED],
]
for (const [from, event, to] of steps) {
  it(`${from.state} + ${event.type} -> ${to.state}`, () =>
    assert.deepEqual(nextGrantState(from, event), to))
}
it('lapses by itself after 90 days, and nothing but an approval does', () => {
  assert.equal(atTime(VERIFIED, 1000 + 90 * DAY_MS - 1).state, 'verified')
  assert.equal(atTime(VERIFIED, 1000 + 90 * DAY_MS).state, 'lapsed')
  assert.equal(atTime(NEW, 1000 * DAY_MS), NEW)
})
it('has a window of five minutes, and says so in the scope', () => {
  const end = 1000 + 5 * MINUTE_MS
  assert.equal(isInWindow(VERIFIED, end), true)
  assert.equal(isInWindow(VERIFIED, end + 1), false)
  assert.equal(isInWindow(NEW, 0), false)
  assert.equal(scopeOf(VERIFIED, end), 'third_party_developer_app.verified.ext')
  assert.equal(scopeOf(VERIFIED, end + 1), 'third_party_developer_app.verified')
  assert.equal(scopeOf(NEW, 0), 'third_party_developer_app.pre_verification')
})

describe('A login', () => {
  it('gives tokens that look like JWTs without an expiry, all different', () => {
    const { logIn } = setupWorld()
    const tokens = [logIn(), logIn()].flatMap((body) => [body.access_token, body.refresh_token])
    assert.equal(new Set(tokens).size, 4)
    for (const [n, token] of tokens.entries()) {
      assert.ok(looksLikeToken(token))
      const [header, payload] = token
        .split('.')
        .map((part: string) => Buffer.from(part, 'base64url').toString())
      assert.deepEqual(JSON.parse(header), { alg: 'ES256', typ: 'JWT' })
      const { jti, typ, v, eb } = JSON.parse(payload)
      assert.equal(typ, n % 2 ? 'rt' : 'at')
      assert.match(jti, n % 2 ? /^reftok_0000/ : /^acctok_0000/)
      assert.equal(v, '6')
      assert.equal(typeof eb, 'string')
      assert.equal(tokenIdOf(token), jti)
    }
  })
  it('answers like the recorded replies', () => {
    const { logIn, sam } = setupWorld()
    const body = logIn()
    assert.deepEqual(Object.keys(body), [
      ...['access_token', 'client_id', 'expires_in', 'refresh_token', 'scope', 'token_type'],
      'user_id',
    ])
    assert.equal(body.client_id, CLIENT.clientId)
    assert.equal(body.expires_in, 107_999)
    assert.equal(body.scope, 'third_party_developer_app.pre_verification')
    assert.equal(body.token_type, 'Bearer')
    assert.equal(body.user_id, sam)
  })
  it('sees nothing until it is approved, and then with the same token', () => {
    const { logIn, send, approve, world } = setupWorld()
    const { access_token } = logIn()
    assert.equal(send('GET /accounts', access_token).code, 'forbidden.insufficient_permissions')
    assert.equal(world.grants.waiting().length, 1)
    approve()
    assert.equal(send('GET /accounts', access_token).status, 200)
    assert.equal(world.grants.waiting().length, 0)
  })
  it('stays forbidden when it is declined, even if somebody approves later', () => {
    const { logIn, send, approve, world, sam } = setupWorld()
    const { access_token } = logIn()
    assert.deepEqual(world.grants.decline(), [sam])
    assert.deepEqual(approve(), [])
    assert.equal(send('GET /accounts', access_token).status, 403)
  })
  it('evicts both older tokens of the same person, and has to be approved anew', () => {
    const { logIn, connect, send, refresh } = setupWorld()
    const old = logIn()
    const access = connect()
    const newer = logIn()
    for (const token of [old.access_token, access])
      assert.equal(send('GET /accounts', token).code, 'unauthorized.bad_access_token.evicted')
    assert.equal(refresh(old.refresh_token).code, 'unauthorized.bad_refresh_token.evicted')
    assert.equal(send('GET /accounts', newer.access_token).status, 403)
  })
  it('leaves those of another person alone', () => {
    const { logIn, connect, send, robin } = setupWorld()
    const robins = connect('robin@example.com')
    logIn()
    const { status, body } = send('GET /accounts', robins)
    assert.equal(status, 200)
    assert.equal(body.accounts.length, 2)
    assert.equal(send('GET /ping/whoami', robins).body.user_id, robin)
  })
  it('of another client leaves those of this one alone', () => {
    const { world, connect, send, sam } = setupWorld()
    const token = connect()
    world.grants.open('oauth2client_0000Playground', sam)
    assert.equal(send('GET /accounts', token).status, 200)
  })
})

describe('A code', () => {
  const later = (ms: number) => (s: ReturnType<typeof setupWorld>, code: string) => {
    s.world.advance(ms)
    return s.exchange(code)
  }
  const cases: [
    title: string,
    exchange: (
      s: ReturnType<typeof setupWorld>,
      code: string,
    ) => { status: number; code?: unknown },
    status: number,
    error: string | undefined,
  ][] = [
    ['works for nearly ten minutes', later(10 * MINUTE_MS - 1), 200, undefined],
    [
      'has expired after ten minutes',
      later(10 * MINUTE_MS),
      401,
      'unauthorized.bad_authorization_code.expired',
    ],
    [
      'works once',
      (s, code) => {
        s.exchange(code)
        return s.exchange(code)
      },
      401,
      'unauthorized.bad_authorization_code.used',
    ],
    [
      'that is made up does not work',
      (s) => s.exchange('nonsense'),
      401,
      'unauthorized.bad_authorization_code',
    ],
    [
      'of another client does not work',
      (s, code) => {
        s.world.clients.register({ ...CLIENT, clientId: 'other' })
        return s.exchange(code, { client_id: 'other' })
      },
      401,
      'unauthorized.bad_authorization_code',
    ],
    [
      'needs the very redirect URI it was made for',
      (s, code) => s.exchange(code, { redirect_uri: `${REDIRECT_URI}/` }),
      400,
      'bad_request.bad_param.redirect_uri',
    ],
    ['is needed', (s) => s.exchange(''), 400, 'bad_request.missing_param.code'],
    [
      'needs a redirect URI at all',
      (s, code) => s.exchange(code, { redirect_uri: '' }),
      400,
      'bad_request.missing_param.redirect_uri',
    ],
    [
      'needs the right client secret',
      (s, code) => s.exchange(code, { client_secret: CLIENT.clientSecret.replace('+', ' ') }),
      401,
      'unauthorized.bad_client_credentials',
    ],
  ]
  for (const [title, exchange, status, error] of cases) {
    it(title, () => {
      const s = setupWorld()
      const reply = exchange(s, s.codeFor())
      assert.equal(reply.status, status)
      assert.equal(reply.code, error)
    })
  }
  it('is not used up by a wrong secret or redirect URI', () => {
    const { codeFor, exchange } = setupWorld()
    const code = codeFor()
    exchange(code, { client_secret: 'wrong' })
    exchange(code, { redirect_uri: 'http://127.0.0.1/' })
    assert.equal(exchange(code).status, 200)
  })
})

describe('A refresh', () => {
  it('gives two new tokens, and kills both old ones at once', () => {
    const { logIn, approve, refresh, send } = setupWorld()
    const old = logIn()
    approve()
    const { status, body } = refresh(old.refresh_token)
    assert.equal(status, 200)
    assert.equal(send('GET /accounts', body.access_token).status, 200)
    assert.equal(send('GET /accounts', old.access_token).code, 'unauthorized.bad_access_token')
    assert.equal(refresh(old.refresh_token).code, 'unauthorized.bad_refresh_token')
  })
  it('that is repeated does not end the login: its first successor still works', () => {
    const { logIn, refresh } = setupWorld()
    const old = logIn()
    const { body } = refresh(old.refresh_token)
    assert.equal(refresh(old.refresh_token).status, 401)
    assert.equal(refresh(body.refresh_token).status, 200)
  })
  it('works before approval, and tells by its scope whether that has come', () => {
    const { logIn, refresh, approve, world } = setupWorld()
    const scopes = []
    let { refresh_token, scope } = logIn()
    for (const happen of [() => approve(), () => world.advance(6 * MINUTE_MS), () => []]) {
      scopes.push(scope)
      happen()
      ;({ refresh_token, scope } = refresh(refresh_token).body)
    }
    assert.deepEqual(
      scopes.map((text: string) => text.split('app.')[1]),
      ['pre_verification', 'verified.ext', 'verified'],
    )
  })
  it('revives an expired access token', () => {
    const { logIn, approve, refresh, send, world } = setupWorld()
    const { access_token, refresh_token } = logIn()
    approve()
    world.advance(107_999_000 - 1)
    assert.equal(send('GET /accounts', access_token).status, 200)
    world.advance(1)
    assert.equal(send('GET /accounts', access_token).code, 'unauthorized.bad_access_token.expired')
    assert.equal(send('GET /accounts', refresh(refresh_token).body.access_token).status, 200)
  })
  const bad: [title: string, token: (s: ReturnType<typeof setupWorld>) => string][] = [
    ['made up', () => 'nonsense'],
    ['missing', () => ''],
    ['an access token', (s) => s.logIn().access_token],
  ]
  for (const [title, token] of bad) {
    it(`with a token that is ${title} is refused`, () => {
      const s = setupWorld()
      const { status, code } = s.refresh(token(s))
      assert.deepEqual([status, code], [401, 'unauthorized.bad_refresh_token'])
    })
  }
  it('by another client is refused', () => {
    const { world, logIn, refresh } = setupWorld()
    const { refresh_token } = logIn()
    world.clients.register({ ...CLIENT, clientId: 'other' })
    assert.equal(
      refresh(refresh_token, { client_id: 'other' }).code,
      'unauthorized.bad_refresh_token',
    )
    assert.equal(refresh(refresh_token).status, 200)
  })
})

describe('What the admin can do', () => {
  it('revoke: no token works, nor does an approval bring it back', () => {
    const { logIn, approve, refresh, send, world } = setupWorld()
    const { access_token, refresh_token } = logIn()
    approve()
    world.grants.revoke()
    approve()
    assert.equal(send('GET /accounts', access_token).code, 'unauthorized.bad_access_token')
    assert.equal(refresh(refresh_token).code, 'unauthorized.bad_refresh_token')
  })
  it('evict: as if somebody had logged in elsewhere', () => {
    const { logIn, refresh, send, world } = setupWorld()
    const { access_token, refresh_token } = logIn()
    world.grants.evict(undefined)
    assert.equal(send('GET /accounts', access_token).code, 'unauthorized.bad_access_token.evicted')
    assert.equal(refresh(refresh_token).code, 'unauthorized.bad_refresh_token.evicted')
  })
  it('expire access: only the refresh token works', () => {
    const { logIn, refresh, send, world } = setupWorld()
    const { access_token, refresh_token } = logIn()
    world.grants.expireAccess(undefined)
    assert.equal(
      send('GET /ping/whoami', access_token).code,
      'unauthorized.bad_access_token.expired',
    )
    assert.equal(refresh(refresh_token).status, 200)
  })
  it('happen to one person only, if told so', () => {
    const { connect, send, world, sam } = setupWorld()
    const sams = connect()
    const robins = connect('robin@example.com')
    assert.deepEqual(world.grants.evict(sam), [sam])
    assert.equal(send('GET /accounts', sams).status, 401)
    assert.equal(send('GET /accounts', robins).status, 200)
  })
})

it('logging out ends both tokens', () => {
  const { logIn, refresh, send } = setupWorld()
  const { access_token, refresh_token } = logIn()
  assert.deepEqual(send('POST /oauth2/logout', access_token).body, {})
  assert.equal(send('POST /oauth2/logout', access_token).code, 'unauthorized.bad_access_token')
  assert.equal(refresh(refresh_token).code, 'unauthorized.bad_refresh_token')
})
it('a lapsed approval comes back with another one', () => {
  const { connect, send, approve, world } = setupWorld({ knobs: { expiresIn: 10 ** 9 } })
  const token = connect()
  world.advance(90 * DAY_MS - HOUR_MS)
  assert.equal(send('GET /accounts', token).status, 200)
  world.advance(HOUR_MS)
  assert.equal(send('GET /accounts', token).code, 'forbidden.insufficient_permissions')
  approve()
  assert.equal(send('GET /accounts', token).status, 200)
})
it('a sandbox started later gives out other tokens for the same seed', () => {
  const one = setupWorld().logIn()
  const other = setupWorld({ now: '2026-11-22T10:00:01Z' }).logIn()
  assert.notEqual(one.access_token, other.access_token)
  assert.equal(one.user_id, other.user_id)
})
