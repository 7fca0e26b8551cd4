import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEFAULT_KNOBS, KNOBS, type Knobs, knobFaults } from '../../src/sandbox/knobs.ts'
import { type Body, DAY_MS, MINUTE_MS, setupWorld } from './world-setup.ts'

type Setup = ReturnType<typeof setupWorld>

/** Every knob: what one does, and what each setting makes of it. */
const EFFECTS: [knobs: Partial<Knobs>, what: string, act: (s: Setup) => unknown, seen: unknown][] =
  [
    [{ expiresIn: 107_999 }, 'expires_in is', (s) => s.logIn().expires_in, 107_999],
    [{ expiresIn: 21_600 }, 'expires_in is', (s) => s.logIn().expires_in, 21_600],
    [
      { expiresIn: 60 },
      'an access token is refused after a minute with',
      (s) => {
        const token = s.connect()
        s.world.advance(60_000)
        return s.send('GET /accounts', token).status
      },
      401,
    ],
    [
      { expiredToken: 401 },
      'an expired token gets',
      expired,
      'unauthorized.bad_access_token.expired',
    ],
    [{ expiredToken: 400 }, 'an expired token gets', expired, 'bad_request.invalid_token'],
    [{ whoamiBeforeApproval: 200 }, 'whoami before approval gets', whoami, 200],
    [{ whoamiBeforeApproval: 403 }, 'whoami before approval gets', whoami, 403],
    [{ noSince: '30d' }, 'without since, later, one gets', withoutSince, 200],
    [{ noSince: '403' }, 'without since, later, one gets', withoutSince, 403],
    [{ noSince: '403' }, 'without since, at once, one reads back', daysReadAtOnce, true],
    [{ noSince: '30d' }, 'without since, at once, one reads back', daysReadAtOnce, false],
    [{ historyPages: 2 }, 'of three pages of old transactions one reads', oldPages, 2],
    [{ historyPages: 0 }, 'of three pages of old transactions one reads', oldPages, 0],
    [{ historyPages: 100_000 }, 'of three pages of old transactions one reads', oldPages, 3],
    [{ potAccounts: 'refused' }, "a pot's own account has the transactions", potMoves, undefined],
    [{ potAccounts: 'listed' }, "a pot's own account has the transactions", potMoves, [500, -200]],
    [{ lapse: '403' }, 'after 90 days access and refresh get', afterLapse, [403, 200]],
    [{ lapse: 'refresh401' }, 'after 90 days access and refresh get', afterLapse, [200, 401]],
    [{ lapse: 'never' }, 'after 90 days access and refresh get', afterLapse, [200, 200]],
    [{ refreshError: 'E13' }, 'a bad refresh token gets', badRefresh, [401, undefined, undefined]],
    [
      { refreshError: 'E13b' },
      'a bad refresh token gets',
      badRefresh,
      [400, 'invalid_request', 'bad_request.refresh_token.invalid'],
    ],
    [
      { refreshError: 'E13b' },
      'an evicted refresh token gets',
      evictedRefresh,
      [400, 'invalid_request', 'bad_request.refresh_token.evicted'],
    ],
    [{ extraErrorFields: 'on' }, 'an error tells more:', (s) => 'retryable' in refused(s), true],
    [{ extraErrorFields: 'off' }, 'an error tells more:', (s) => 'retryable' in refused(s), false],
    [{ accountsShape: '2025' }, 'an account has so many keys:', (s) => accountKeys(s).length, 17],
    [
      { accountsShape: '2022' },
      'an account has the keys',
      accountKeys,
      [
        ...['id', 'closed', 'created', 'description', 'type', 'currency', 'country_code', 'owners'],
        'account_number',
      ],
    ],
    [
      { confidential: true },
      'there is a refresh token:',
      (s) => 'refresh_token' in s.logIn(),
      true,
    ],
    [
      { confidential: false },
      'there is a refresh token:',
      (s) => 'refresh_token' in s.logIn(),
      false,
    ],
    [{ tokenResponse: 'recorded' }, 'there is a scope:', (s) => 'scope' in s.logIn(), true],
    [{ tokenResponse: 'docs' }, 'there is a scope:', (s) => 'scope' in s.logIn(), false],
    [{ closedBalance: 'zero' }, 'the balance of a closed account gets', closedBalance, [200, 0]],
    [
      { closedBalance: '403' },
      'the balance of a closed account gets',
      closedBalance,
      [403, undefined],
    ],
    [{ livelyEveryMs: 30_000 }, 'in ten minutes so many things happen:', tenMinutes, 20],
    [{ livelyEveryMs: 0 }, 'in ten minutes so many things happen:', tenMinutes, 0],
    [{ rateLimit: 'on' }, 'the 40th wrong code gets', fortyCodes, 429],
    [{ rateLimit: 'off' }, 'the 40th wrong code gets', fortyCodes, 401],
    [{ webhookDelivery: 'once' }, 'a webhook is told of a payment so often:', announced, 1],
    [{ webhookDelivery: 'twice' }, 'a webhook is told of a payment so often:', announced, 2],
    [{ webhookDelivery: 'lost' }, 'a webhook is told of a payment so often:', announced, 0],
  ]
