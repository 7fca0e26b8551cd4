import assert from 'node:assert/strict'
import { it } from 'node:test'
import { METRICS, SNAPSHOT_GAUGES } from '../../src/metrics/table.ts'
import { EMPTY, FULL, LOGIN } from './readings.ts'

const samplesOf = (name: string) => {
  const gauge = SNAPSHOT_GAUGES.find((metric) => metric.name === name)
  assert.ok(gauge, `no gauge ${name}`)
  return gauge.samples
}

for (const { name, help } of METRICS) {
  it(`explains ${name} in a sentence that needs no escaping`, () =>
    assert.match(help, /^[A-Z1][^"\\\n]+\.$/))
}
for (const { name, labels, samples } of SNAPSHOT_GAUGES) {
  it(`gives ${name} no other labels than its row says`, () => {
    const used = new Set(samples(FULL).flatMap((sample) => Object.keys(sample.labels)))
    assert.deepEqual([...used], labels)
  })
}

it('says 0, not -0, on a day without spending', () => {
  const [, idle] = samplesOf('monzo_spent_today')(FULL)
  assert.ok(Object.is(idle?.value, 0))
})
it('leaves out the owner of an account whose reply did not tell', () => {
  assert.deepEqual(samplesOf('monzo_account_info')(FULL)[1]?.labels, {
    account_id: 'acc_2',
    account_type: 'uk_retail',
  })
})
it('says of every state whether a login is in it', () => {
  const logins = [{ ...LOGIN, state: 'reauthorization_required' as const, isUp: false }]
  assert.deepEqual(samplesOf('monzo_login_state')({ ...EMPTY, logins }), [
    { labels: { user_id: 'user_1', state: 'unauthorized' }, value: 0 },
    { labels: { user_id: 'user_1', state: 'awaiting_approval' }, value: 0 },
    { labels: { user_id: 'user_1', state: 'connected' }, value: 0 },
    { labels: { user_id: 'user_1', state: 'reauthorization_required' }, value: 1 },
  ])
})
it('is unauthorized without a login', () => {
  assert.deepEqual(samplesOf('monzo_login_state')(EMPTY), [
    { labels: { state: 'unauthorized' }, value: 1 },
    { labels: { state: 'awaiting_approval' }, value: 0 },
    { labels: { state: 'connected' }, value: 0 },
    { labels: { state: 'reauthorization_required' }, value: 0 },
  ])
})
it('says nothing but the state of a login whose user is not known yet', () => {
  const [login] = FULL.logins
  const snapshot = { ...EMPTY, logins: [{ ...login, userId: undefined, ...stateOnly }] }
  const named = SNAPSHOT_GAUGES.filter((metric) => metric.samples(snapshot).length > 0)
  assert.deepEqual(
    named.map(({ name }) => name),
    ['monzo_up', 'monzo_login_state'],
  )
  assert.deepEqual(
    samplesOf('monzo_login_state')(snapshot).find(({ value }) => value === 1)?.labels,
    { state: 'connected' },
  )
})
const stateOnly = { state: 'connected', isUp: true } as const
