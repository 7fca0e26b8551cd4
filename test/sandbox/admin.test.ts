import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createAdminApp } from '../../src/sandbox/admin/admin-app.ts'
import { serve } from '../fakes/serve.ts'
import { authorizeUrl, type Body, DAY_MS, setupWorld } from './world-setup.ts'

async function setup(t: TestContext) {
  const s = setupWorld()
  const origin = await serve(t, createAdminApp(s.world))
  const ask = async (endpoint: string, body?: unknown): Promise<{ status: number; body: Body }> => {
    const [method = '', path = ''] = endpoint.split(' ')
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(origin + path, { method, ...sent })
    return { status: response.status, body: await response.json() }
  }
  return { ...s, origin, ask }
}

it('GET /state tells all there is, and no token or secret', async (t) => {
  const { ask, connect, send, current, sam } = await setup(t)
  const token = connect()
  send('GET /accounts', token)
  const { status, body } = await ask('GET /state')
  assert.equal(status, 200)
  assert.equal(body.now, '2026-11-22T10:00:00Z')
  assert.equal(body.people.length, 2)
  assert.deepEqual(body.grants, [
    {
      client_id: body.clients[0].client_id,
      user_id: sam,
      state: 'verified',
      authorized_at: body.now,
      approved_at: body.now,
    },
  ])
  const account = body.accounts.find(({ account_id }: Body) => account_id === current)
  assert.equal(typeof account.balance, 'number')
  assert.deepEqual(body.requests.counts['GET /accounts'], { 200: 1 })
  assert.equal(body.requests.recent.at(-1).endpoint, 'GET /accounts')
  assert.doesNotMatch(JSON.stringify(body), /eyJ|mnzconf/)
})

describe('What happens to a login', () => {
  const actions: [path: string, status: number, code: string | undefined][] = [
    ['/approve', 200, undefined],
    ['/decline', 403, 'forbidden.insufficient_permissions'],
    ['/revoke', 401, 'unauthorized.bad_access_token'],
    ['/expire-access', 401, 'unauthorized.bad_access_token.expired'],
    ['/evict', 401, 'unauthorized.bad_access_token.evicted'],
  ]
  for (const [path, status, code] of actions) {
    it(`POST ${path} makes a call answer ${code ?? status}`, async (t) => {
      const { ask, logIn, send, sam } = await setup(t)
      const { access_token } = logIn()
      const reply = await ask(`POST ${path}`, { email: 'sam@example.com' })
      assert.deepEqual(reply, { status: 200, body: { user_ids: [sam] } })
      const call = send('GET /accounts', access_token)
      assert.deepEqual([call.status, call.code], [status, code])
    })
  }
  it('POST /lapse ends an approval', async (t) => {
    const { ask, connect, send, sam } = await setup(t)
    const token = connect()
    assert.deepEqual((await ask('POST /lapse', { user_id: sam })).body.user_ids, [sam])
    assert.equal(send('GET /accounts', token).status, 403)
  })
  it('happens to everybody without a user, and to nobody where it does not apply', async (t) => {
    const { ask, logIn, robin, sam } = await setup(t)
    logIn()
    logIn('robin@example.com')
    assert.deepEqual((await ask('POST /approve')).body.user_ids, [sam, robin])
    assert.deepEqual((await ask('POST /approve')).body.user_ids, [])
  })
  it('POST /login clicks through', async (t) => {
    const { ask, exchange, robin } = await setup(t)
    const { body } = await ask('POST /login', {
      ...{ authorize_url: authorizeUrl('s'), email: 'robin@example.com' },
    })
    const url = new URL(body.callback_url)
    assert.equal(url.searchParams.get('state'), 's')
    assert.equal(exchange(url.searchParams.get('code') ?? '').body.user_id, robin)
  })
})

