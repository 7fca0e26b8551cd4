import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import type { FeedItem } from '../../src/monzo/client.ts'
import { Reminder } from '../../src/notices/reminder.ts'
import { dueReminder, reminderText } from '../../src/notices/reminder-plan.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { createFakeLog } from '../fakes/log.ts'

const DAY_MS = 86_400_000
const END_MS = Date.parse('2027-02-20T10:00:00Z')
const before = (days: number) => END_MS - days * DAY_MS

describe('The reminder that is due', () => {
  const cases: [
    title: string,
    nowDays: number,
    tokensDays: number | undefined,
    sent: number | undefined,
    due: number | undefined,
  ][] = [
    ['is none eight days before', 8, 8, undefined, undefined],
    ['is the first from seven days before on', 7, 7.5, undefined, 7],
    ['is not the first again once it was sent', 6.9, 7.5, 7, undefined],
    ['is the second from one day before on', 1, 1.2, 7, 1],
    ['is not the second again', 0.5, 1.2, 1, undefined],
    ['is only the second for who comes back on the last day', 0.9, 30, undefined, 1],
    ['is none when it is too late', 0, 30, undefined, undefined],
    ['is none after a restart with tokens obtained since', 5, 6.9, undefined, undefined],
    ['is sent after a restart with tokens from before', 5, 7.1, undefined, 7],
    ['is sent after a restart where nothing tells', 5, undefined, undefined, 7],
  ]
  for (const [title, nowDays, tokensDays, sentDays, due] of cases)
    it(title, () => {
      const firstTokensMs = tokensDays === undefined ? undefined : before(tokensDays)
      const facts = { nowMs: before(nowDays), endMs: END_MS, firstTokensMs, sentDays }
      assert.equal(dueReminder(facts), due)
    })
  it('names the day and how long it is until then', () => {
    assert.equal(
      reminderText(END_MS, before(7)).title,
      'Your balance exporter: log in again within 7 days',
    )
    assert.deepEqual(reminderText(END_MS, before(0.9)), {
      title: 'Your balance exporter: log in again by tomorrow',
      body: "Monzo's consent ends on 2027-02-20. Tap to log in again; have the key (auth_key) at hand.",
    })
  })
})

function setup(t: TestContext) {
  const clock = new DrivenClock(new Date(before(8)).toISOString())
  const log = createFakeLog()
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const publicUrl = new URL('https://me.example.org/monzo')
  const reminder = new Reminder({ clock, log, publicUrl, stopping: stopping.signal })
  const items: { accountId: string; item: FeedItem; days: number }[] = []
  const trouble: { error?: AppError } = {}
  let attempts = 0
  const client = {
    async postFeedItem(accountId: string, item: FeedItem) {
      attempts++
      if (trouble.error) throw trouble.error
      items.push({ accountId, item, days: (END_MS - clock.now()) / DAY_MS })
    },
  }
  const accounts = [
    { accountId: 'acc_joint', accountType: 'uk_retail_joint' },
    { accountId: 'acc_own', accountType: 'uk_retail' },
  ]
  const session = {
    ...{ client, accounts, firstTokensAtMs: before(90) },
    authorizationExpiresAtMs: END_MS as number | undefined,
  }
  /** As after each poll. */
  const live = async (days: number) => {
    for (let minutes = 0; minutes < days * 1440; minutes += 5) {
      reminder.remindIfDue(session)
      await clock.advance(5 * 60_000)
    }
  }
  return { clock, log, live, session, items, trouble, attempts: () => attempts }
}

it('reminds twice in the last eight days, in the feed of the person’s own account', async (t) => {
  const { live, items, log } = setup(t)
  await live(9)
  assert.deepEqual(
    items.map(({ accountId, days }) => [accountId, days]),
    [
      ['acc_own', 7],
      ['acc_own', 1],
    ],
  )
  assert.equal(log.lines.length, 2)
})
it('leads to the authorize page, without the key', async (t) => {
  const { live, items } = setup(t)
  await live(1.1)
  assert.deepEqual(items[0]?.item, {
    ...reminderText(END_MS, before(7)),
    imageUrl: 'https://me.example.org/monzo/assets/icon.png',
    url: 'https://me.example.org/monzo/authorize',
  })
})
it('tries again every ten minutes after a failure, which is said once', async (t) => {
  const { live, items, trouble, log, attempts } = setup(t)
  trouble.error = new AppError('MONZO_HTTP', 'POST /feed: 400', { hint: 'Please open an issue.' })
  await live(1 + 0.5 / 24)
  assert.equal(attempts(), 3)
  assert.deepEqual(log.lines, [
    'warn: The reminder could not be put into the Monzo app: POST /feed: 400. Please open an issue.',
  ])
  delete trouble.error
  await live(1)
  assert.equal(items.length, 1)
})
it('never reminds of tokens of the playground, whose end is not known', async (t) => {
  const { live, session, attempts } = setup(t)
  session.authorizationExpiresAtMs = undefined
  await live(8)
  assert.equal(attempts(), 0)
})
it('begins anew when the person has logged in again meanwhile', async (t) => {
  const { live, session, items } = setup(t)
  await live(1.1)
  session.authorizationExpiresAtMs = END_MS + 3 * DAY_MS
  await live(3.5)
  assert.deepEqual(
    items.map(({ days }) => days),
    [7, 4],
  )
})
