import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'

/** A task that ends when it is told to, or with its limit. */
function setup(t: TestContext, signal?: AbortSignal) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let end: (result: string) => void = () => assert.fail()
  let fail: (reason: unknown) => void = () => assert.fail()
  const task = new Promise<string>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  let limit = AbortSignal.abort()
  const result = systemClock.within(
    10_000,
    (given) => {
      limit = given
      given.addEventListener('abort', () => fail(given.reason))
      return task
    },
    signal,
  )
  result.catch(() => undefined)
  return { result, end, limit: () => limit, tick: (ms: number) => t.mock.timers.tick(ms) }
}

describe('A time limit', () => {
  it('ends a task with a TimeoutError, and not before', async (t) => {
    const { result, limit, tick } = setup(t)
    tick(9999)
    assert.equal(limit().aborted, false)
    tick(1)
    await assert.rejects(result, { name: 'TimeoutError' })
  })
  it('leaves nothing behind when the task is over: no timer that wakes an idle process, no listener', async (t) => {
    const { signal } = new AbortController()
    const { result, limit, end, tick } = setup(t, signal)
    end('done')
    assert.equal(await result, 'done')
    tick(20_000)
    assert.equal(limit().aborted, false)
    assert.deepEqual(getEventListeners(signal, 'abort'), [])
  })
  it('ends it for the reason of the signal, if that comes first', async (t) => {
    const outer = new AbortController()
    const { result } = setup(t, outer.signal)
    outer.abort(new Error('stopping'))
    await assert.rejects(result, /stopping/)
  })
  it('begins with the signal aborted where that was so already', async () => {
    const signal = AbortSignal.abort(new Error('stopping'))
    const task = async (limit: AbortSignal) => limit.throwIfAborted()
    await assert.rejects(systemClock.within(10_000, task, signal), /stopping/)
  })
})
