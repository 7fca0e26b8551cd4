import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import { callbackRefusal, createLoginFlow } from '../../src/login/login-flow.ts'
import { FakeClock } from '../fakes/clock.ts'

const MINUTE_MS = 60_000

function setup(options: { exchange?: () => Promise<void> } = {}) {
  const clock = new FakeClock()
  const exchanged: string[] = []
  let texts = 0
  const flow = createLoginFlow({
    clock,
    randomText: () => `random-${++texts}`,
    oauth: {
      authorizeUrl: (state) => new URL(`https://auth.monzo.test/?state=${state}`),
      async exchangeCode(code) {
        exchanged.push(code)
        await options.exchange?.()
        return { accessToken: 'a', refreshToken: 'r' }
      },
    },
    accept: async () => ({ id: 'login-1', state: 'awaiting_approval' }),
  })
  const begin = (binding?: string) => {
    const begun = flow.begin(binding)
    return { ...begun, state: begun.authorizeUrl.searchParams.get('state') ?? '' }
  }
  const finish = (query: { code: string; state: string }) => flow.finish(query.code, query.state)
  return { clock, flow, begin, finish, exchanged }
}

it('takes every login from begun, over used up, to finished', async () => {
  const { flow, begin, finish, exchanged } = setup()
  const { state, binding } = begin()
  assert.equal(flow.standing(state, binding), 'same_browser')
  assert.equal(flow.standing(state, undefined), 'other_browser')
  assert.equal(flow.standing(state, 'guess'), 'other_browser')
  assert.equal((await finish({ state, code: 'code-1' })).id, 'login-1')
  assert.equal(flow.standing(state, binding), 'finished')
  await assert.rejects(finish({ state, code: 'code-1' }), { code: 'LOGIN_STATE_USED' })
  assert.deepEqual(exchanged, ['code-1'])
})
it('knows no state that it did not make, and none for more than ten minutes', async () => {
  const { clock, flow, begin, finish } = setup()
  const { state, binding } = begin()
  assert.equal(flow.standing('forged', binding), 'unknown')
  await assert.rejects(finish({ state: 'forged', code: 'c' }), { code: 'LOGIN_STATE_UNKNOWN' })
  await clock.sleep(10 * MINUTE_MS)
  assert.equal(flow.standing(state, binding), 'same_browser')
  await clock.sleep(1)
  assert.equal(flow.standing(state, binding), 'unknown')
  await assert.rejects(finish({ state, code: 'c' }), {
    code: 'LOGIN_STATE_UNKNOWN',
    message: 'It was not started here, or more than ten minutes ago',
  })
})
it('sends a code once, even when two ask at the same time', async () => {
  const { begin, finish, exchanged } = setup()
  const { state } = begin()
  const results = await Promise.allSettled([
    finish({ state, code: 'c' }),
    finish({ state, code: 'c' }),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.deepEqual(exchanged, ['c'])
})
it('uses up the state with a code that Monzo refuses', async () => {
  const refused = new AppError('CODE_REFUSED', 'refused', { hint: 'Again.' })
  const { flow, begin, finish } = setup({ exchange: () => Promise.reject(refused) })
  const { state, binding } = begin()
  await assert.rejects(finish({ state, code: 'c' }), refused)
  assert.equal(flow.standing(state, binding), 'used')
})
it('keeps the state of a login that was denied, or comes back without a code', () => {
  const { flow, begin, exchanged } = setup()
  const { state, binding } = begin()
  const refusal = (query: Record<string, string>) =>
    callbackRefusal(flow.standing(state, binding), new URLSearchParams(query))?.code
  assert.equal(refusal({ state, error: 'access_denied' }), 'LOGIN_DENIED')
  assert.equal(refusal({ state }), 'CODE_REFUSED')
  assert.equal(refusal({ state, code: 'c' }), undefined)
  assert.equal(flow.standing(state, binding), 'same_browser')
  assert.deepEqual(exchanged, [])
})
it('binds a second tab to the same browser, and gives a stranger a binding of their own', () => {
  const { begin } = setup()
  const first = begin()
  assert.equal(begin(first.binding).binding, first.binding)
  assert.notEqual(begin('made-up').binding, 'made-up')
  assert.notEqual(begin(first.binding).state, first.state)
})
it('remembers at most 100 logins, and forgets the oldest first', () => {
  const { flow, begin } = setup()
  const begun = Array.from({ length: 101 }, () => begin())
  const standing = begun.map(({ state, binding }) => flow.standing(state, binding))
  assert.equal(standing[0], 'unknown')
  assert.deepEqual(new Set(standing.slice(1)), new Set(['same_browser']))
})
