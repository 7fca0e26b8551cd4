import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createHttpFetch } from '../../src/monzo/http-fetch.ts'
import type { Fault } from '../../src/sandbox/sandbox.ts'
import { type ExporterOptions, setUp } from './harness.ts'

const MINUTE_MS = 60_000
const TOKEN = 'POST /oauth2/token'
const failures = (reason: string) => `monzo_poll_failures_total{reason="${reason}"}`

/** Connected, through the connections that the exporter itself makes. */
async function connected(t: TestContext, options: ExporterOptions = {}) {
  const exporter = await setUp(t, { send: createHttpFetch(), ...options })
  await exporter.connect()
  exporter.newCalls()
  return exporter
}
type Exporter = Awaited<ReturnType<typeof connected>>

/** Nobody had to do anything, and all is as before. */
async function isUnharmed({ clock, links, matches, scenario, shows }: Exporter) {
  await scenario('calm')
  await clock.advance(2 * MINUTE_MS)
  await shows('monzo_up', 1)
  await matches(/^monzo_balance\{/m)
  await matches(/state="connected"\} 1$/m)
  assert.equal(links.length, 1)
}

describe('Something that answers in place of Monzo for twenty minutes ends no login:', () => {
  const scenarios: readonly (readonly [name: string, reason: string])[] = [
    ['firewall', 'monzo_intercepted'],
    ['firewall_401', 'monzo_intercepted'],
    ['proxy_json', 'monzo_intercepted'],
    ['captive_portal', 'monzo_intercepted'],
    ['redirected', 'monzo_intercepted'],
    ['no_content', 'monzo_intercepted'],
    ['closed_without_a_word', 'monzo_unavailable'],
  ]
  for (const [name, reason] of scenarios)
    it(name, async (t) => {
      const exporter = await connected(t)
      const { clock, log, newCalls, scenario, shows, value } = exporter
      const said = log.lines.length
      await scenario(name)
      await clock.advance(20 * MINUTE_MS)
      await shows('monzo_up', 0)
      await exporter.matches(/state="connected"\} 1$/m)
      assert.ok(((await value(failures(reason))) ?? 0) >= 60)
      const calls = newCalls()
      assert.equal(calls[TOKEN], undefined) // no one-time token is spent on it
      assert.ok((calls['GET /balance'] ?? 0) >= 60, 'it is polled as ever')
      const lines = log.lines.slice(said)
      assert.equal(lines.length, 2, lines.join('\n'))
      assert.match(lines[0] ?? '', /^warn: A poll failed: GET \/\w+: /)
      assert.match(lines[1] ?? '', /^warn: No balance of the login of \S+ has been exported since /)
      await isUnharmed(exporter)
    })
  for (const name of ['firewall_401', 'captive_portal', 'closed_without_a_word'])
    it(`${name}, while the access token expires`, async (t) => {
      const exporter = await connected(t, { knobs: { expiresIn: 1800 } })
      await exporter.scenario(name)
      await exporter.clock.advance(40 * MINUTE_MS)
      await isUnharmed(exporter)
    })
  for (const name of ['firewall', 'captive_portal', 'closed_without_a_word'])
    it(`${name}, before a login is approved: the page says what is wrong`, async (t) => {
      const exporter = await setUp(t, { send: createHttpFetch() })
      await exporter.logIn()
      await exporter.scenario(name)
      await exporter.clock.advance(10 * MINUTE_MS)
      const page = await (await exporter.get('/')).text()
      assert.match(page, /The last poll failed\./)
      assert.match(page, /, but not from Monzo|no reply/)
      exporter.sandbox.approve()
      await isUnharmed(exporter)
    })
})

