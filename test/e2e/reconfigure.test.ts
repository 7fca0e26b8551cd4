import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import type { Config } from '../../src/config/settings.ts'
import { setUp } from './harness.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

async function setup(t: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const exporter = await setUp(t, { settings })
  let { app, config } = exporter
  return {
    ...exporter,
    /** Goes on with these settings, as after a SIGHUP. */
    change(changed: Partial<Config>) {
      config = { ...config, ...changed }
      app.reconfigure({ config, warnings: ['Something is odd.'] })
    },
    /** From now on `change` is about one that is started anew. */
    async restart() {
      await exporter.stop()
      ;({ app } = await exporter.start())
    },
  }
}

describe('While it runs', () => {
  it('pots come and go with the next poll', async (t) => {
    const { change, clock, connect, matches, hides, newCalls } = await setup(t)
    await connect()
    await matches(/^monzo_balance_in_pot\{/m)
    change({ pots: false })
    newCalls()
    await clock.advance(15_000)
    await hides(/^monzo_balance_in_pot\{/m)
    assert.equal(newCalls()['GET /pots'], undefined)
    change({ pots: true })
    await clock.advance(15_000)
    await matches(/^monzo_balance_in_pot\{/m)
  })
  it('so do transactions, which are read from the beginning of the month again', async (t) => {
    const { change, clock, connect, matches, hides, newCalls, sandbox, account } = await setup(t)
    await connect()
    await matches(/^monzo_received_month\{/m)
    change({ transactions: false })
    newCalls()
    await clock.advance(15_000)
    await hides(/^monzo_(received|transactions|category)/m)
    assert.equal(newCalls()['GET /transactions'], undefined)
    sandbox.bank.addTransaction(account, { amountMinor: -4217, category: 'holidays' })
    await clock.advance(20 * MINUTE_MS)
    change({ transactions: true })
    await clock.advance(15_000)
    await matches(/^monzo_category_spent_today\{.*category="holidays"\} 42.17$/m)
  })
  it('accounts and categories change their names at once, without a poll', async (t) => {
    const { change, connect, matches, hides, newCalls, sandbox, account, clock } = await setup(t)
    await connect()
    for (const category of ['holidays', 'gifts'])
      sandbox.bank.addTransaction(account, { amountMinor: -4217, category })
    await clock.advance(15_000)
    await matches(/^monzo_category_spent_today\{.*category="gifts"\} 42.17$/m)
    await hides(/account_name=/)
    newCalls()
    change({
      account_names: { [account]: 'Joint "one"' },
      category_names: { holidays: 'Fun', gifts: 'Fun' },
    })
    await matches(/^monzo_account_info\{.*account_name="Joint \\"one\\""\} 1$/m)
    await matches(/^monzo_category_spent_today\{.*category="Fun"\} 84.34$/m)
    await hides(/category="(?:holidays|gifts)"/)
    change({ category_names: {} })
    await matches(/^monzo_category_spent_month\{.*category="gifts"\} 42.17$/m)
    assert.deepEqual(newCalls(), {})
  })
  it('stale_after holds for what was read before, too', async (t) => {
    const { change, clock, connect, matches, hides, sandbox } = await setup(t)
    await connect()
    sandbox.addFault({ kind: 'status', endpoint: 'GET /balance', count: 'forever' })
    await clock.advance(2 * MINUTE_MS)
    await matches(/^monzo_balance\{/m)
    change({ stale_after: { ms: MINUTE_MS } })
    await hides(/^monzo_balance\{/m)
    change({ stale_after: { ms: 30 * MINUTE_MS } })
    await matches(/^monzo_balance\{/m)
  })
  it('a shorter poll_interval does not wait for the end of the longer one', async (t) => {
    const { change, clock, connect, newCalls } = await setup(t)
    await connect()
    change({ poll_interval: { ms: 60 * MINUTE_MS } })
    await clock.advance(MINUTE_MS)
    newCalls()
    await clock.advance(9 * MINUTE_MS)
    assert.equal(newCalls()['GET /balance'], undefined)
    change({ poll_interval: { ms: 5000 } })
    await clock.advance(4000)
    const { 'GET /balance': once = 0 } = newCalls()
    assert.ok(once > 0)
    await clock.advance(10_000)
    assert.equal(newCalls()['GET /balance'], 2 * once)
  })
  it('trusted_proxies are believed, and no longer', async (t) => {
    const { change, get } = await setup(t)
    let n = 0
    const guess = async () => {
      const headers = { 'x-forwarded-for': `198.51.100.${++n}` }
      return (await get('/authorize?key=wrong', { headers })).status
    }
    for (let times = 0; times < 10; times++) assert.equal(await guess(), 401)
    assert.equal(await guess(), 429)
    change({ trusted_proxies: ['127.0.0.0/8'] })
    assert.equal(await guess(), 401)
    change({ trusted_proxies: [] })
    assert.equal(await guess(), 429)
  })
  it('a changed auth_key is the only one that opens, guesses made before still count', async (t) => {
    const { change, get } = await setup(t)
    const status = async (key: string) => (await get(`/authorize?key=${key}`)).status
    for (let times = 0; times < 9; times++) await status('wrong')
    change({ auth_key: 'new-key-of-mine' })
    assert.equal(await status('new-key-of-mine'), 303)
    assert.equal(await status('a+key+with+%2B+%2F+%26+%3D'), 401)
    assert.equal(await status('wrong'), 429)
  })
  it('the status page tells of stats_token and of warnings as they are now', async (t) => {
    const { change, get } = await setup(t)
    const page = async () => (await get('/')).text()
    assert.doesNotMatch(await page(), /credentials/)
    change({ stats_token: 'sesame' })
    assert.match(await page(), /Something is odd[\s\S]*credentials/)
  })
  it('a reminder is posted once reminder is on', async (t) => {
    const { change, clock, connect, restart, sandbox, tokensFile } = await setup(t)
    await connect()
    const file = JSON.parse(await readFile(tokensFile, 'utf8'))
    file.logins[0].authorized_at = new Date(clock.now() - 89.5 * DAY_MS).toISOString()
    file.logins[0].expires_in = 200 * 86_400 // obtained before the reminder was due
    await writeFile(tokensFile, JSON.stringify(file))
    await restart()
    await clock.advance(MINUTE_MS)
    assert.equal(sandbox.feed.length, 0)
    change({ reminder: true })
    await clock.advance(MINUTE_MS)
    assert.equal(sandbox.feed.length, 1)
  })
})
