import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Hint } from '../../src/login/accounts-reader.ts'
import { createGate } from '../../src/monzo/gate.ts'
import { createDeliveries } from '../../src/notices/deliveries.ts'
import type { LoginStateName } from '../../src/readings/login-state-name.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'

const never = new AbortController().signal

function setup(t: TestContext) {
  const clock = new DrivenClock()
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const wakes: string[] = []
  let delivered = 0
  const session = (id: string, ...accountIds: string[]) => ({
    state: { state: 'connected' as LoginStateName },
    isCandidate: false,
    accounts: accountIds.map((accountId) => ({ accountId })),
    gate: createGate(clock),
    reread({ accountId, isThrifty }: Hint) {
      wakes.push(`${id} ${accountId} ${clock.elapsed() / 1000}${isThrifty ? ' thrifty' : ''}`)
    },
  })
  const sessions = [session('sam', 'acc_1', 'acc_joint'), session('robin', 'acc_2', 'acc_joint')]
  const deliver = createDeliveries({
    clock,
    secretOf: (accountId) => `secret of ${accountId}`,
    sessions: () => sessions,
    onDelivery: () => delivered++,
    stopping: stopping.signal,
  })
  const [sam, robin] = sessions as [(typeof sessions)[0], (typeof sessions)[0]]
  return { clock, deliver, wakes, sam, robin, stopping, delivered: () => delivered }
}

it('has the account read at once, and no other', (t) => {
  const { deliver, wakes, delivered } = setup(t)
  assert.equal(deliver('secret of acc_2'), true)
  assert.deepEqual(wakes, ['robin acc_2 0'])
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
    deliver('secret of acc_1')
    await clock.advance(5)
  }
  await clock.advance(60_000)
  assert.deepEqual(
    wakes,
    [0, 2, 4, 6].map((s) => `sam acc_1 ${s}`),
  )
  assert.equal(delivered(), 1000)
})
it('wakes at once again when all was quiet for two seconds', async (t) => {
  const { clock, deliver, wakes } = setup(t)
  deliver('secret of acc_1')
  await clock.advance(2000)
  deliver('secret of acc_1')
  assert.deepEqual(wakes, ['sam acc_1 0', 'sam acc_1 2'])
})
it('has one account read at once though another was a moment ago', async (t) => {
  const { clock, deliver, wakes } = setup(t)
  deliver('secret of acc_1')
  await clock.advance(10)
  deliver('secret of acc_joint')
  assert.deepEqual(wakes, ['sam acc_1 0', 'sam acc_joint 0.01'])
})
it('reads on at once while scheduled polls take most of a minute’s calls, but thriftily', async (t) => {
  const { clock, deliver, wakes, sam } = setup(t)
  for (let call = 0; call < 58; call++) await sam.gate.pass(never)
  deliver('secret of acc_1')
  await clock.advance(5000)
  deliver('secret of acc_1')
  assert.deepEqual(wakes, ['sam acc_1 0 thrifty', 'sam acc_1 5 thrifty'])
})
it('waits while all of a minute’s calls are taken, and while Monzo wants a pause', async (t) => {
  const { clock, deliver, wakes, sam, robin } = setup(t)
  await sam.gate.pass(never)
  await clock.advance(1000)
  for (let call = 0; call < 58; call++) await sam.gate.pass(never)
  deliver('secret of acc_1')
  await clock.advance(59_000)
  assert.deepEqual(wakes, [])
  await clock.advance(1000)
  assert.deepEqual(wakes, ['sam acc_1 61 thrifty'])
  robin.gate.pauseFor(7000)
  deliver('secret of acc_2')
  await clock.advance(10_000)
  assert.equal(wakes[1], 'robin acc_2 68')
})
it('wakes the other owner of a joint account when the first is not connected', (t) => {
  const { deliver, wakes, sam, robin } = setup(t)
  sam.state.state = 'reauthorization_required'
  deliver('secret of acc_joint')
  robin.state.state = 'reauthorization_required'
  assert.equal(deliver('secret of acc_joint'), true)
  assert.deepEqual(wakes, ['robin acc_joint 0'])
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
