import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { eventually } from './harness.ts'
import { keepHistory } from './keep-history.ts'

const DAY_MS = 86_400_000
const POLL_MS = 15_000
const waitingSchema = z.strictObject({ state: z.string(), progress: z.optional(z.string()) })

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

it('reads 20,000 transactions within the five minutes at 150 ms a reply, and balances all the while', async (t) => {
  const s = await keepHistory(t, {
    through: (fetch, clock) => async (input, init) => {
      await clock.sleep(150)
      return fetch(input, init)
    },
  })
  const sam = s.sandbox.bank.findPerson('sam@example.com') ?? assert.fail('no Sam')
  const { id } = s.sandbox.bank.addAccount({
    ...{ ownerIds: [sam.id], type: 'uk_retail', label: 'busy', balanceMinor: 123_456 },
    ...{ transactions: 20_000, createdMs: s.clock.now() - 1800 * DAY_MS },
  })
  const landing = s.logIn()
  const { text } = await s.clock.until(landing)
  const [waitingPath = ''] = /\/login\/[\w-]+/.exec(text) ?? []
  s.sandbox.approve()
  const seen: string[] = []
  for (let passed = 0; passed < 60 && s.said(/Read history in/).length === 0; passed++) {
    await s.clock.advance(5000)
    const { state, progress } = waitingSchema.parse(await (await s.get(waitingPath)).json())
    if (progress) seen.push(progress)
    if (passed < 4) continue
    assert.equal(state, 'connected')
    await s.shows('monzo_up', 1)
  }
  const [line = ''] = s.said(/Read history in/)
  const [, seconds] = /Read history in (\d+) s: 2\d{4} transactions/.exec(line) ?? []
  assert.ok(Number(seconds) < 300, line)
  t.diagnostic(line)
  assert.ok(seen.length > 3)
  for (const one of seen)
    assert.match(one, /^Reading your history(: 20\d\d, \d{1,2},?\d{0,3} transactions)?$/)
  await s.clock.advance(4 * POLL_MS)
  assert.equal(await s.valueOf('monzo_history_unexplained', id), 0)
  await s.isInBooks(id)
  await s.areMonthsInBooks(id)
})
