import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CLIENT, DAY_MS, MINUTE_MS, setupWorld } from './world-setup.ts'

type Setup = ReturnType<typeof setupWorld>
type Answer = ReturnType<Setup['send']>

const iso = (ms: number): string => new Date(ms).toISOString()
const listing = (s: Setup, query: string, accountId = s.current) =>
  `GET /transactions?account_id=${accountId}&${query}`

/** MONZO.md's error catalog: what one does, and what one gets. */
const CATALOG: [
  number: string,
  trigger: string,
  act: (s: Setup) => Answer,
  status: number,
  code: string,
  message?: string,
][] = [
  [
    ...(['E1', 'an expired access token'] as const),
    (s) => {
      const token = s.connect()
      s.world.grants.expireAccess(undefined)
      return s.send('GET /accounts', token)
    },
    ...([401, 'unauthorized.bad_access_token.expired', 'Access token has expired'] as const),
  ],
  [
    ...(['E2', 'a token evicted by a newer login'] as const),
    (s) => {
      const token = s.connect()
      s.logIn()
      return s.send('GET /accounts', token)
    },
    ...([401, 'unauthorized.bad_access_token.evicted'] as const),
    'Access token has been evicted due to a login elsewhere',
  ],
  [
    ...(['E3', 'a token that is none'] as const),
    (s) => s.send('GET /accounts', 'garbage'),
    ...([400, 'bad_request.invalid_token', 'Token is invalid'] as const),
  ],
  [
    ...(['E3', 'an Authorization header of another kind'] as const),
    (s) => s.send('GET /accounts', 'Digest garbage'),
    ...([400, 'bad_request.invalid_token'] as const),
  ],
  [
    ...(['E4', 'a token from somewhere else'] as const),
    (s) => s.send('GET /accounts', setupWorld({ seed: 2 }).connect()),
    ...([401, 'unauthorized.bad_access_token'] as const),
  ],
  [
    ...(['E4', 'a refresh token used as an access token'] as const),
    (s) => s.send('GET /accounts', s.logIn().refresh_token),
    ...([401, 'unauthorized.bad_access_token'] as const),
  ],
  [
    ...(['E5', 'no Authorization header on /accounts'] as const),
    (s) => s.send('GET /accounts'),
    ...([401, 'unauthorized.auth_required'] as const),
  ],
  [
    ...(['E5', 'no Authorization header on /pots, parameter missing too'] as const),
    (s) => s.send('GET /pots'),
    ...([401, 'unauthorized.auth_required'] as const),
  ],
  ...(['GET /transactions', 'GET /webhooks', 'POST /webhooks', 'POST /feed'] as const).map(
    (endpoint): (typeof CATALOG)[number] => [
      ...(['E6', `${endpoint} with neither parameters nor a token`] as const),
      (s) => s.send(endpoint),
      ...([400, 'bad_request.missing_param.account_id'] as const),
    ],
  ),
  ...(
    [
      ['GET /balance', 'account_id'],
      ['GET /pots', 'current_account_id'],
    ] as const
  ).map(([endpoint, param]): (typeof CATALOG)[number] => [
    ...(['E6', `${endpoint} without ${param}`] as const),
    (s) => s.send(endpoint, s.connect()),
    ...([
      400,
      `bad_request.missing_param.${param}`,
      `Missing required parameter: ${param}`,
    ] as const),
  ]),
  ...(
    [
      ['GET /accounts', ''],
      ['GET /balance', 'account_id'],
      ['GET /pots', 'current_account_id'],
      ['GET /transactions', 'account_id'],
      ['GET /webhooks', 'account_id'],
    ] as const
  ).map(([endpoint, param]): (typeof CATALOG)[number] => [
    ...(['E7', `${endpoint} before approval`] as const),
    (s) => s.send(`${endpoint}?${param}=${s.current}`, s.logIn().access_token),
    ...([403, 'forbidden.insufficient_permissions'] as const),
    'Access forbidden due to insufficient permissions',
  ]),
  ...(['acc_nope', '', ' '] as const).map((space): (typeof CATALOG)[number] => [
    ...(['E8', `an account id with "${space}" in front`] as const),
    (s) => s.send(`GET /balance?account_id=${encodeURIComponent(space + s.current)}x`, s.connect()),
    ...([403, 'forbidden.insufficient_permissions'] as const),
  ]),
  [
    ...(['E8', "somebody else's account"] as const),
    (s) => s.send(`GET /balance?account_id=${s.accountOf('uk_retail', s.robin)}`, s.connect()),
    ...([403, 'forbidden.insufficient_permissions'] as const),
  ],
  [
    ...(['E9', 'the balance of a loan'] as const),
    (s) => s.send(`GET /balance?account_id=${s.accountOf('uk_loan')}`, s.connect()),
    ...([403, 'forbidden.insufficient_permissions'] as const),
  ],
  [
    ...(['E9', 'the transactions of a loan behind Flex'] as const),
    (s) => {
      const type = 'uk_monzo_flex_backing_loan'
      const { id } = s.world.bank.addAccount({ ownerIds: [s.sam], type })
      return s.send(listing(s, '', id), s.connect())
    },
    ...([403, 'forbidden.insufficient_permissions'] as const),
  ],
  [
    ...(['E10', 'history of 90 days, later than five minutes after approval'] as const),
    (s) => {
      const token = s.connect()
      s.world.advance(5 * MINUTE_MS + 1)
      return s.send(listing(s, `since=${iso(s.world.clock.now() - 90 * DAY_MS)}`), token)
    },
    ...([403, 'forbidden.verification_required', 'Verification required'] as const),
  ],
  [
    ...(['E11', 'a range of 365 days, even right after approval'] as const),
    (s) => s.send(listing(s, `since=${iso(s.world.clock.now() - 365 * DAY_MS)}`), s.connect()),
    ...([400, 'bad_request.invalid_time_range'] as const),
  ],
  [
    ...(['E12', 'since after before'] as const),
    (s) =>
      s.send(listing(s, 'since=2026-11-02T00:00:00Z&before=2026-11-01T00:00:00Z'), s.connect()),
    ...([400, 'bad_request.bad_time_range'] as const),
    'Error listing hydrated transactions by account',
  ],
  [
    ...(['E13', 'a refresh token used twice'] as const),
    (s) => {
      const { refresh_token } = s.logIn()
      s.refresh(refresh_token)
      return s.refresh(refresh_token)
    },
    ...([401, 'unauthorized.bad_refresh_token', 'Bad refresh token'] as const),
  ],
  [
    ...(['E14', 'a refresh token evicted by a newer login'] as const),
    (s) => {
      const { refresh_token } = s.logIn()
      s.logIn()
      return s.refresh(refresh_token)
    },
    ...([401, 'unauthorized.bad_refresh_token.evicted'] as const),
  ],
  [
    ...(['E15', 'a code used twice'] as const),
    (s) => {
      const code = s.codeFor()
      s.exchange(code)
      return s.exchange(code)
    },
    ...([401, 'unauthorized.bad_authorization_code.used'] as const),
  ],
  [
    ...(['E16', 'a code that is too old'] as const),
    (s) => {
      const code = s.codeFor()
      s.world.advance(11 * MINUTE_MS)
      return s.exchange(code)
    },
    ...([401, 'unauthorized.bad_authorization_code.expired'] as const),
  ],
  [
    ...(['E17', 'a code that is none'] as const),
    (s) => s.exchange('garbage'),
    ...([401, 'unauthorized.bad_authorization_code'] as const),
  ],
  [
    ...(['E18', 'a wrong secret'] as const),
    (s) => s.exchange(s.codeFor(), { client_secret: 'wrong' }),
    ...([401, 'unauthorized.bad_client_credentials'] as const),
  ],
  [
    ...(['E18', 'a client that nobody knows'] as const),
    (s) => s.exchange(s.codeFor(), { client_id: 'oauth2client_nope' }),
    ...([401, 'unauthorized.bad_client_credentials'] as const),
  ],
  [
    ...(['E18', 'client credentials as Basic auth'] as const),
    (s) => s.send('POST /oauth2/token', `Basic ${btoa(`${CLIENT.clientId}:x`)}`, {}),
    ...([401, 'unauthorized.bad_client_credentials'] as const),
  ],
  [
    ...(['E19', 'another redirect URI at the token endpoint'] as const),
    (s) => s.exchange(s.codeFor(), { redirect_uri: 'http://127.0.0.1/else' }),
    ...([400, 'bad_request.bad_param.redirect_uri'] as const),
  ],
  [
    ...(['E20', 'an unknown path'] as const),
    (s) => s.send('GET /nope', s.connect()),
    ...([404, 'not_found.no_handler', 'No handler for GET /nope'] as const),
  ],
  [
    ...(['E20', 'GET /oauth2/authorize, named as the backing service sees it'] as const),
    (s) => s.send('GET /oauth2/authorize'),
    ...([404, 'not_found.no_handler', 'No handler for GET /authorize'] as const),
  ],
  [
    ...(['405', 'the wrong verb'] as const),
    (s) => s.send('POST /accounts', s.connect()),
    ...([405, 'bad_request.method_not_allowed'] as const),
  ],
]
for (const [number, trigger, act, status, code, message] of CATALOG) {
  it(`${number}: ${trigger} gets ${status} ${code}`, () => {
    const reply = act(setupWorld())
    assert.deepEqual([reply.status, reply.code], [status, code])
    if (message !== undefined) assert.equal(reply.body.message, message)
  })
}

