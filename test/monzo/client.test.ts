import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCallLimit } from '../../src/monzo/call-limit.ts'
import { MonzoClient } from '../../src/monzo/client.ts'
import type { HttpFetch } from '../../src/monzo/http-fetch.ts'
import { FakeClock } from '../fakes/clock.ts'
import { replies } from '../fakes/fetch.ts'

function setup(...queue: (Response | Error)[]) {
  const clock = new FakeClock()
  const fetch = replies(...queue)
  const reports: string[] = []
  const unreadable: string[] = []
  let accepted = 0
  const client = new MonzoClient({
    baseUrl: new URL('https://api.monzo.test'),
    fetch,
    clock,
    random: () => 0.5,
    accessToken: async (refused) => (refused === undefined ? 'token-1' : 'token-2'),
    onTokenAccepted: () => accepted++,
    onCall: ({ endpoint, code }) => reports.push(`${endpoint} ${code}`),
    onUnreadable: (endpoint) => unreadable.push(endpoint),
  })
  const signal = new AbortController().signal
  const read = () => client.readBalance('acc_1', signal)
  const tokensUsed = () => fetch.calls.map((call) => call.headers.get('authorization'))
  const known = { client, signal, read, clock, fetch, reports, unreadable, tokensUsed }
  return { ...known, accepted: () => accepted }
}
/** A client behind a fetch that may reply with anything. */
function through(fetch: HttpFetch) {
  const askedFor: (string | undefined)[] = []
  let sent = 0
  const client = new MonzoClient({
    ...{ baseUrl: new URL('https://api.monzo.test'), clock: new FakeClock() },
    fetch: (...call) => {
      sent++
      return fetch(...call)
    },
    ...{ random: () => 0.5, onCall: () => undefined, onUnreadable: () => undefined },
    async accessToken(refused) {
      askedFor.push(refused)
      return 'token-1'
    },
  })
  const read = () => client.readBalance('acc_1', new AbortController().signal)
  return { read, askedFor, sent: () => sent }
}
const BALANCE = { balance: 5000, currency: 'GBP' }
const reply = (status: number, code = 'some.code') => Response.json({ code }, { status })
const busy = (retryAfter: string) =>
  new Response(null, { status: 429, headers: { 'retry-after': retryAfter } })

