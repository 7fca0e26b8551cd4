import assert from 'node:assert/strict'
import { it } from 'node:test'
import { whyNotReady } from '../../src/readings/readiness.ts'
import type { AccountReading, LoginReading, Snapshot } from '../../src/readings/snapshot.ts'

const withLogins = (...states: LoginReading['state'][]): Snapshot => ({
  isUp: false,
  logins: states.map((state) => ({ state, isUp: false })),
  accounts: [],
  pasts: [],
  validForMs: Number.POSITIVE_INFINITY,
})

const cases: readonly (readonly [Snapshot, string])[] = [
  [withLogins(), 'nobody is logged in'],
  [withLogins('unauthorized'), 'nobody is logged in'],
  [withLogins('awaiting_approval'), 'access has to be approved in the Monzo app'],
  [withLogins('reauthorization_required'), 'somebody has to log in again'],
  [
    withLogins('reauthorization_required', 'connected'),
    'the last polls failed, or the first has not ended yet',
  ],
]
for (const [snapshot, why] of cases)
  it(`says of ${snapshot.logins.map(({ state }) => state).join(' and ') || 'no login'}: ${why}`, () =>
    assert.equal(whyNotReady(snapshot), `no fresh balance is exported: ${why}`))

it('has nothing to say when a balance is exported', () => {
  const account: AccountReading = {
    ...{ accountId: 'acc_1', currency: 'GBP', accountType: 'uk_retail' },
    readAt: { wallMs: 0, elapsedMs: 0 },
    balanceMinor: 0,
  }
  assert.equal(whyNotReady({ ...withLogins(), accounts: [account] }), undefined)
})