describe('The envelope', () => {
  const refused = (knobs = {}) => {
    const s = setupWorld({ knobs })
    const { access_token } = s.logIn()
    return { ...s, reply: s.send('GET /accounts', access_token) }
  }
  it('names client and user on a 403, and is 207 bytes without newer fields, as reported', () => {
    const { reply, sam } = refused({ extraErrorFields: 'off' })
    assert.deepEqual(reply.body.params, { client_id: CLIENT.clientId, user_id: sam })
    const sent = Buffer.byteLength(reply.delivery.body.trimEnd())
    const longerId = CLIENT.clientId.length - 'oauth2client_'.length - 22
    assert.equal(sent - longerId, 207)
  })
  it('has newer fields unless told otherwise, all of them wrapped booleans', () => {
    const { reply } = refused()
    const { retryable, unexpected, marshal_count } = reply.body
    assert.deepEqual(
      { retryable, unexpected, marshal_count },
      {
        ...{ retryable: {}, unexpected: {}, marshal_count: 2 },
      },
    )
  })
  it('also speaks OAuth when the token is at fault', () => {
    const { send } = setupWorld()
    const { error, error_description, message } = send('GET /accounts', 'garbage').body
    assert.deepEqual([error, error_description], ['invalid_token', message])
  })
  it('is JSON that ends with a line feed', () => {
    const { reply } = refused()
    assert.equal(reply.delivery.headers['content-type'], 'application/json')
    assert.match(reply.delivery.body, /\}\n$/)
  })
})

