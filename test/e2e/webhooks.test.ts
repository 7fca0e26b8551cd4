import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createWebhookUrls } from '../../src/notices/webhook-urls.ts'
import { SANDBOX_CLIENT } from '../../src/sandbox/sandbox.ts'
import { type ExporterOptions, eventually, setUp } from './harness.ts'

/** A connected exporter with webhooks, of the one account that tests move money in. */
async function setUpWebhooks(t: TestContext, options: ExporterOptions = {}) {
  const settings = { webhooks: 'true', poll_interval: '60s', ...options.settings }
  const exporter = await setUp(t, { ...options, settings })
  await exporter.connect()
  await exporter.clock.advance(45_000)
  const { sandbox, origin, account, newCalls } = exporter
  const urls = createWebhookUrls(new URL(origin), SANDBOX_CLIENT.clientSecret)
  const ours = (accountId = account) =>
    sandbox.webhooks.filter((webhook) => webhook.accountId === accountId)
  const deliver = (path = new URL(urls.urlOf(account)).pathname, body = '{}') =>
    fetch(`${origin}${path}`, { method: 'POST', body })
  const pay = (amountMinor: number, more = {}) =>
    sandbox.bank.addTransaction(account, { amountMinor, ...more })
  const pounds = () => sandbox.bank.balances(account).balanceMinor / 100
  const balance = `monzo_balance{account_id="${account}",currency="GBP"}`
  newCalls()
  return { ...exporter, urls, ours, deliver, pay, pounds, balance }
}

