import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createCallLimit, type TakeSlot } from '../../src/monzo/call-limit.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'

const never = new AbortController().signal

function setup(most: number, mostPerLogin = most) {
  const clock = new DrivenClock()
  const limit = createCallLimit(clock, { most, mostPerLogin })
  const beganAtMs: Record<string, number> = {}
  let underWay = 0
  let mostSeen = 0
  /** A call of this name that takes so long. */
  const call = async (take: TakeSlot, name: string, tookMs: number, signal = never) => {
    const giveBack = await take(signal)
    beganAtMs[name] = clock.elapsed()
    mostSeen = Math.max(mostSeen, ++underWay)
    await clock.sleep(tookMs)
    underWay--
    giveBack()
    return name
  }
  return { clock, limit, call, beganAtMs, mostSeen: () => mostSeen }
}

it('makes so many calls at once and no more, first come, first served', async () => {
  const { clock, limit, call, beganAtMs, mostSeen } = setup(2)
  const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => call(limit.take, name, 100))
  await clock.advance(300)
  assert.deepEqual(beganAtMs, { a: 0, b: 0, c: 100, d: 100, e: 200 })
  assert.deepEqual(await Promise.all(calls), ['a', 'b', 'c', 'd', 'e'])
  assert.equal(mostSeen(), 2)
})
it('leaves one login no more than its share', async () => {
  const { clock, limit, call, beganAtMs } = setup(3, 2)
  const greedy = limit.share()
  const modest = limit.share()
  const calls = ['a', 'b', 'c', 'd'].map((name) => call(greedy, name, 1000))
  calls.push(call(modest, 'other', 1000))
  await clock.advance(2000)
  assert.deepEqual(beganAtMs, { a: 0, b: 0, other: 0, c: 1000, d: 1000 })
  await Promise.all(calls)
})
it('lets nobody wait for calls that hang: their places are taken after two seconds', async () => {
  const { clock, limit, call, beganAtMs } = setup(2)
  const hanging = ['a', 'b', 'c'].map((name) => call(limit.take, name, 30_000))
  const quick = [call(limit.take, 'd', 10), call(limit.take, 'e', 10)]
  await clock.advance(5000)
  assert.deepEqual(beganAtMs, { a: 0, b: 0, c: 2000, d: 2000, e: 2010 })
  await clock.advance(60_000)
  await Promise.all([...hanging, ...quick])
  const after = ['f', 'g', 'h'].map((name) => call(limit.take, name, 10))
  await clock.advance(20)
  assert.deepEqual(await Promise.all(after), ['f', 'g', 'h'])
  const began: Record<string, number> = beganAtMs
  assert.deepEqual([began['g'], began['h']], [65_000, 65_010], 'and counts no place twice')
})
it('gives back its own share when nobody gets a slot of all in time', async () => {
  const { limit } = setup(1)
  const giveBack = await limit.take(never)
  const share = limit.share()
  const giving = new AbortController()
  const waiting = share(giving.signal)
  giving.abort(new Error('stopping'))
  await assert.rejects(waiting, /stopping/)
  giveBack()
  const giveBackShare = await share(never)
  giveBackShare()
  await limit.take(never)
})
it('forgets who gives up waiting', async () => {
  const { clock, limit, call, beganAtMs } = setup(1)
  const giving = new AbortController()
  const first = call(limit.take, 'a', 100)
  const second = call(limit.take, 'b', 100, giving.signal)
  const third = call(limit.take, 'c', 100)
  giving.abort(new Error('stopping'))
  await assert.rejects(second, /stopping/)
  await assert.rejects(call(limit.take, 'd', 100, giving.signal), /stopping/)
  await clock.advance(200)
  await Promise.all([first, third])
  assert.deepEqual(beganAtMs, { a: 0, c: 100 })
  assert.equal(clock.waiting, 1, 'a look at slow calls, which ends by itself')
  await clock.advance(2000)
  assert.equal(clock.waiting, 0)
})