describe('What happens to the money', () => {
  it('POST /transactions adds one, and moves the balance', async (t) => {
    const { ask, current, world } = await setup(t)
    const before = world.bank.balances(current).balanceMinor
    const { body } = await ask('POST /transactions', {
      ...{ account_id: current, amount: -500, category: 'groceries', description: 'Milk' },
      ...{ settled: false, local_amount: -600, local_currency: 'EUR', notes: 'n' },
    })
    assert.equal(body.balance, before - 500)
    const entry = world.bank.transactions(current).find(({ id }) => id === body.transaction_id)
    assert.equal(entry?.description, 'Milk')
    assert.deepEqual(entry?.local, { amountMinor: -600, currency: 'EUR' })
    assert.notEqual(entry?.settledMs, entry?.createdMs)
  })
  it('POST /transactions can split, decline and go back in time', async (t) => {
    const { ask, current, world } = await setup(t)
    const categories = { groceries: -300, shopping: -200 }
    const fields = { account_id: current, amount: -500, categories }
    const { body } = await ask('POST /transactions', {
      ...{ ...fields, decline_reason: 'OTHER', created: '2026-11-01T10:00:00Z' },
      ...{ include_in_spending: false, scheme: 'mastercard' },
    })
    const entry = world.bank.transactions(current).find(({ id }) => id === body.transaction_id)
    assert.deepEqual(entry?.categories, categories)
    assert.equal(entry?.declineReason, 'OTHER')
    assert.equal(entry?.createdMs, Date.parse('2026-11-01T10:00:00Z'))
    const none = await ask('POST /transactions', { ...fields, categories: null })
    assert.equal(none.status, 200)
  })
  it('POST /transactions/:id changes one, or lets it vanish', async (t) => {
    const { ask, current, world } = await setup(t)
    const before = world.bank.balances(current).balanceMinor
    const pay = { account_id: current, amount: -500, settled: false }
    const { transaction_id } = (await ask('POST /transactions', pay)).body
    const changed = await ask(`POST /transactions/${transaction_id}`, {
      ...{ account_id: current, amount: -700, category: 'bills', settled: '2026-11-22T11:00:00Z' },
    })
    assert.equal(changed.body.balance, before - 700)
    const entry = world.bank.findTransaction(current, transaction_id)
    assert.deepEqual(
      [entry?.amountMinor, entry?.categories, entry?.settledMs],
      [-700, { bills: -700 }, Date.parse('2026-11-22T11:00:00Z')],
    )
    const gone = { account_id: current, vanishes: true }
    assert.equal((await ask(`POST /transactions/${transaction_id}`, gone)).body.balance, before)
    assert.equal(world.bank.findTransaction(current, transaction_id), undefined)
  })
  it('POST /accounts opens one of years ago, with as many transactions as asked for', async (t) => {
    const { ask, world, sam } = await setup(t)
    const fields = { user_id: sam, type: 'uk_retail', label: 'long', balance: 100 }
    const { account_id } = (
      await ask('POST /accounts', { ...fields, created: '2024-01-01T09:00:00Z', transactions: 500 })
    ).body
    assert.equal(world.bank.findAccount(account_id)?.createdMs, Date.parse('2024-01-01T09:00:00Z'))
    assert.equal(world.bank.transactions(account_id).length, 500)
  })
  it('GET /books/:account_id tells day by day what the bank knows', async (t) => {
    const { ask, world, current } = await setup(t)
    world.bank.setBalance(current, world.bank.balances(current).balanceMinor + 5)
    const { unexplained, days } = (await ask(`GET /books/${current}`)).body
    assert.equal(unexplained, 5)
    assert.deepEqual(
      days.map(({ date, balance, received, spent, transactions }: Body) => ({
        ...{ date, balanceMinor: balance, receivedMinor: received, spentMinor: spent },
        transactions,
      })),
      world.bank.days(current),
    )
    assert.equal((await ask('GET /books/acc_nope')).status, 400)
  })
  it('POST /balance and POST /accounts set what there is', async (t) => {
    const { ask, current, world, sam, robin } = await setup(t)
    const set = { account_id: current, balance: -1 }
    assert.equal((await ask('POST /balance', set)).body.balance, -1)
    const owners = { user_ids: ['sam@example.com', robin] }
    const fields = { ...owners, type: 'uk_moon_base', balance: 7, closed: true, currency: 'EUR' }
    const { account_id } = (await ask('POST /accounts', fields)).body
    const account = world.bank.findAccount(account_id)
    assert.deepEqual(account?.ownerIds, [sam, robin])
    assert.deepEqual(
      [account?.type, account?.isClosed, account?.currency],
      [...['uk_moon_base', true, 'EUR']],
    )
    assert.equal(world.bank.balances(account_id).balanceMinor, 7)
  })
  it('POST /people adds one by name, or a thousand', async (t) => {
    const { ask, world } = await setup(t)
    const alex = { email: 'Alex@example.com', name: 'Alex Sample' }
    const one = (await ask('POST /people', alex)).body.people
    assert.equal(world.bank.findPerson('alex@example.com')?.id, one[0].user_id)
    const many = (await ask('POST /people', { count: 1000 })).body.people
    assert.equal(many.length, 1000)
    assert.equal(world.bank.people.length, 1003)
    assert.equal((await ask('GET /state')).body.people.length, 1003)
  })
})