describe('A webhook', () => {
  it('is registered for every exported account, once, and found again after a restart', async (t) => {
    const { sandbox, urls, stop, start, clock, stats } = await setUpWebhooks(t)
    const exported = [...(await stats()).matchAll(/^monzo_balance\{account_id="([^"]+)"/gm)]
    const expected = exported.map(([, id = '']) => [id, urls.urlOf(id)]).sort()
    const registered = () => sandbox.webhooks.map(({ accountId, url }) => [accountId, url]).sort()
    assert.ok(expected.length > 1)
    assert.deepEqual(registered(), expected)
    const before = sandbox.webhooks
    for (let restarts = 0; restarts < 3; restarts++) {
      await stop()
      const again = await start()
      await clock.advance(61_000)
      await again.stop()
    }
    assert.deepEqual(sandbox.webhooks, before)
  })
  it('of an older client secret and duplicates are removed, those of others are not', async (t) => {
    const { sandbox, urls, account, ours, stop, start, clock, origin } = await setUpWebhooks(t)
    await stop()
    const old = createWebhookUrls(new URL(origin), 'an older secret').urlOf(account)
    const others = 'https://hooks.example.net/monzo'
    for (const url of [old, others, urls.urlOf(account), urls.urlOf(account)])
      sandbox.addWebhook(account, url)
    await start()
    await clock.advance(20_000)
    await eventually(() =>
      assert.deepEqual(
        ours()
          .map(({ url }) => url)
          .sort(),
        [others, urls.urlOf(account)].sort(),
      ),
    )
  })
  it('is not registered when webhooks is off, and then there is no such route or metric', async (t) => {
    const { sandbox, deliver, stats, newCalls, clock } = await setUpWebhooks(t, {
      settings: { webhooks: 'false' },
    })
    await clock.advance(120_000)
    assert.deepEqual(sandbox.webhooks, [])
    assert.equal(newCalls()['GET /webhooks'], undefined)
    assert.equal((await deliver()).status, 404)
    assert.doesNotMatch(await stats(), /monzo_webhook/)
  })
  it('that Monzo refuses costs one line in the log, and no poll', async (t) => {
    const { log, clock, value, ours, sandbox } = await setUpWebhooks(t, {
      through: (fetch) => async (input, init) =>
        String(input).includes('/webhooks')
          ? new Response('{}', { status: 500 })
          : fetch(input, init),
    })
    await clock.advance(5 * 60_000)
    assert.deepEqual(ours(), [])
    assert.equal(await value('monzo_up'), 1)
    assert.doesNotMatch(sandbox.requests.map(({ status }) => status).join(), /5\d\d/)
    assert.equal(log.lines.filter((line) => /webhook/i.test(line)).length, 1)
  })
  it('is registered through a joint account’s first login only', async (t) => {
    const { connect, clock, sandbox } = await setUpWebhooks(t)
    await connect('robin@example.com')
    await clock.advance(120_000)
    const accounts = sandbox.webhooks.map(({ accountId }) => accountId)
    assert.equal(new Set(accounts).size, accounts.length)
  })
})

describe('A transaction', () => {
  for (const phaseMs of [500, 4000])
    it(`is on /stats within a second, five times in a row, with four accounts polled every 15 s (from ${phaseMs} ms)`, async (t) => {
      const { clock, pay, pounds, balance, shows, value, sandbox, newCalls, stats } =
        await setUpWebhooks(t, { settings: { poll_interval: '15s' } })
      assert.equal((await stats()).match(/^monzo_balance\{/gm)?.length, 4)
      await clock.advance(75_000 + phaseMs) // as in the long run: a minute's calls are mostly used
      const startedMs = clock.now()
      const before = newCalls()['GET /balance'] ?? 0
      assert.ok(before >= 4 * 4, `${before} balances`)
      for (let payment = 0; payment < 5; payment++) {
        const soFar = pounds()
        pay(-1234)
        await clock.advance(1000)
        assert.notEqual(pounds(), soFar)
        await shows(balance, pounds())
        await clock.advance(9000)
      }
      assert.equal(await value('monzo_webhook_deliveries_total'), 5)
      const calls = newCalls()
      const polls = (calls['GET /pots'] ?? 0) / 4
      assert.ok(polls >= 3, `${polls} polls`) // the schedule goes on
      assert.ok((calls['GET /balance'] ?? 0) <= 4 * polls + 5, JSON.stringify(calls))
      assert.equal(await value('monzo_up'), 1)
      for (const { atMs } of sandbox.requests.filter(({ atMs }) => atMs > startedMs - 60_000)) {
        const inMinute = sandbox.requests.filter(
          (one) => one.atMs >= atMs && one.atMs < atMs + 60_000,
        )
        assert.ok(inMinute.length <= 60, `${inMinute.length} calls`)
      }
    })
  it('has its account read, and no other, with its pots while calls are plenty', async (t) => {
    const { clock, pay, value, newCalls, stats, pounds, balance, shows } = await setUpWebhooks(t)
    const lastPoll = async () => /^monzo_last_poll_timestamp_seconds\{.*$/m.exec(await stats())?.[0]
    const polledAt = await lastPoll()
    assert.ok(polledAt)
    const polls = await value('monzo_poll_duration_seconds_count')
    pay(-1234)
    await clock.advance(900)
    await shows(balance, pounds())
    assert.deepEqual(newCalls(), { 'GET /balance': 1, 'GET /pots': 1, 'GET /transactions': 1 })
    assert.equal(await lastPoll(), polledAt)
    assert.equal(await value('monzo_poll_duration_seconds_count'), polls)
  })
  it('that was declined is a hint as well', async (t) => {
    const { clock, pay, value, newCalls } = await setUpWebhooks(t)
    pay(-1234, { declineReason: 'INSUFFICIENT_FUNDS' })
    await clock.advance(900)
    assert.equal(await value('monzo_webhook_deliveries_total'), 1)
    assert.ok(newCalls()['GET /balance'])
  })
  it('that Monzo does not announce comes with the next poll', async (t) => {
    const { clock, pay, pounds, balance, shows, value } = await setUpWebhooks(t, {
      knobs: { webhookDelivery: 'lost' },
    })
    const before = pounds()
    pay(-1234)
    await clock.advance(900)
    assert.equal(await value(balance), before)
    await clock.advance(60_000)
    await shows(balance, pounds())
  })
  it('announced twice is read once more, two seconds later', async (t) => {
    const { clock, pay, newCalls } = await setUpWebhooks(t, {
      knobs: { webhookDelivery: 'twice' },
    })
    pay(-1)
    await clock.advance(1900)
    const first = newCalls()['GET /balance'] ?? 0
    assert.ok(first > 0)
    await clock.advance(200)
    assert.equal(newCalls()['GET /balance'], first)
  })
})

describe('Deliveries', () => {
  it('by the thousand cost a bounded number of re-reads', async (t) => {
    const { clock, deliver, newCalls, value, sandbox } = await setUpWebhooks(t)
    const startedMs = clock.now()
    for (let n = 0; n < 100; n++) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => deliver()))
      assert.ok(answers.every(({ status }) => status === 200))
      await clock.advance(100)
    }
    await clock.advance(20_000)
    const { 'GET /balance': balances } = newCalls()
    // At 0, 2, 4, 6, 8 and 10 s, and four by a poll that may have been due.
    assert.ok(balances === 6 || balances === 10, `${balances} balances`)
    assert.equal(await value('monzo_webhook_deliveries_total'), 1000)
    const inMinute = sandbox.requests.filter(({ atMs }) => atMs > startedMs - 30_000)
    assert.ok(inMinute.length <= 60, `${inMinute.length} calls`)
  })
  it('while a poll hangs at the account are followed by another reading of it', async (t) => {
    const { clock, deliver, newCalls, sandbox } = await setUpWebhooks(t)
    sandbox.addFault({ kind: 'slow', endpoint: 'GET /balance', delayMs: 4000, count: 4 })
    while (!newCalls()['GET /balance']) await clock.advance(1000) // the poll began, and hangs
    await deliver()
    await clock.advance(1000)
    assert.equal(newCalls()['GET /balance'], undefined)
    await clock.advance(5000)
    assert.ok(newCalls()['GET /balance'])
  })
  it('leave the schedule as it is', async (t) => {
    const { clock, deliver, newCalls } = await setUpWebhooks(t)
    while (!newCalls()['GET /pots']) await clock.advance(100) // a poll
    await clock.advance(50_000)
    await deliver()
    await clock.advance(9000)
    assert.equal(newCalls()['GET /pots'], 1)
    await clock.advance(1500)
    assert.ok((newCalls()['GET /pots'] ?? 0) > 1)
  })
  it('with the wrong secret, method or size change nothing', async (t) => {
    const { clock, deliver, newCalls, value, urls, origin, account } = await setUpWebhooks(t)
    const { pathname } = new URL(urls.urlOf(account))
    const wrong = [
      `${pathname.slice(0, -1)}!`,
      `/webhook/${urls.secretOf('acc_nobody')}`,
      '/webhook/x',
    ]
    for (const path of wrong) assert.equal((await deliver(path)).status, 404)
    assert.equal((await fetch(origin + pathname)).status, 405)
    assert.equal((await deliver(pathname, 'x'.repeat(70_000))).status, 413)
    await clock.advance(1000)
    assert.deepEqual(newCalls(), {})
    assert.equal(await value('monzo_webhook_deliveries_total'), 0)
  })
  it('of invented money change nothing but the time of the next poll', async (t) => {
    const { clock, deliver, pounds, balance, account, shows } = await setUpWebhooks(t)
    const data = { account_id: account, amount: -99_999, balance: 1 }
    const body = JSON.stringify({ type: 'transaction.created', data })
    await deliver(undefined, body)
    await clock.advance(900)
    await shows(balance, pounds())
  })
  it('wake no login that is over', async (t) => {
    const { clock, deliver, sandbox, newCalls, matches } = await setUpWebhooks(t)
    sandbox.revoke()
    await clock.advance(60_000)
    await matches(/state="reauthorization_required"[^}]*\} 1$/m)
    newCalls()
    for (let n = 0; n < 5; n++) {
      await deliver()
      await clock.advance(2000)
    }
    assert.deepEqual(newCalls(), {})
  })
})

