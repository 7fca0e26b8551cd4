import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually } from './harness.ts'
import { keepHistory } from './keep-history.ts'

const POLL_MS = 15_000

describe('History', () => {
  it('is one of a joint account, which two logins see', async (t) => {
    const s = await keepHistory(t)
    await s.connect()
    const ofSam = await s.accounts()
    await s.connect('robin@example.com')
    await s.clock.advance(4 * POLL_MS)
    await eventually(() => assert.equal(s.said(/Read history in/).length, 2))
    const kept = (await s.ledgers()).map(({ accountId }) => accountId)
    assert.ok(kept.length > ofSam.length)
    assert.deepEqual(kept.toSorted(), (await s.accounts()).toSorted())
    for (const id of kept) {
      await s.isInBooks(id)
      assert.ok((await s.areMonthsInBooks(id)) > 0)
      const lines = (await s.fileOf(id)).match(/^.*"tx_.*$/gm) ?? []
      assert.ok(lines.length > 10)
      assert.equal(new Set(lines).size, lines.length, 'nothing is kept twice')
    }
  })
  it('follows what Monzo changes afterwards, once a day', async (t) => {
    const s = await keepHistory(t)
    await s.connect()
    await s.isRead()
    await s.scenario('recategorized')
    await s.leap(1.5)
    await s.clock.advance(4 * POLL_MS)
    await s.isInBooks(s.account)
  })
})
