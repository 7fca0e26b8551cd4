import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setUp } from './harness.ts'
import { MINUTE_MS, POLL_MS, setUpQuiet } from './quiet-account.ts'

it('calls /transactions at most twice per poll on average over an hour, and Monzo thrice per quiet poll', async (t) => {
  const s = await setUpQuiet(t)
  const { stop } = s
  await stop()
  const { stop: stopOne } = await s.start({ account_id: s.account })
  await s.clock.advance(POLL_MS)
  s.newCalls()
  await s.poll()
  const quiet = s.newCalls()
  assert.deepEqual(quiet, { 'GET /balance': 1, 'GET /pots': 1, 'GET /transactions': 1 })
  for (let minute = 0; minute < 60; minute++) {
    s.pay(-100 - minute, { isSettled: false })
    await s.clock.advance(MINUTE_MS)
  }
  const { 'GET /balance': polls = 0, 'GET /transactions': calls = 0 } = s.newCalls()
  assert.ok(polls >= 239, `${polls} polls`)
  assert.ok(calls <= 2 * polls, `${calls} calls in ${polls} polls`)
  await stopOne()
})

it('shows a balance before a month of 10,000 transactions is read, and goes on polling beside that', async (t) => {
  const { sandbox, clock, logIn, matches, value, newCalls, account } = await setUp(t)
  const createdMs = Date.parse('2026-11-05T12:00:00Z')
  for (let n = 0; n < 10_000; n++)
    sandbox.bank.addTransaction(account, {
      amountMinor: -1,
      category: 'gifts',
      createdMs: createdMs + n,
    })
  await logIn()
  sandbox.approve()
  await clock.advance(16_000)
  await matches(new RegExp(`^monzo_balance\\{account_id="${account}"`, 'm'))
  await matches(/^monzo_up 1$/m)
  const gifts = `monzo_category_spent_month{account_id="${account}",currency="GBP",category="gifts"}`
  assert.equal(await value(gifts), undefined)
  newCalls()
  await clock.advance(60_000)
  assert.ok((newCalls()['GET /balance'] ?? 0) >= 4 * 3, 'balances are read beside it')
  await clock.advance(400_000)
  assert.ok(((await value(gifts)) ?? 0) >= 100)
})