it('works behind a proxy that keeps the prefix of redirect_uri, and one that strips it', async (t) => {
  const { start, stop, clock, sandbox, origin, account, connect } = await setUp(t)
  await connect()
  await stop()
  await start({ webhooks: 'true', redirect_uri: `${origin}/monzo` })
  await clock.advance(20_000)
  const [webhook] = sandbox.webhooks.filter(({ accountId }) => accountId === account)
  const registered = webhook?.url ?? ''
  assert.ok(registered.startsWith(`${origin}/monzo/webhook/`))
  for (const url of [registered, registered.replace('/monzo', '')])
    assert.equal((await fetch(url, { method: 'POST' })).status, 200)
})
it('is answered on the main listener only', async (t) => {
  const { app, urls, account, get } = await setUpWebhooks(t, {
    settings: { metrics_addr: '127.0.0.1:0' },
  })
  const { pathname } = new URL(urls.urlOf(account))
  const metrics = await fetch(`${app.metricsOrigin}${pathname}`, { method: 'POST' })
  assert.equal(metrics.status, 404)
  assert.equal((await get(pathname, { method: 'POST' })).status, 200)
})
it('shows its secret in no log, page or metric', async (t) => {
  const { urls, account, log, get, stats, pay, clock } = await setUpWebhooks(t)
  pay(-100)
  await clock.advance(3000)
  const secret = urls.secretOf(account)
  for (const text of [log.lines.join('\n'), await (await get('/')).text(), await stats()])
    assert.ok(!text.includes(secret))
})