describe('What happens to the sandbox', () => {
  it('POST /clock/advance moves the time on', async (t) => {
    const { ask, world } = await setup(t)
    const { body } = await ask('POST /clock/advance', { ms: DAY_MS })
    assert.equal(body.now, '2026-11-23T10:00:00.000Z')
    assert.equal(world.clock.now(), Date.parse(body.now))
  })
  it('POST /knobs sets some', async (t) => {
    const { ask, world } = await setup(t)
    const { body } = await ask('POST /knobs', { lapse: 'never' })
    assert.deepEqual(body, world.knobs())
    assert.equal(body.lapse, 'never')
  })
  it('POST /faults queues one, DELETE /faults forgets them', async (t) => {
    const { ask, world } = await setup(t)
    const fault = {
      ...{ kind: 'status', status: 429, retryAfter: 30, endpoint: '/pots', count: 'forever' },
      ...{ method: 'GET', code: 'x.y', delayMs: 1, bytes: 2, after: 3 },
    }
    assert.deepEqual((await ask('POST /faults', fault)).body.faults, [fault])
    assert.deepEqual(world.faults.list(), [fault])
    assert.equal((await ask('DELETE /faults')).status, 200)
    assert.deepEqual(world.faults.list(), [])
  })
  it('POST /clients registers one', async (t) => {
    const { ask, world } = await setup(t)
    const client = { client_id: 'c', client_secret: 's', redirect_uris: ['http://x/'] }
    assert.equal((await ask('POST /clients', client)).status, 200)
    assert.deepEqual(world.clients.find('c')?.redirectUris, ['http://x/'])
  })
  it('GET /requests and GET /feed tell what was asked', async (t) => {
    const { ask, send, connect } = await setup(t)
    send('GET /accounts?account_type=uk_retail', connect())
    const { requests } = (await ask('GET /requests')).body
    assert.deepEqual(requests.at(-1).query, { account_type: 'uk_retail' })
    assert.equal(requests.at(-2).grantType, 'authorization_code')
    assert.deepEqual((await ask('GET /feed')).body, { items: [] })
  })
})

