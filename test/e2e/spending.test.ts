import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseExposition } from '../metrics/parse-exposition.ts'
import { setUp } from './harness.ts'
import { MINUTE_MS, POLL_MS, setUpQuiet } from './quiet-account.ts'

describe('Spending', () => {
  it('is 0 received, no category, and no last transaction in an account where nothing happened', async (t) => {
    const s = await setUpQuiet(t)
    assert.deepEqual(await s.month(), {})
    assert.equal(await s.received(), 0)
    assert.deepEqual(await s.outcomes(), { settled: 0, pending: 0, declined: 0 })
    assert.equal(await s.lastAt(), undefined)
  })
  it('counts as the app does: refunds, splits, pots, money from abroad, what was refused', async (t) => {
    const s = await setUpQuiet(t)
    s.pay(-1250, { category: 'groceries' })
    s.pay(-999, { category: 'shopping', isSettled: false })
    s.pay(400, { category: 'shopping', isInSpending: true })
    s.pay(-3000, { category: 'bills', categories: { bills: -2000, holidays: -1000 } })
    s.pay(-640, { category: 'eating_out', local: { amountMinor: -123_456, currency: 'JPY' } })
    s.pay(-5000, { category: 'shopping', declineReason: 'INSUFFICIENT_FUNDS' })
    s.pay(0, { isSettled: false })
    s.pay(250_000, { category: 'income', scheme: 'bacs' })
    s.pay(-77, { category: 'category_0000AbCdEfGhIjKlMnOpQr', scheme: 'monzo_flex' })
    const pot = s.sandbox.bank.addPot(s.account, { name: 'Rain' })
    s.sandbox.bank.movePot(pot.id, 10_000)
    s.sandbox.bank.movePot(pot.id, -2500)
    await s.poll()
    const spent = {
      ...{ bills: 20, groceries: 12.5, holidays: 10, eating_out: 6.4, shopping: 5.99 },
      category_0000AbCdEfGhIjKlMnOpQr: 0.77,
    }
    assert.deepEqual(await s.month(), spent)
    assert.deepEqual(await s.today(), spent)
    assert.equal(await s.received(), 2500)
    assert.deepEqual(await s.outcomes(), { settled: 8, pending: 1, declined: 1 })
    const newest = s.sandbox.bank.transactions(s.account).map(({ createdMs }) => createdMs)
    assert.equal(await s.lastAt(), Math.max(...newest) / 1000)
  })
  it('reads a month of hundreds, every page of it', async (t) => {
    const s = await setUpQuiet(t)
    const startMs = Date.parse('2026-11-02T12:00:00Z')
    for (let n = 0; n < 350; n++)
      s.pay(-101, { category: 'transport', createdMs: startMs + n * MINUTE_MS })
    await s.clock.advance(15 * MINUTE_MS)
    assert.deepEqual(await s.month(), { transport: 353.5 })
    assert.deepEqual(await s.today(), {})
  })
  it('agrees with the bank about a whole believable month', async (t) => {
    const s = await setUp(t)
    await s.connect()
    const expected = new Map<string, number>()
    for (const entry of s.sandbox.bank.transactions(s.account)) {
      if (entry.createdMs < Date.parse('2026-11-01T00:00:00Z')) continue
      if (!entry.isInSpending || entry.declineReason !== undefined) continue
      for (const [category, minor] of Object.entries(
        entry.categories ?? { [entry.category]: entry.amountMinor },
      ))
        expected.set(category, (expected.get(category) ?? 0) - minor)
    }
    assert.ok(expected.size >= 8, `${expected.size} categories`)
    const found = parseExposition(Buffer.from(await s.stats())).filter(
      ({ name, labels }) =>
        name === 'monzo_category_spent_month' && labels['account_id'] === s.account,
    )
    assert.deepEqual(
      new Map(found.map(({ labels, value }) => [labels['category'], Math.round(value * 100)])),
      new Map([...expected].sort(([, one], [, other]) => other - one)),
    )
  })
})