describe('MonzoClient.readBalance', () => {
  it('needs nothing but balance and currency', async () => {
    const { read } = setup(Response.json({ ...BALANCE, spend_today: 'soon' }))
    const { balance, currency, spend_today } = await read()
    assert.deepEqual({ balance, currency, spend_today }, { ...BALANCE, spend_today: undefined })
  })
  it('asks for the account, and keeps a path that the base URL has', async () => {
    const { fetch, read } = setup(Response.json(BALANCE))
    await read()
    assert.equal(fetch.calls[0]?.url, 'https://api.monzo.test/balance?account_id=acc_1')
  })
  it('gives its slot back, be it after a reply or a failure', async () => {
    const clock = new FakeClock()
    const limit = createCallLimit(clock, { mostPerLogin: 1 }) // a share has no time limit
    const client = new MonzoClient({
      baseUrl: new URL('https://api.monzo.test'),
      fetch: replies(new Error('no network'), reply(404), Response.json(BALANCE)),
      clock,
      random: () => 0.5,
      accessToken: async () => 'token-1',
      onCall() {},
      onUnreadable() {},
      takeSlot: limit.share(),
    })
    const { signal } = new AbortController()
    await assert.rejects(client.readBalance('acc_1', signal), { code: 'MONZO_HTTP' })
    assert.equal((await client.readBalance('acc_1', signal)).balance, 5000)
  })
  it('waits as long as Retry-After asks', async () => {
    const { read, clock } = setup(busy('45'), Response.json(BALANCE))
    const before = clock.now()
    assert.equal((await read()).balance, 5000)
    assert.equal(clock.now() - before, 45_000)
  })
  it('fails at once, without a call, while Monzo asks for more than a minute of silence', async () => {
    const { read, clock, fetch } = setup(busy('120'), Response.json(BALANCE))
    await assert.rejects(read, { code: 'MONZO_UNAVAILABLE' })
    await assert.rejects(read, { code: 'MONZO_UNAVAILABLE', message: /another 120 s/ })
    assert.equal(fetch.calls.length, 1)
    assert.deepEqual(clock.slept, [])
    await clock.sleep(120_000)
    assert.equal((await read()).balance, 5000)
  })
  it('holds back the next call too while Retry-After lasts', async () => {
    const { read, clock } = setup(
      ...[busy('60'), busy('60'), busy('60'), busy('60')],
      Response.json(BALANCE),
    )
    await assert.rejects(read, { code: 'MONZO_UNAVAILABLE' })
    const before = clock.now()
    await read()
    assert.equal(clock.now() - before, 60_000)
  })
  it('is silent for an hour at most, whatever a mistaken header says', async () => {
    const { read, clock } = setup(busy('999999999'), Response.json(BALANCE))
    await assert.rejects(read)
    await clock.sleep(3_600_000)
    assert.equal((await read()).balance, 5000)
  })
  it('does not retry a 403, and tells the user to approve in the app', async () => {
    const { read, fetch, clock } = setup(reply(403, 'forbidden.insufficient_permissions'))
    await assert.rejects(read, { code: 'MONZO_FORBIDDEN', hint: /approve/ })
    assert.equal(fetch.calls.length, 1)
    assert.deepEqual(clock.slept, [])
  })
  it('gives up after four attempts without sleeping after the last', async () => {
    const { read, clock, reports } = setup(
      ...[reply(500), new TypeError('fetch failed'), reply(504), reply(429)],
    )
    await assert.rejects(read, { code: 'MONZO_UNAVAILABLE' })
    assert.deepEqual(clock.slept, [500, 1000, 2000])
    assert.deepEqual(reports, ['/balance 500', '/balance network', '/balance 504', '/balance 429'])
  })
  it('reports a call without a reply in time as a timeout, and tries again', async () => {
    const timeout = new DOMException('too slow', 'TimeoutError')
    const { read, reports } = setup(timeout, Response.json(BALANCE))
    await read()
    assert.deepEqual(reports, ['/balance timeout', '/balance 200'])
  })
  for (const refusal of [401, 400]) {
    it(`repeats a call once with another token when the first one gets ${refusal}`, async () => {
      const { read, tokensUsed, clock } = setup(
        reply(refusal, 'bad_request.invalid_token'),
        Response.json(BALANCE),
      )
      assert.equal((await read()).balance, 5000)
      assert.deepEqual(tokensUsed(), ['Bearer token-1', 'Bearer token-2'])
      assert.deepEqual(clock.slept, [])
    })
  }
  it('does not ask for a third token', async () => {
    const { read, fetch } = setup(reply(401), reply(401))
    await assert.rejects(read, { code: 'MONZO_TOKEN_REFUSED' })
    assert.equal(fetch.calls.length, 2)
  })
  it('goes on with the refused token if that is the one to use, and sends nothing twice', async () => {
    const { read, askedFor, sent } = through(async () => reply(401))
    await assert.rejects(read, { code: 'MONZO_TOKEN_REFUSED', message: 'GET /balance: 401' })
    assert.deepEqual([askedFor, sent()], [[undefined, 'token-1'], 1])
  })
  it('tells that tokens are accepted once no call is refused any more', async () => {
    const queue = [
      ...[reply(401), reply(401)], // the balance, even with another token
      Response.json({ pots: [] }),
      ...[reply(401), Response.json({ pots: [] })], // the pots were refused for the token's sake
      reply(403),
      Response.json(BALANCE),
    ]
    const { client, signal, read, fetch, accepted } = setup(...queue)
    await assert.rejects(read, { code: 'MONZO_TOKEN_REFUSED' })
    await client.readPots('acc_1', signal)
    await client.readPots('acc_1', signal)
    await assert.rejects(read, { code: 'MONZO_FORBIDDEN' })
    assert.equal(accepted(), 0)
    await read()
    assert.deepEqual([accepted(), fetch.calls.length], [1, 7])
  })
  it('takes another 400 for what it is, and asks for no token', async () => {
    const { read, tokensUsed } = setup(reply(400, 'bad_request.missing_param.account_id'))
    await assert.rejects(read, { code: 'MONZO_HTTP', message: 'GET /balance: 400' })
    assert.deepEqual(tokensUsed(), ['Bearer token-1'])
  })

  const garbage: [what: string, response: () => Response][] = [
    ['half a penny', () => Response.json({ ...BALANCE, balance: 50.5 })],
    ['an error with status 200', () => Response.json({ code: 'internal_service.unknown' })],
    ['a list', () => Response.json([BALANCE])],
    ['a text', () => Response.json('5000')],
    ['null', () => Response.json(null)],
    ['more than 1 MiB', () => Response.json({ ...BALANCE, x: ' '.repeat(1024 * 1024) })],
    ['no body at all', () => new Response(null)],
  ]
  for (const [what, response] of garbage) {
    it(`takes no balance from ${what}`, async () => {
      const { read } = setup(response())
      await assert.rejects(read, { code: 'MONZO_UNREADABLE', message: /^GET \/balance: the reply/ })
    })
  }
  it('does not follow a redirect with the token', async () => {
    const { read, fetch } = setup(new Response(null, { status: 302 }))
    await assert.rejects(read, { code: 'MONZO_INTERCEPTED' })
    assert.equal(fetch.calls[0]?.redirect, 'manual')
  })
  it('drops a byte-order mark', async () => {
    const { read } = setup(new Response(`\uFEFF${JSON.stringify(BALANCE)}`))
    assert.equal((await read()).balance, 5000)
  })
  it('is done when it is aborted, whatever the state of the call', async () => {
    const controller = new AbortController()
    const { client } = setup(reply(500), reply(500), reply(500), reply(500))
    controller.abort(new Error('stopping'))
    await assert.rejects(client.readBalance('acc_1', controller.signal), { message: 'stopping' })
  })
})