const mistakes: [endpoint: string, body: unknown, error: RegExp][] = [
  ['POST /approve', { user: 'x' }, /unknown: user; known: user_id, email/],
  ['POST /approve', { user_id: 'user_nope' }, /no person user_nope/],
  ['POST /approve', { user_id: 5 }, /user_id must be text/],
  ['POST /approve', [], /must be a JSON object/],
  ['POST /login', {}, /authorize_url is missing/],
  ['POST /login', { authorize_url: 'nope' }, /must be a URL/],
  ['POST /login', { authorize_url: authorizeUrl('s', 'http://else/') }, /redirect_uri/],
  ['POST /login', { authorize_url: authorizeUrl('s'), email: 'x@y' }, /no person x@y/],
  ['POST /login', { authorize_url: 'http://auth/?response_type=token' }, /response_type/],
  ['POST /clock/advance', { ms: -1 }, /can't be moved by -1 ms/],
  ['POST /clock/advance', { ms: '5' }, /ms must be a number/],
  ['POST /clock/advance', { ms: 1e300 }, /ms is at most 315360000000/],
  ['POST /knobs', { lapse: 'x' }, /lapse is one of/],
  ['POST /faults', { kind: 'x' }, /kind is one of status, html/],
  ['POST /faults', { kind: 'html', when: 1 }, /unknown: when/],
  ['POST /faults', { kind: 'html', count: 'twice' }, /count must be a whole number/],
  ['POST /faults', { kind: 'status', status: 99 }, /status must be .* from 200 to 599/],
  ['POST /faults', { kind: 'status', status: 101 }, /status must be .* from 200 to 599/],
  ['POST /faults', { kind: 'html', status: 600 }, /status must be .* from 200 to 599/],
  ['POST /faults', { kind: 'html', count: -1 }, /count must be a whole number from 1/],
  ['POST /faults', { kind: 'html', count: 0 }, /count must be a whole number from 1/],
  ['POST /faults', { kind: 'status', retryAfter: -1 }, /retryAfter must be .* from 0/],
  ['POST /faults', { kind: 'status', retryAfter: 'a\nb' }, /retryAfter must be a header/],
  ['POST /faults', { kind: 'slow', delayMs: -1 }, /delayMs must be .* from 0 to 86400000/],
  ['POST /faults', { kind: 'oversized', bytes: 2 ** 30 }, /bytes must be .* to 67108864/],
  ['POST /faults', { kind: 'oversized', bytes: 0 }, /bytes must be .* from 1/],
  ['POST /transactions', { account_id: 'acc_nope', amount: 1 }, /no account acc_nope/],
  ['POST /transactions', { account_id: 'a', amount: 1.5 }, /amount must be a whole number/],
  ['POST /transactions', { account_id: 'a', amount: 1, created: 'x' }, /created must be a time/],
  ['POST /transactions', { account_id: 'a', amount: 1, categories: 5 }, /categories must be/],
  ['POST /transactions', { account_id: 'a', amount: 1, categories: { a: 'b' } }, /a must be/],
  ['POST /transactions/tx_1', { account_id: 'acc_nope' }, /no account acc_nope/],
  ['POST /transactions/tx_1', { account_id: 'a', settled: 'x' }, /settled must be a time/],
  ['POST /transactions/tx_1', { account_id: 'a', vanish: true }, /unknown: vanish; known: acc/],
  ['POST /faults', { kind: 'html', after: -1 }, /after must be .* from 0/],
  ['POST /accounts', { user_id: 'sam@example.com', type: 'x', created: 'x' }, /created must be/],
  ['POST /accounts', { user_id: 'sam@example.com', type: 'x', transactions: 1e9 }, /to 1000000/],
  ['POST /accounts', { user_id: 'sam@example.com' }, /type is missing/],
  ['POST /accounts', { type: 'x' }, /user_id is missing/],
  ['POST /clients', { client_id: 'x' }, /client_secret is missing/],
  ['POST /clients', { client_id: 'x', client_secret: 'y', redirect_uris: 'z' }, /a list of texts/],
  ['POST /people', { count: 0 }, /count is from 1/],
  ['POST /scenarios/nope', {}, /scenarios are: calm, /],
]
for (const [endpoint, body, error] of mistakes) {
  it(`${endpoint} with ${JSON.stringify(body)} says what is wrong: ${error.source}`, async (t) => {
    const reply = await (await setup(t)).ask(endpoint, body)
    assert.equal(reply.status, 400)
    assert.match(reply.body.error, error)
  })
}
it('GET /scenarios lists them, POST /scenarios/:name runs one', async (t) => {
  const { ask, world, accountOf, robin } = await setup(t)
  const { body } = await ask('GET /scenarios')
  assert.match(body.negative_balance, /overdrawn/)
  const reply = await ask('POST /scenarios/negative_balance', { email: 'robin@example.com' })
  assert.deepEqual(reply.body, { description: body.negative_balance })
  assert.equal(world.bank.balances(accountOf('uk_retail', robin)).balanceMinor, -12_345)
})
it('says 400 to what is not JSON, and lists its routes at any other address', async (t) => {
  const { origin, ask } = await setup(t)
  const broken = await fetch(`${origin}/knobs`, { method: 'POST', body: '{' })
  assert.equal(broken.status, 400)
  const { status, body } = await ask('GET /nope')
  assert.equal(status, 404)
  assert.ok(body.routes.includes('POST /approve'))
})
