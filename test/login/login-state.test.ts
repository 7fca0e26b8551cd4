import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  type LoginEvent,
  type LoginState,
  nextLoginState,
  paceOf,
  restoredState,
} from '../../src/login/login-state.ts'

const MINUTE_MS = 60_000
const APPROVAL_MS = 60 * MINUTE_MS
const unauthorized: LoginState = { state: 'unauthorized' }
const awaiting: LoginState = { state: 'awaiting_approval', sinceMs: 0 }
const connected: LoginState = { state: 'connected' }
const refreshRefused: LoginState = { state: 'reauthorization_required', reason: 'refresh_refused' }
const accessForbidden: LoginState = {
  state: 'reauthorization_required',
  reason: 'accounts_forbidden',
}
const forbidden = (minute: number): LoginEvent => ({
  type: 'accounts_forbidden',
  atMs: minute * MINUTE_MS,
})

const cases: [from: LoginState, events: LoginEvent[], to: LoginState['state']][] = [
  [unauthorized, [{ type: 'code_exchanged', atMs: 1 }], 'awaiting_approval'],
  [unauthorized, [{ type: 'accounts_read' }], 'unauthorized'],
  [unauthorized, [{ type: 'refresh_refused' }], 'unauthorized'],
  [awaiting, [{ type: 'accounts_read' }], 'connected'],
  [awaiting, [forbidden(59)], 'awaiting_approval'],
  [awaiting, [forbidden(60)], 'unauthorized'],
  [connected, [{ type: 'refresh_refused' }], 'reauthorization_required'],
  [connected, [forbidden(0), forbidden(1), forbidden(2)], 'connected'],
  [connected, [forbidden(0), forbidden(6)], 'connected'],
  [connected, [forbidden(0), forbidden(3), forbidden(5)], 'reauthorization_required'],
  [connected, [forbidden(0), forbidden(3), { type: 'accounts_read' }, forbidden(5)], 'connected'],
  [connected, [forbidden(0), forbidden(3), { type: 'tokens_replaced' }, forbidden(5)], 'connected'],
  [accessForbidden, [{ type: 'accounts_read' }], 'connected'],
  [refreshRefused, [{ type: 'accounts_read' }], 'reauthorization_required'],
  [refreshRefused, [{ type: 'code_exchanged', atMs: 1 }], 'awaiting_approval'],
  [refreshRefused, [{ type: 'tokens_replaced' }], 'connected'],
  [accessForbidden, [{ type: 'tokens_replaced' }], 'connected'],
  [awaiting, [{ type: 'tokens_replaced' }], 'awaiting_approval'],
]
for (const [from, events, to] of cases) {
  const title = events.map((event) =>
    'atMs' in event ? `${event.type} at ${event.atMs / MINUTE_MS} min` : event.type,
  )
  it(`${from.state} + ${title.join(', ')} -> ${to}`, () =>
    assert.equal(events.reduce(nextLoginState, from).state, to))
}

const DAY_MS = 24 * 60 * MINUTE_MS
/** Events in the order of their times, as they happen. */
const life = fc
  .array(
    fc.tuple(
      fc.constantFrom<LoginEvent['type']>(
        'code_exchanged',
        'accounts_read',
        'accounts_forbidden',
        'refresh_refused',
        'tokens_replaced',
      ),
      fc.nat(10 * MINUTE_MS),
    ),
    { maxLength: 60 },
  )
  .map((steps) => {
    let atMs = 0
    return steps.map(([type, laterMs]): LoginEvent => {
      atMs += laterMs
      return { type, atMs }
    })
  })
const after = (events: readonly LoginEvent[]) => events.reduce(nextLoginState, unauthorized)

it('ends a login for the two reasons there are, whatever happens', () => {
  fc.assert(
    fc.property(life, (events) => {
      events.reduce<LoginState>((before, event) => {
        const now = nextLoginState(before, event)
        if (now.state === 'reauthorization_required' && before.state !== now.state)
          assert.ok(event.type === 'refresh_refused' || event.type === 'accounts_forbidden')
        if (now.state === 'unauthorized' && before.state !== now.state)
          assert.equal(event.type, 'accounts_forbidden')
        if (before.state === 'connected' && event.type === 'accounts_read')
          assert.equal(now.state, 'connected')
        return now
      }, unauthorized)
    }),
  )
})
it('never takes fewer than three 403s, or less than five minutes of them, for a lapse', () => {
  fc.assert(
    fc.property(life, (events) => {
      let sinceMs: number | undefined
      let count = 0
      events.reduce<LoginState>((before, event) => {
        const now = nextLoginState(before, event)
        if (event.type !== 'accounts_forbidden' || before.state !== 'connected') count = 0
        else {
          if (count++ === 0) sinceMs = event.atMs
          const isLong = count >= 3 && event.atMs - (sinceMs ?? 0) >= 5 * MINUTE_MS
          assert.equal(now.state === 'reauthorization_required', isLong)
        }
        return now
      }, unauthorized)
    }),
  )
})
it('is always mended by a person: a new login, or other tokens', () => {
  fc.assert(
    fc.property(life, (events) => {
      const anew = nextLoginState(after(events), { type: 'code_exchanged', atMs: 0 })
      assert.equal(nextLoginState(anew, { type: 'accounts_read' }).state, 'connected')
      assert.notEqual(
        nextLoginState(after(events), { type: 'tokens_replaced' }).state,
        'reauthorization_required',
      )
    }),
  )
})
it('leaves Monzo alone just while nobody can mend it but a person', () => {
  fc.assert(
    fc.property(life, (events) => {
      const login = after(events)
      const isOver = login.state === 'reauthorization_required'
      const paces = isOver && login.reason === 'accounts_forbidden' ? ['rarely'] : ['never']
      const isIdle = isOver || login.state === 'unauthorized'
      assert.ok((isIdle ? paces : ['often']).includes(paceOf(login)))
    }),
  )
})
it('waits for approval after a restart for what is left of the hour, on any clock', () => {
  fc.assert(
    fc.property(fc.integer({ min: -DAY_MS, max: DAY_MS }), fc.nat(), (ageMs, elapsedMs) => {
      const login = restoredState(1e12 - ageMs, { wallMs: 1e12, elapsedMs })
      if (ageMs >= APPROVAL_MS) return assert.deepEqual(login, connected)
      const sinceMs = elapsedMs - Math.max(0, ageMs)
      assert.deepEqual(login, { state: 'awaiting_approval', sinceMs })
    }),
  )
  assert.deepEqual(restoredState(undefined, { wallMs: 0, elapsedMs: 0 }), connected)
})