describe('MonzoClient lists', () => {
  it('skips and counts records without what we need, and keeps the rest', async () => {
    const good = { id: 'acc_1', type: 'uk_retail', brand_new: { field: 1 } }
    const { client, signal, unreadable } = setup(
      Response.json({ accounts: [{ type: 'uk_retail' }, good, null, { ...good, closed: true }] }),
    )
    const accounts = await client.readAccounts(signal)
    assert.deepEqual(
      accounts.map(({ id, closed }) => [id, closed]),
      [
        ['acc_1', false],
        ['acc_1', true],
      ],
    )
    assert.deepEqual(unreadable, ['/accounts', '/accounts'])
  })
  it('reads pots with and without a goal', async () => {
    const pot = { id: 'pot_1', name: 'חג 🏖', balance: 100, currency: 'GBP' }
    const { client, signal, fetch } = setup(
      Response.json({ pots: [pot, { ...pot, goal_amount: 500, deleted: true }] }),
    )
    const pots = await client.readPots('acc_1', signal)
    assert.deepEqual(
      pots.map(({ name, goal_amount, deleted }) => [name, goal_amount, deleted]),
      [
        ['חג 🏖', undefined, false],
        ['חג 🏖', 500, true],
      ],
    )
    assert.match(fetch.calls[0]?.url ?? '', /\/pots\?current_account_id=acc_1$/)
  })
  it('takes a list in which nothing can be read for unreadable, not for empty', async () => {
    const { client, signal, unreadable } = setup(Response.json({ accounts: [{ id: 7 }, {}] }))
    await assert.rejects(client.readAccounts(signal), { code: 'MONZO_UNREADABLE' })
    assert.equal(unreadable.length, 2)
    const none = setup(Response.json({ accounts: [] }))
    assert.deepEqual(await none.client.readAccounts(none.signal), [])
  })
  it('takes null for an empty list', async () => {
    const { client, signal } = setup(
      ...['accounts', 'pots', 'webhooks', 'transactions'].map((name) =>
        Response.json({ [name]: null }),
      ),
    )
    assert.deepEqual(await client.readAccounts(signal), [])
    assert.deepEqual(await client.readPots('acc_1', signal), [])
    assert.deepEqual(await client.listWebhooks('acc_1', signal), [])
    for await (const page of client.readTransactions('acc_1', { sinceMs: 0 }, signal))
      assert.deepEqual(page, { transactions: [], skipped: 0 })
  })
  it('takes no list from a reply without one', async () => {
    const { client, signal } = setup(Response.json({ pots: 'none' }))
    await assert.rejects(client.readPots('acc_1', signal), { code: 'MONZO_UNREADABLE' })
  })
})

it('makes at most 60 calls in any minute, however many are asked for', async () => {
  const { read, clock, fetch } = setup(...Array.from({ length: 130 }, () => Response.json(BALANCE)))
  const startedMs = clock.now()
  for (let call = 0; call < 60; call++) await read()
  assert.equal(clock.now(), startedMs)
  for (let call = 0; call < 60; call++) await read()
  assert.equal(clock.now(), startedMs + 61_000)
  await Promise.all(Array.from({ length: 10 }, read))
  assert.equal(clock.now(), startedMs + 122_000)
  assert.equal(fetch.calls.length, 130)
})
it('ends a login at Monzo with one POST, not repeated', async () => {
  const { client, signal, fetch } = setup(new Response(null))
  assert.equal(await client.logOut(signal), true)
  assert.equal(fetch.calls[0]?.method, 'POST')
  assert.equal(fetch.calls[0]?.url, 'https://api.monzo.test/oauth2/logout')
  const failed = setup(reply(500))
  await assert.rejects(failed.client.logOut(failed.signal), { code: 'MONZO_UNAVAILABLE' })
})
it('knows whether the token of a logout was good, from Monzo alone', async () => {
  const { client, signal } = setup(reply(401))
  assert.equal(await client.logOut(signal), false)
  for (const status of [200, 401]) {
    const fooled = setup(new Response('<html>', { status }))
    await assert.rejects(fooled.client.logOut(fooled.signal), { code: 'MONZO_INTERCEPTED' })
  }
})

