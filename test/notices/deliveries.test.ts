import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { createDeliveries } from '../../src/notices/deliveries.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'

function setup(t: TestContext) {
  const clock = new DrivenClock()
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const wakes: string[] = []
  let delivered = 0
  const login = (id: string, ...accountIds: string[]) => ({
    ...{ id, accountIds, isConnected: true, isShort: false },
    isShortOfCalls: () => logins.some((other) => other.id === id && other.isShort),
  })
  const logins = [login('sam', 'acc_1', 'acc_joint'), login('robin', 'acc_2', 'acc_joint')]
  const deliver = createDeliveries({
    clock,
    secretOf: (accountId) => `secret of ${accountId}`,
    logins: () => logins,
    wake: (id) => wakes.push(`${id} ${clock.elapsed() / 1000}`),
    onDelivery: () => delivered++,
    stopping: stopping.signal,
  })
  const [sam, robin] = logins as [(typeof logins)[0], (typeof logins)[0]]
  return { clock, deliver, wakes, sam, robin, stopping, delivered: () => delivered }
}

it('wakes the login of the account at once, and nobody else', (t) => {
  const { deliver, wakes, delivered } = setup(t)
  assert.equal(deliver('secret of acc_2'), true)
  assert.deepEqual(wakes, ['robin 0'])
  assert.equal(delivered(), 1)
})
it('knows no other secret, and counts nothing for it', (t) => {
  const { deliver, wakes, delivered } = setup(t)
  for (const secret of ['', 'secret', 'secret of acc_3', 'SECRET OF ACC_1'])
    assert.equal(deliver(secret), false)
  assert.deepEqual([wakes, delivered()], [[], 0])
})
it('wakes every two seconds at most, and once more after the last of a burst', async (t) => {
  const { clock, deliver, wakes, delivered } = setup(t)
  for (let n = 0; n < 1000; n++) {
    deliver(n % 2 ? 'secret of acc_1' : 'secret of acc_joint')
    await clock.advance(5)
  }
  await clock.advance(60_000)
  assert.deepEqual(wakes, ['sam 0', 'sam 2', 'sam 4', 'sam 6'])
  assert.equal(delivered(), 1000)
})
it('wakes at once again when all was quiet for two seconds', async (t) => {
  const { clock, deliver, wakes } = setup(t)
  deliver('secret of acc_1')
  await clock.advance(2000)
  deliver('secret of acc_1')
  assert.deepEqual(wakes, ['sam 0', 'sam 2'])
})
it('wakes every fifteen seconds only while a minute’s calls run short', async (t) => {
  const { clock, deliver, wakes, sam } = setup(t)
  sam.isShort = true
  for (let second = 0; second < 31; second++) {
    deliver('secret of acc_1')
    await clock.advance(1000)
  }
  assert.deepEqual(wakes, ['sam 0', 'sam 15', 'sam 30'])
})
it('wakes the other owner of a joint account when the first is not connected', (t) => {
  const { deliver, wakes, sam, robin } = setup(t)
  sam.isConnected = false
  deliver('secret of acc_joint')
  robin.isConnected = false
  assert.equal(deliver('secret of acc_joint'), true)
  assert.deepEqual(wakes, ['robin 0'])
})
it('leaves nothing waiting at a shutdown', async (t) => {
  const { clock, deliver, wakes, stopping } = setup(t)
  deliver('secret of acc_1')
  deliver('secret of acc_1')
  assert.equal(clock.waiting, 1)
  stopping.abort()
  await clock.advance(5000)
  assert.equal(clock.waiting, 0)
  assert.equal(wakes.length, 1)
})
