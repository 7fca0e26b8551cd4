import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { eventually } from './harness.ts'
import { keepHistory } from './keep-history.ts'

const POLL_MS = 15_000

describe('History', () => {
  it('agrees with the books of the bank, in every month at /stats and every day on disk', async (t) => {
    const s = await keepHistory(t)
    await s.connect()
    await s.isRead()
    const accounts = await s.accounts()
    assert.ok(accounts.length > 1)
    let months = 0
    for (const id of accounts) {
      await eventually(async () =>
        assert.equal(await s.valueOf('monzo_history_unexplained', id), 0),
      )
      await s.isInBooks(id)
      months = Math.max(months, await s.areMonthsInBooks(id))
    }
    assert.equal(months, 24)
    const { mode } = await stat(s.historyFolder)
    assert.equal(mode & 0o777, 0o700)
  })
  it('goes on with what polls find, and asks Monzo for nothing more', async (t) => {
    const s = await keepHistory(t)
    await s.connect()
    await s.isRead()
    const before = (await s.valueOf('monzo_history_transactions', s.account)) ?? 0
    s.newCalls()
    s.sandbox.bank.addTransaction(s.account, { amountMinor: -1234 })
    await s.clock.advance(POLL_MS)
    await eventually(async () =>
      assert.equal(await s.valueOf('monzo_history_transactions', s.account), before + 1),
    )
    const accounts = (await s.accounts()).length
    assert.deepEqual(s.newCalls(), {
      ...{ 'GET /balance': accounts, 'GET /pots': accounts, 'GET /transactions': accounts },
    })
    await s.isInBooks(s.account)
  })
  it('is there again after a restart, without being read in again', async (t) => {
    const s = await keepHistory(t)
    await s.connect()
    await s.isRead()
    const before = await s.shown(s.account)
    await s.stop()
    s.newCalls()
    await s.start()
    await s.clock.advance(2 * POLL_MS)
    const pastOf = (series: typeof before) =>
      series.filter(({ name }) => /past_month|month_end|history/.test(name))
    await eventually(async () => assert.deepEqual(pastOf(await s.shown(s.account)), pastOf(before)))
    assert.equal(s.said(/Reading history, oldest first/).length, 1)
  })
})