for (const [knobs, what, act, seen] of EFFECTS) {
  it(`${JSON.stringify(knobs)}: ${what} ${JSON.stringify(seen)}`, async () =>
    assert.deepEqual(await act(setupWorld({ knobs })), seen))
}
it('every knob but denyRedirect (see the pages) is in the table above, with every choice', () => {
  for (const [name, row] of Object.entries(KNOBS)) {
    const tried = EFFECTS.flatMap(([knobs]) =>
      Object.entries(knobs).filter(([key]) => key === name),
    )
    const choices: readonly unknown[] = ('choices' in row ? row.choices : undefined) ?? []
    for (const choice of choices)
      if (name !== 'denyRedirect')
        assert.ok(
          tried.some(([, value]) => value === choice),
          `${name}: ${choice}`,
        )
  }
})

describe('Setting knobs', () => {
  it('changes those that are told, at once, and leaves the rest', () => {
    const { world, connect, send } = setupWorld()
    const token = connect()
    world.grants.expireAccess(undefined)
    world.setKnobs({ expiredToken: 400 })
    assert.equal(send('GET /accounts', token).status, 400)
    assert.deepEqual(world.knobs(), { ...DEFAULT_KNOBS, livelyEveryMs: 0, expiredToken: 400 })
  })
  it('has a first choice as the default of each', () => {
    for (const [name, row] of Object.entries(KNOBS))
      assert.equal(row.default, ('choices' in row && row.choices?.[0]) || row.default, name)
  })
  it('names everything that is wrong', () => {
    assert.deepEqual(knobFaults({ lapse: 'maybe', expiresIn: -1, speed: 9, rateLimit: 'off' }), [
      'lapse is one of 403, refresh401, never',
      'expiresIn is a number from 0 on',
      'there is no knob speed',
    ])
  })
  it('is refused before anything changes', () => {
    const { world } = setupWorld()
    const impossible: Body = { rateLimit: 'off', lapse: 'maybe' }
    assert.throws(() => world.setKnobs(impossible), RangeError)
    assert.equal(world.knobs().rateLimit, 'on')
  })
})

function expired(s: Setup) {
  const token = s.connect()
  s.world.grants.expireAccess(undefined)
  return s.send('GET /accounts', token).code
}
function whoami(s: Setup) {
  return s.send('GET /ping/whoami', s.logIn().access_token).status
}
function withoutSince(s: Setup) {
  const token = s.connect()
  s.world.advance(6 * MINUTE_MS)
  return s.send(`GET /transactions?account_id=${s.current}`, token).status
}
/** Whether more than 100 days are read. */
function daysReadAtOnce(s: Setup) {
  const { body } = s.send(`GET /transactions?account_id=${s.current}`, s.connect())
  const ageMs = s.world.clock.now() - Date.parse(body.transactions[0].created)
  return ageMs > 100 * DAY_MS
}
function oldPages(s: Setup) {
  const token = s.connect()
  const since = new Date(s.world.clock.now() - 200 * DAY_MS).toISOString()
  const path = `GET /transactions?account_id=${s.current}&since=${since}`
  return [1, 2, 3].filter(() => s.send(path, token).status === 200).length
}
function potMoves(s: Setup) {
  const { id } = s.world.bank.addPot(s.current, { name: 'New' })
  s.world.bank.movePot(id, 500)
  s.world.bank.movePot(id, -200)
  const accountId = s.world.bank.transactions(s.current).at(-1)?.metadata['pot_account_id']
  const { body } = s.send(`GET /transactions?account_id=${accountId}`, s.connect())
  return body.transactions
    ?.map(({ amount }: Body) => amount)
    .toSorted((a: number, b: number) => b - a)
}
function afterLapse(s: Setup) {
  s.world.setKnobs({ expiresIn: 10 ** 8 })
  const { access_token, refresh_token } = s.logIn()
  s.approve()
  s.world.advance(90 * DAY_MS)
  return [s.send('GET /accounts', access_token).status, s.refresh(refresh_token).status]
}
function badRefresh(s: Setup) {
  const { status, body } = s.refresh('nonsense')
  return [status, body.error, body.error_params?.original_error_code]
}
function evictedRefresh(s: Setup) {
  const { refresh_token } = s.logIn()
  s.logIn()
  const { status, body } = s.refresh(refresh_token)
  assert.match(body.error_params.refresh_token_id, /^reftok_0000/)
  return [status, body.error, body.error_params.original_error_code]
}
function refused(s: Setup): Body {
  return s.send('GET /accounts').body
}
function accountKeys(s: Setup): string[] {
  const { accounts } = s.send('GET /accounts', s.connect()).body
  return Object.keys(accounts.find(({ id }: Body) => id === s.current))
}
function closedBalance(s: Setup) {
  const path = `GET /balance?account_id=${s.accountOf('uk_prepaid')}`
  const { status, body } = s.send(path, s.connect())
  return [status, body.balance]
}
function tenMinutes(s: Setup) {
  const before = s.world.bank.transactions(s.current).length
  void s.clock.sleep(10 * MINUTE_MS + 10_000)
  return s.world.bank.transactions(s.current).length - before
}
function fortyCodes(s: Setup) {
  return Array.from({ length: 40 }, () => s.exchange('x').status).at(-1)
}
async function announced({ world, current }: Setup) {
  world.webhooks.add(current, 'http://127.0.0.1:9/')
  world.bank.addTransaction(current, { amountMinor: -1 })
  await new Promise((resolve) => setImmediate(resolve))
  return world.courier.deliveries.length
}
