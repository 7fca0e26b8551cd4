import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createAdminApp } from '../../src/sandbox/admin/admin-app.ts'
import type { Knobs } from '../../src/sandbox/knobs.ts'
import { createWorld } from '../../src/sandbox/world.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { serve } from '../fakes/serve.ts'
import { type Body, setupWorld } from './world-setup.ts'

const URL_1 = 'http://127.0.0.1:9/webhook/secret'

/** A bank with one webhook on Sam's current account, whose receiver answers as told. */
function setup(t: TestContext, knobs: Partial<Knobs> = {}) {
  const clock = new DrivenClock()
  const received: { atMs: number; url: string; type: string | undefined; body: Body }[] = []
  const receiver = { answers: [] as number[] }
  const world = createWorld({
    clock,
    seed: 1,
    knobs: { livelyEveryMs: 0, ...knobs },
    clients: [],
    async fetch(url, { body = '', headers }) {
      const type = headers?.['content-type']
      received.push({ atMs: clock.elapsed(), url: url.href, type, body: JSON.parse(body) })
      const status = receiver.answers.shift() ?? 200
      if (status === 0) throw new Error('refused')
      return new Response(null, { status })
    },
  })
  t.after(() => world.courier.stop())
  const sam = world.bank.findPerson('sam@example.com')?.id ?? ''
  const account = world.bank.accountsOf(sam).find(({ type }) => type === 'uk_retail')?.id ?? ''
  world.bank.catchUp(account)
  const webhook = world.webhooks.add(account, URL_1)
  world.courier.watch()
  const pay = (more: { declineReason?: string } = {}) =>
    world.bank.addTransaction(account, { amountMinor: -250, ...more })
  return { clock, world, account, webhook, pay, received, receiver }
}

describe('A new transaction', () => {
  it('is posted as Monzo posts it, with its merchant', async (t) => {
    const { clock, world, account, pay, received, webhook } = setup(t)
    const { id } = pay()
    await clock.advance(10)
    assert.equal(received.length, 1)
    const [{ url, type, body } = assert.fail()] = received
    assert.deepEqual([url, type], [URL_1, 'application/json'])
    assert.deepEqual(Object.keys(body), ['type', 'data'])
    assert.equal(body.type, 'transaction.created')
    assert.deepEqual([body.data.id, body.data.amount, body.data.account_id], [id, -250, account])
    assert.ok('merchant' in body.data && 'decline_reason' in body.data === false)
    assert.deepEqual(world.courier.deliveries, [
      {
        atMs: world.clock.now() - 10,
        webhookId: webhook.id,
        accountId: account,
        transactionId: id,
        attempt: 1,
        status: 200,
      },
    ])
  })
  it('is posted when it was declined, too', async (t) => {
    const { clock, pay, received } = setup(t)
    pay({ declineReason: 'INSUFFICIENT_FUNDS' })
    await clock.advance(10)
    assert.equal(received[0]?.body.data.decline_reason, 'INSUFFICIENT_FUNDS')
  })
  it('is posted once per registration, and not for other accounts', async (t) => {
    const { clock, world, account, pay, received } = setup(t)
    world.webhooks.add(account, URL_1)
    world.webhooks.add('acc_other', 'http://127.0.0.1:9/other')
    pay()
    await clock.advance(10)
    assert.deepEqual(
      received.map(({ url }) => url),
      [URL_1, URL_1],
    )
  })
  it('is tried five times, with pauses that double', async (t) => {
    const { clock, pay, received, receiver, world } = setup(t)
    receiver.answers = [500, 0, 404, 503, 500, 500]
    pay()
    await clock.advance(120_000)
    assert.deepEqual(
      received.map(({ atMs }) => atMs),
      [0, 1000, 3000, 7000, 15_000],
    )
    assert.deepEqual(
      world.courier.deliveries.map(({ attempt, status }) => [attempt, status]),
      [
        [1, 500],
        [2, 0],
        [3, 404],
        [4, 503],
        [5, 500],
      ],
    )
  })
  it('is not tried again when it was taken, or the webhook is gone', async (t) => {
    const { clock, pay, received, receiver, world, webhook } = setup(t)
    receiver.answers = [500, 202]
    pay()
    await clock.advance(60_000)
    assert.equal(received.length, 2)
    receiver.answers = [500]
    pay()
    await clock.advance(10)
    world.webhooks.remove(webhook.id)
    await clock.advance(60_000)
    assert.equal(received.length, 3)
  })
  for (const [webhookDelivery, times] of [
    ['twice', 2],
    ['lost', 0],
  ] as const)
    it(`arrives ${times} times with webhookDelivery = ${webhookDelivery}`, async (t) => {
      const { clock, pay, received } = setup(t, { webhookDelivery })
      pay()
      await clock.advance(10)
      assert.equal(received.length, times)
    })
})

describe('What happens by itself', () => {
  it('is posted within a second or so', async (t) => {
    const { clock, received } = setup(t, { livelyEveryMs: 10_000 })
    await clock.advance(60_000)
    assert.ok(received.length >= 4, `${received.length}`)
    for (const { atMs, body } of received) {
      const lateMs = clock.now() - clock.elapsed() + atMs - Date.parse(body.data.created)
      assert.ok(lateMs >= 0 && lateMs <= 1000, `${lateMs} ms late`)
    }
  })
  it('before the registration is history, and not posted', async (t) => {
    const { received, clock, world } = setup(t)
    const robin = world.bank.findPerson('robin@example.com')?.id ?? ''
    for (const { id } of world.bank.accountsOf(robin)) world.webhooks.add(id, URL_1)
    await clock.advance(2000)
    assert.deepEqual(received, [])
  })
})

it('is announced from a registration by the API on', async (t) => {
  const received: string[] = []
  const s = setupWorld({
    async fetch(_url, { body = '' }) {
      received.push(JSON.parse(body).data.id)
      return new Response(null, { status: 200 })
    },
  })
  t.after(() => s.world.courier.stop())
  const token = s.connect()
  const form = { account_id: s.current, url: URL_1 }
  assert.equal(s.send('POST /webhooks', token, form).status, 200)
  const { id } = s.world.bank.addTransaction(s.current, { amountMinor: -1 })
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(received, [id])
  const origin = await serve(t, createAdminApp(s.world))
  const seen: Body = await (await fetch(`${origin}/webhooks`)).json()
  assert.equal(seen.webhooks[0].url, URL_1)
  assert.equal(seen.deliveries[0].transactionId, id)
})