describe('At a border', () => {
  it('the day begins again at 04:00 and the month at 00:00, at that moment, between two polls', async (t) => {
    const s = await setUpQuiet(t, { settings: { poll_interval: '60s' } })
    await s.leapTo('2026-11-30T20:00:00Z')
    s.pay(-500, { category: 'groceries' })
    await s.leapTo('2026-11-30T23:59:59.990Z')
    assert.deepEqual(await s.month(), { groceries: 5 })
    s.newCalls()
    await s.clock.advance(10)
    assert.deepEqual(await s.month(), {})
    assert.deepEqual(s.newCalls(), {})
    assert.deepEqual(await s.outcomes(), { settled: 0, pending: 0, declined: 0 })
    assert.deepEqual(await s.today(), { groceries: 5 })
    await s.leapTo('2026-12-01T03:59:59.990Z')
    assert.deepEqual(await s.today(), { groceries: 5 })
    await s.clock.advance(10)
    assert.deepEqual(await s.today(), {})
    assert.equal(await s.lastAt(), Date.parse('2026-11-30T20:00:00Z') / 1000)
  })
})

describe('When /transactions fails', () => {
  const withFailures = (reason: string) =>
    new RegExp(`^monzo_poll_failures_total\\{reason="${reason}"\\} [1-9]`, 'm')
  const reasons = {
    status: 'monzo_unavailable',
    wrong_types: 'monzo_unreadable',
    oversized: 'monzo_unreadable',
    not_json: 'monzo_intercepted',
  } as const
  for (const kind of ['status', 'wrong_types', 'oversized', 'not_json'] as const)
    it(`(${kind}) only its own series go, it is counted, and all is well again afterwards`, async (t) => {
      const s = await setUpQuiet(t)
      s.pay(-500, { category: 'groceries' })
      await s.poll()
      s.sandbox.addFault({ kind, endpoint: 'GET /transactions', count: 'forever' })
      await s.clock.advance(MINUTE_MS)
      const text = await s.stats()
      assert.doesNotMatch(text, /^monzo_(category_spent|received|transactions_month|last_trans)/m)
      assert.match(text, /^monzo_balance\{/m)
      assert.match(text, /^monzo_balance_in_pot\{/m)
      assert.match(text, /^monzo_up 1$/m)
      assert.match(text, withFailures(reasons[kind]))
      s.sandbox.clearFaults()
      await s.clock.advance(MINUTE_MS)
      assert.deepEqual(await s.month(), { groceries: 5 })
    })
  it('and so does everything, spending goes when the balance does: after stale_after', async (t) => {
    const s = await setUpQuiet(t)
    s.pay(-500, { category: 'groceries' })
    await s.poll()
    s.sandbox.addFault({ kind: 'status', count: 'forever' })
    await s.clock.advance(4 * MINUTE_MS)
    assert.deepEqual(await s.month(), { groceries: 5 })
    await s.clock.advance(2 * MINUTE_MS)
    assert.doesNotMatch(
      await s.stats(),
      /^monzo_(balance|category_spent|received|transactions_month)/m,
    )
  })
})

it('reads no transactions when they are turned off', async (t) => {
  const s = await setUp(t, { settings: { transactions: 'false' } })
  await s.connect()
  assert.doesNotMatch(await s.stats(), /^monzo_(category|received|transactions|last_trans)/m)
  assert.equal(s.newCalls()['GET /transactions'], undefined)
})
it('tells the Go exporter’s users what each description came to today, and nobody else', async (t) => {
  const s = await setUpQuiet(t, { settings: { legacy_metrics: 'true' } })
  s.pay(-500, { category: 'groceries', description: 'Corner Shop' })
  s.pay(-250, { category: 'groceries', description: 'Corner Shop' })
  await s.poll()
  assert.match(
    await s.stats(),
    new RegExp(
      `^monzo_transactions_amount_today\\{user_id="user_\\w+",account_id="${s.account}",description="Corner Shop",category="groceries"\\} -750$`,
      'm',
    ),
  )
  const plain = await setUpQuiet(t)
  plain.pay(-500, { category: 'groceries', description: 'Corner Shop' })
  await plain.poll()
  assert.doesNotMatch(await plain.stats(), /Corner Shop|transactions_amount_today/)
})
it('exports what two people spend from their joint account once', async (t) => {
  const s = await setUp(t)
  await s.connect()
  await s.connect('robin@example.com')
  const sam = s.sandbox.bank.findPerson('sam@example.com') ?? assert.fail()
  const joint = s.sandbox.bank.accountsOf(sam.id).find(({ type }) => type === 'uk_retail_joint')
  s.sandbox.bank.addTransaction(joint?.id ?? '', { amountMinor: -500, category: 'shared_thing' })
  await s.clock.advance(POLL_MS)
  const lines = (await s.stats()).split('\n').filter((line) => line.includes('shared_thing'))
  assert.deepEqual(
    lines.map((line) => line.replace(/\{.*\}/, '')),
    ['monzo_category_spent_today 5', 'monzo_category_spent_month 5'],
  )
})
