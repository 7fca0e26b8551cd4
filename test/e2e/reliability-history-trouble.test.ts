import assert from 'node:assert/strict'
import { appendFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventually } from './harness.ts'
import { keepHistory } from './keep-history.ts'

const DAY_MS = 86_400_000
const POLL_MS = 15_000

describe('History that is not read in one go', () => {
  it('goes on at the next login where the window closed, and says once what is missing', async (t) => {
    const s = await keepHistory(t)
    await s.scenario('window_closes_early')
    await s.connect()
    await s.isRead()
    await s.clock.advance(10 * POLL_MS)
    const missing = new RegExp(`^warn: Of ${s.account}, everything since .* log in again`)
    assert.equal(s.said(missing).length, 1)
    await s.shows('monzo_up', 1)
    assert.equal(await s.valueOf('monzo_history_unexplained', s.account), undefined)
    await s.scenario('calm')
    await s.connect()
    await eventually(() => assert.equal(s.said(/Read history in/).length, 2))
    await eventually(async () =>
      assert.equal(await s.valueOf('monzo_history_unexplained', s.account), 0),
    )
    await s.isInBooks(s.account)
    assert.equal(s.said(missing).length, 1)
  })
  for (const scenario of ['rate_limited_page', 'failing_page'])
    it(`is whole in spite of ${scenario}, and balances are read meanwhile`, async (t) => {
      const s = await keepHistory(t)
      await s.scenario(scenario)
      await s.connect()
      await s.clock.advance(60_000)
      await s.isRead()
      await s.shows('monzo_up', 1)
      await s.isInBooks(s.account)
    })
  it('shows what no transaction explains, and hides it nowhere', async (t) => {
    const s = await keepHistory(t)
    await s.scenario('unexplained')
    await s.connect()
    await s.isRead()
    await eventually(async () =>
      assert.equal(await s.valueOf('monzo_history_unexplained', s.account), 250),
    )
    await s.isInBooks(s.account)
  })
})

describe('Trouble with the disk costs only history', () => {
  it('is said once when the folder cannot be made, and is over when it can', async (t) => {
    const s = await keepHistory(t, { settings: { history_folder: 'tokens.json.d/history' } })
    const inTheWay = join(s.folder, 'tokens.json.d')
    await writeFile(inTheWay, '')
    await s.connect()
    await s.clock.advance(8 * POLL_MS)
    await s.shows('monzo_up', 1)
    await s.matches(/^monzo_category_spent_month/m)
    assert.equal(s.said(new RegExp(`No history of ${s.account} is kept`)).length, 1)
    assert.doesNotMatch(await s.stats(), /^monzo_history/m)
    await rm(inTheWay)
    await s.clock.advance(8 * POLL_MS)
    await s.matches(/^monzo_history_transactions/m)
    assert.equal(s.said(new RegExp(`The history of ${s.account} is kept again`)).length, 1)
  })
  it('names a damaged ledger, leaves it alone, and goes on with the others', async (t) => {
    const s = await keepHistory(t)
    await s.connect()
    await s.isRead()
    await s.stop()
    const path = join(s.historyFolder, `${s.account}.jsonl`)
    const text = await s.fileOf(s.account)
    await truncate(path, 5000)
    await appendFile(path, '\nnonsense\n')
    const damaged = await s.fileOf(s.account)
    await s.start()
    await s.clock.advance(4 * POLL_MS)
    await s.shows('monzo_up', 1)
    assert.equal(s.said(/is damaged in line \d+/).length, 1)
    assert.equal(await s.valueOf('monzo_history_transactions', s.account), undefined)
    const other = (await s.accounts()).find((id) => id !== s.account) ?? ''
    assert.ok(await s.valueOf('monzo_history_transactions', other))
    assert.equal(await s.fileOf(s.account), damaged)
    await writeFile(path, text) // a person puts a copy in its place
    await s.clock.advance(8 * POLL_MS)
    await eventually(async () =>
      assert.ok(await s.valueOf('monzo_history_transactions', s.account)),
    )
  })
})

it('reads the last 88 days with playground tokens, under the lock of tokens.json', async (t) => {
  const s = await keepHistory(t, { settings: { history: 'false' } })
  await s.connect()
  assert.doesNotMatch(await s.stats(), /^monzo_history/m)
  await assert.rejects(stat(s.historyFolder))
  await s.stop()
  const token = (await s.tokens()).logins[0].access_token
  const without = ['client_id', 'client_secret']
  await s.sandbox.advance(10 * 60_000)
  await s.start({ access_tokens: token, history: 'true' }, without)
  await s.clock.advance(4 * POLL_MS)
  await s.matches(/^monzo_history_transactions/m)
  const since = new Date(s.clock.now() - 86 * DAY_MS).toISOString().slice(0, 10)
  const ledger = await s.ledgerOf(s.account)
  assert.ok((ledger.knownSinceMs ?? 0) < Date.parse(since))
  assert.ok((await stat(`${s.tokensFile}.lock`)).isDirectory())
})