describe('Tokens that are refused for pots alone', () => {
  it('cost ever fewer refreshes, and no balance', async (t) => {
    const exporter = await connected(t)
    await exporter.scenario('pots_refused')
    await exporter.clock.advance(90_000)
    assert.ok((exporter.newCalls()[TOKEN] ?? 0) <= 2)
    await exporter.clock.advance(60 * MINUTE_MS)
    assert.ok((exporter.newCalls()[TOKEN] ?? 0) <= 5)
    await exporter.shows('monzo_up', 1)
    await exporter.matches(/^monzo_balance\{/m)
    assert.ok(((await exporter.value(failures('monzo_token_refused'))) ?? 0) > 200)
    await isUnharmed(exporter)
    await exporter.matches(/^monzo_balance_in_pot\{/m)
    assert.equal(exporter.newCalls()[TOKEN], undefined)
    exporter.sandbox.expireAccess() // a refresh helps again: it does not wait
    await exporter.clock.advance(15_000)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.newCalls()[TOKEN], 1)
  })
})

describe('A token reply', () => {
  it('is a success with any token type, and inside of data', async (t) => {
    const exporter = await connected(t)
    await exporter.scenario('odd_token_replies')
    for (let refreshes = 1; refreshes <= 4; refreshes++) {
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(MINUTE_MS)
      await exporter.shows('monzo_up', 1)
      await exporter.shows('monzo_token_refreshes_total{outcome="refreshed"}', refreshes)
    }
    await isUnharmed(exporter)
  })
  for (const kind of ['gzip', 'byte_order_mark', 'big_headers', 'wrong_length'] as const)
    it(`is a success when it is changed on the way: ${kind}`, async (t) => {
      const exporter = await connected(t)
      exporter.sandbox.addFault({ kind, endpoint: TOKEN })
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(MINUTE_MS)
      await exporter.shows('monzo_token_refreshes_total{outcome="refreshed"}', 1)
      await isUnharmed(exporter)
    })
  for (const kind of ['switched', 'closed', 'silent', 'half_head'] as const)
    it(`that never comes ends neither the refresh nor the login: ${kind}`, async (t) => {
      const exporter = await connected(t)
      exporter.sandbox.addFault({ kind, endpoint: TOKEN })
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(2 * MINUTE_MS)
      await exporter.shows('monzo_token_refreshes_total{outcome="refreshed"}', 1)
      await isUnharmed(exporter)
    })
  for (const kind of ['switched', 'closed', 'silent'] as const)
    it(`that never comes ends a browser's login with a page: ${kind}`, async (t) => {
      const exporter = await setUp(t, { send: createHttpFetch() })
      exporter.sandbox.addFault({ kind, endpoint: TOKEN })
      const { status, text } = await exporter.clock.until(exporter.logIn())
      assert.equal(status, 502)
      assert.match(text, /Start again/)
      assert.ok(exporter.clock.elapsed() <= 31_000)
    })
})

describe('A call that gets no proper reply', () => {
  const faults: readonly Fault['kind'][] = [
    'switched',
    'closed',
    'silent',
    'half_head',
    'half_body',
  ]
  for (const kind of [...faults, 'wrong_length'] as const)
    it(`ends, and the next poll goes on: ${kind}`, async (t) => {
      const exporter = await connected(t)
      exporter.sandbox.addFault({ kind, endpoint: 'GET /balance' })
      await exporter.clock.advance(45_000)
      await exporter.shows('monzo_up', 1)
      assert.ok((exporter.newCalls()['GET /balance'] ?? 0) >= 3)
      const before = exporter.clock.elapsed()
      exporter.sandbox.addFault({ kind, endpoint: 'GET /balance', count: 'forever' })
      await exporter.clock.advance(16_000)
      await exporter.stop()
      assert.ok(exporter.clock.elapsed() - before < 30_000)
    })
  it('asks for no pause with a success', async (t) => {
    const exporter = await connected(t)
    await exporter.scenario('retry_after_on_success')
    await exporter.clock.advance(5 * MINUTE_MS)
    assert.ok((exporter.newCalls()['GET /balance'] ?? 0) >= 19)
    await isUnharmed(exporter)
  })
  it('is none when it is only changed on the way', async (t) => {
    const exporter = await connected(t)
    for (const kind of ['gzip', 'byte_order_mark', 'big_headers'] as const)
      exporter.sandbox.addFault({ kind, count: 20 })
    await exporter.clock.advance(5 * MINUTE_MS)
    await exporter.hides(/^monzo_poll_failures_total/m)
    await isUnharmed(exporter)
  })
})

describe('An account that never had a balance', () => {
  const replies: readonly (readonly [what: string, fault: Omit<Fault, 'endpoint'>])[] = [
    ['404', { kind: 'status', status: 404 }],
    ['400', { kind: 'status', status: 400, code: 'bad_request.bad_param.account_id' }],
    ['403', { kind: 'status', status: 403 }],
    ['balance null', { kind: 'fields', fields: { balance: null } }],
    ['an empty currency', { kind: 'fields', fields: { currency: '' } }],
    ['nothing of it', { kind: 'fields', fields: { balance: undefined, currency: undefined } }],
  ]
  for (const [what, fault] of replies)
    it(`is left out and named once, and the others are up: ${what}`, async (t) => {
      const exporter = await setUp(t, { send: createHttpFetch() })
      const [sam = ''] = exporter.sandbox.bank.people.map(({ id }) => id)
      const { id } = exporter.sandbox.bank.addAccount({ ownerIds: [sam], type: 'uk_moon_base' })
      exporter.sandbox.addFault({ ...fault, endpoint: '/balance', accountId: id, count: 'forever' })
      await exporter.connect()
      await exporter.clock.advance(11 * MINUTE_MS) // it is asked for again after ten
      await exporter.shows('monzo_up', 1)
      await exporter.hides(/^monzo_poll_failures_total/m)
      const lines = exporter.log.lines.filter((line) => line.includes(id))
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(
        lines[0] ?? '',
        /^warn: The account acc_\w+ is left out, since Monzo shows no balance/,
      )
      await isUnharmed(exporter)
    })
  it('has pots and transactions that are null: none', async (t) => {
    const exporter = await connected(t)
    await exporter.scenario('null_lists')
    await exporter.clock.advance(MINUTE_MS)
    await exporter.hides(/^monzo_poll_failures_total/m)
    await exporter.hides(/^monzo_balance_in_pot/m)
    await isUnharmed(exporter)
  })
})

describe('A list of transactions', () => {
  it('with one of the year 9999 hides no new one, and is not dated so', async (t) => {
    const exporter = await connected(t)
    await exporter.scenario('transaction_of_9999')
    await exporter.clock.advance(16 * MINUTE_MS)
    const { account, sandbox, clock } = exporter
    const before = (await exporter.value(count(account))) ?? 0
    sandbox.bank.addTransaction(account, { amountMinor: -1234, category: 'transport' })
    await clock.advance(15_000)
    await exporter.shows(count(account), before + 1)
    const newest = `monzo_last_transaction_timestamp_seconds{account_id="${account}"}`
    const newestMs = ((await exporter.value(newest)) ?? 0) * 1000
    assert.ok(newestMs <= clock.now() && newestMs >= clock.now() - MINUTE_MS)
    await isUnharmed(exporter)
  })
})
const count = (account: string) =>
  `monzo_transactions_month{account_id="${account}",outcome="settled"}`