describe('The token endpoint', () => {
  const bad: [title: string, header: (s: Setup) => string, status: number, code: string][] = [
    ['garbage', () => 'garbage', 400, 'bad_request.invalid_token'],
    [
      'expired',
      (s) => {
        const token = s.connect('robin@example.com')
        s.world.grants.expireAccess(undefined)
        return token
      },
      401,
      'unauthorized.bad_access_token.expired',
    ],
  ]
  for (const [title, header, status, code] of bad) {
    it(`refuses a token in the Authorization header that is ${title}, and leaves the grant alone`, () => {
      const s = setupWorld()
      const token = header(s)
      const { refresh_token } = s.logIn()
      const form = {
        ...{ grant_type: 'refresh_token', refresh_token },
        ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret },
      }
      const reply = s.send('POST /oauth2/token', token, form)
      assert.deepEqual([reply.status, reply.code], [status, code])
      assert.equal(s.send('POST /oauth2/token', undefined, form).status, 200)
    })
  }
  it('misses grant_type in a body that it does not read', () => {
    const reply = setupWorld().send('POST /oauth2/token')
    assert.deepEqual([reply.status, reply.code], [400, 'bad_request.missing_param.grant_type'])
  })
  it('knows two grants only', () => {
    const { exchange } = setupWorld()
    const reply = exchange('x', { grant_type: 'password' })
    assert.deepEqual([reply.status, reply.code], [400, 'bad_request.bad_param.grant_type'])
  })
})

describe('The rate limit', () => {
  it('lets 30 OAuth requests of a client through in five minutes', () => {
    const { exchange, world } = setupWorld()
    const statuses = Array.from({ length: 32 }, () => exchange('x').status)
    assert.deepEqual([...new Set(statuses.slice(0, 30))], [401])
    assert.deepEqual(statuses.slice(30), [429, 429])
    const { code, delivery } = exchange('x')
    assert.equal(code, 'rate_limited.too_many_requests')
    assert.equal(delivery.headers['retry-after'], undefined)
    world.advance(4 * MINUTE_MS)
    assert.equal(exchange('x').status, 429)
    world.advance(5 * MINUTE_MS)
    assert.equal(exchange('x').status, 401)
  })
  it('is prolonged by asking on', () => {
    const { exchange, world } = setupWorld()
    for (let n = 0; n < 60; n++) exchange('x')
    for (let minute = 0; minute < 10; minute++) {
      world.advance(MINUTE_MS)
      for (let n = 0; n < 8; n++) assert.equal(exchange('x').status, 429)
    }
  })
  it('is generous elsewhere, and counts each person alone', () => {
    const { connect, send } = setupWorld()
    const sams = connect()
    const robins = connect('robin@example.com')
    const statuses = Array.from({ length: 1501 }, () => send('GET /ping', sams).status)
    assert.equal(statuses.filter((status) => status === 200).length, 1500)
    assert.equal(statuses.at(-1), 429)
    assert.equal(send('GET /ping', robins).status, 200)
  })
  it('can be turned off', () => {
    const { exchange } = setupWorld({ knobs: { rateLimit: 'off' } })
    for (let n = 0; n < 100; n++) assert.equal(exchange('x').status, 401)
  })
})
