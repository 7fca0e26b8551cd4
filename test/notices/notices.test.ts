import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Hint } from '../../src/login/accounts-reader.ts'
import type { WakeableSession } from '../../src/notices/deliveries.ts'
import { createNotices, type NoticesDeps } from '../../src/notices/notices.ts'
import { createWebhookUrls } from '../../src/notices/webhook-urls.ts'
import type { LoginStateName } from '../../src/readings/login-state-name.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { createFakeLog } from '../fakes/log.ts'

const HOUR_MS = 3_600_000
const publicUrl = new URL('https://me.example.org')

function setup(t: TestContext, changes: Partial<NoticesDeps> = {}) {
  const clock = new DrivenClock()
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const seen: string[] = []
  const sessions: WakeableSession[] = []
  const notices = createNotices({
    ...{ clock, log: createFakeLog(), publicUrl, clientSecret: 'mnzconf.secret' },
    ...{ withWebhooks: true, withReminder: () => true, stopping: stopping.signal },
    sessions: () => sessions,
    onDelivery: () => seen.push('delivery'),
    ...changes,
  })
  const add = (
    id: string,
    accountId: string,
    more: { state?: LoginStateName; isCandidate?: boolean } = {},
  ) => {
    const session = {
      isCandidate: more.isCandidate ?? false,
      state: { state: more.state ?? 'connected' },
      gate: { isShort: () => false, msUntilRoom: () => 0 },
      authorizationExpiresAtMs: clock.now() + HOUR_MS,
      firstTokensAtMs: undefined,
      accounts: [{ accountId, accountType: 'uk_retail' }],
      reread: ({ accountId: account }: Hint) => void seen.push(`wake ${id} ${account}`),
      client: {
        async listWebhooks(account: string) {
          seen.push(`${id} lists ${account}`)
          return []
        },
        readAccounts: async () => [],
        registerWebhook: async (account: string) => void seen.push(`${id} registers ${account}`),
        deleteWebhook: async () => {},
        postFeedItem: async (account: string) => void seen.push(`${id} reminds ${account}`),
      },
    }
    sessions.push(session)
    return session
  }
  const polled = async (session: ReturnType<typeof add>) => {
    notices.polled(session)
    await notices.settled()
    return seen.splice(0).sort()
  }
  const secretOf = createWebhookUrls(publicUrl, 'mnzconf.secret').secretOf
  return { clock, notices, add, polled, secretOf, seen }
}

it('keeps webhooks and reminds after a poll of a connected login', async (t) => {
  const { add, polled } = setup(t)
  const sam = add('sam', 'acc_1')
  assert.deepEqual(await polled(sam), [
    ...['sam lists acc_1', 'sam registers acc_1', 'sam reminds acc_1'],
  ])
  assert.deepEqual(await polled(sam), [])
})
for (const [what, more] of [
  ['is not connected any more', { state: 'reauthorization_required' }],
  ['is a candidate', { isCandidate: true }],
] as const)
  it(`calls nobody for a login that ${what}`, async (t) => {
    const { add, polled } = setup(t)
    assert.deepEqual(await polled(add('sam', 'acc_1', more)), [])
  })
it('looks at an account again when another login has taken over', async (t) => {
  const { add, polled, notices } = setup(t, { withReminder: () => false })
  const old = add('old', 'acc_1')
  await polled(old)
  notices.removed(old)
  const other = add('new', 'acc_1')
  assert.deepEqual(await polled(other), ['new lists acc_1', 'new registers acc_1'])
})
it('wakes the connected login of an account that two of them read', (t) => {
  const { add, notices, secretOf, seen } = setup(t)
  add('sam', 'acc_joint', { state: 'reauthorization_required' })
  add('robin', 'acc_joint')
  assert.equal(notices.deliver?.(secretOf('acc_joint')), true)
  assert.deepEqual(seen, ['delivery', 'wake robin acc_joint'])
})
it('tells whether webhooks are on, and when the last delivery of one came', async (t) => {
  const { add, notices, secretOf, clock } = setup(t)
  add('sam', 'acc_1')
  assert.deepEqual(notices.webhooks, { isFailing: false, lastDeliveryAtMs: undefined })
  await clock.advance(1000)
  notices.deliver?.('somebody else’s')
  assert.equal(notices.webhooks?.lastDeliveryAtMs, undefined)
  notices.deliver?.(secretOf('acc_1'))
  assert.equal(notices.webhooks?.lastDeliveryAtMs, clock.now())
  assert.equal(setup(t, { withWebhooks: false }).notices.webhooks, undefined)
})
it('takes no delivery for a candidate, nor for accounts that were not read', (t) => {
  const { add, notices, secretOf, seen } = setup(t)
  add('sam', 'acc_1', { isCandidate: true })
  for (const account of ['acc_1', 'acc_2'])
    assert.equal(notices.deliver?.(secretOf(account)), false)
  assert.deepEqual(seen, [])
})
it('does nothing that the settings do not ask for', async (t) => {
  const off = setup(t, { withWebhooks: false, withReminder: () => false })
  assert.equal(off.notices.deliver, undefined)
  assert.deepEqual(await off.polled(off.add('sam', 'acc_1')), [])
  const playground = setup(t, { clientSecret: undefined })
  assert.equal(playground.notices.deliver, undefined)
  assert.deepEqual(await playground.polled(playground.add('sam', 'acc_1')), [])
})