describe('A reply that is not from Monzo, since it lacks the JSON of its errors,', () => {
  const bodies: readonly (readonly [what: string, body: string])[] = [
    ['HTML', '<html>Blocked</html>'],
    ['nothing', ''],
    ['JSON without a code', '{"message":"Forbidden"}'],
    ['a code that is a number', '{"code":1020}'],
    ['a code of somebody else', '{"code":"ACCESS DENIED"}'],
    ['an empty code', '{"code":""}'],
    ['a list', '[{"code":"forbidden.insufficient_permissions"}]'],
    ['half a JSON', '{"code":"forb'],
  ]
  for (const status of [101, 204, 302, 400, 401, 402, 403, 404, 407, 418, 451])
    it(`is trouble that passes: ${status}`, async () => {
      for (const [what, body] of bodies) {
        const headers = { get: () => null }
        const bytes = (async function* () {
          yield Buffer.from(body)
        })()
        const { read, askedFor } = through(async () => ({ status, headers, body: bytes }))
        await assert.rejects(
          read,
          { code: 'MONZO_INTERCEPTED', message: `GET /balance: ${status}, but not from Monzo` },
          what,
        )
        assert.deepEqual(askedFor, [undefined], what) // no other token was asked for
      }
    })
})
it('learns who logged in', async () => {
  const { client, signal } = setup(Response.json({ authenticated: true, user_id: 'user_1' }))
  assert.equal(await client.readUserId(signal), 'user_1')
})

const WEBHOOK = { id: 'webhook_1', account_id: 'acc_1', url: 'https://me.example.org/webhook/x' }
const formOf = async (request: Request | undefined) =>
  Object.fromEntries(new URLSearchParams(await request?.text()))

describe('Webhooks', () => {
  it('are listed by account; one that is no webhook is left out', async () => {
    const { client, signal, fetch, unreadable } = setup(Response.json({ webhooks: [WEBHOOK, {}] }))
    const webhooks = await client.listWebhooks('acc_1', signal)
    assert.deepEqual(webhooks, [{ id: WEBHOOK.id, url: WEBHOOK.url }])
    assert.match(fetch.calls[0]?.url ?? '', /\/webhooks\?account_id=acc_1$/)
    assert.deepEqual(unreadable, ['/webhooks'])
  })
  it('are registered by a form, since Monzo reads no JSON', async () => {
    const { client, signal, fetch } = setup(Response.json({ webhook: WEBHOOK }))
    await client.registerWebhook('acc_1', WEBHOOK.url, signal)
    const [request] = fetch.calls
    assert.equal(request?.method, 'POST')
    assert.equal(request?.url, 'https://api.monzo.test/webhooks')
    assert.equal(request?.headers.get('content-type'), 'application/x-www-form-urlencoded')
    assert.deepEqual(await formOf(request), { account_id: 'acc_1', url: WEBHOOK.url })
  })
  it('are not registered again when the reply was lost: that would make two', async () => {
    const { client, signal, fetch, reports } = setup(new TypeError('reset'))
    const registered = client.registerWebhook('acc_1', WEBHOOK.url, signal)
    await assert.rejects(registered, {
      code: 'MONZO_UNAVAILABLE',
      message: 'POST /webhooks: no reply',
    })
    assert.equal(fetch.calls.length, 1)
    assert.deepEqual(reports, ['/webhooks network'])
  })
  it('are deleted by id, which is no part of the metrics', async () => {
    const { client, signal, fetch, reports } = setup(Response.json({}))
    await client.deleteWebhook('webhook_1/?', signal)
    assert.equal(fetch.calls[0]?.method, 'DELETE')
    assert.equal(fetch.calls[0]?.url, 'https://api.monzo.test/webhooks/webhook_1%2F%3F')
    assert.deepEqual(reports, ['/webhooks/:id 200'])
  })
})
it('puts a card into the app by a form with bracketed names, with the successor of a refused token', async () => {
  const { client, signal, fetch, tokensUsed } = setup(reply(401), Response.json({}))
  const item = { title: 'T', body: 'B', imageUrl: 'https://x/i.png', url: 'https://x/authorize' }
  await client.postFeedItem('acc_1', item, signal)
  assert.equal(fetch.calls[1]?.url, 'https://api.monzo.test/feed')
  assert.deepEqual(await formOf(fetch.calls[1]), {
    ...{ account_id: 'acc_1', type: 'basic', url: item.url },
    ...{ 'params[title]': 'T', 'params[body]': 'B', 'params[image_url]': item.imageUrl },
  })
  assert.deepEqual(tokensUsed(), ['Bearer token-1', 'Bearer token-2'])
})
