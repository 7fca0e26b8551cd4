import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createLoginNews } from '../../src/login/login-news.ts'
import type { Session } from '../../src/login/session.ts'
import { FakeClock } from '../fakes/clock.ts'
import { createFakeLog } from '../fakes/log.ts'

const DAY_MS = 24 * 3_600_000

function setup() {
  const clock = new FakeClock('2026-01-01T00:00:00Z')
  const log = createFakeLog()
  const asked: string[] = []
  const onPersonNeeded = (sentence: string) => asked.push(sentence)
  return { clock, log, asked, news: createLoginNews({ clock, log, onPersonNeeded }) }
}
const ending = (inDays: number, isOver = false) =>
  ({
    isOver,
    userId: 'user_1',
    authorizationExpiresAtMs: Date.parse('2026-01-01T00:00:00Z') + inDays * DAY_MS,
  }) as Session

it('reminds once a day, in the last week of consent only', async () => {
  const { clock, log, news } = setup()
  const logins = [ending(8), ending(1000), ending(8, true)]
  let times = 0
  for (let hours = 0; hours < 10 * 24; hours++) {
    if (news.remind(logins)) times++
    await clock.sleep(3_600_000)
  }
  assert.equal(log.lines.length, 7)
  assert.equal(times, 7)
  assert.equal(
    log.lines[0],
    "warn: Monzo's consent for the login of user_1 ends in 7 days, on 2026-01-09: log in again by then, from the status page.",
  )
  assert.match(log.lines.at(-1) ?? '', /ends in a day, on 2026-01-09/)
})
it('has no reminder for a login whose begin is not known', () => {
  const { log, news } = setup()
  news.remind([{ isOver: false, authorizationExpiresAtMs: undefined } as Session])
  assert.deepEqual(log.lines, [])
})

const LOST = { sinceMs: Date.parse('2026-01-01T00:05:00Z'), accountIds: ['acc_1'], isAll: true }
const failing = {
  userId: 'user_1',
  isOver: false,
  history: { hasFailed: true, problem: { message: 'No answer', hint: 'Wait.' } },
}

it('says once that balances are gone, and once that they are back, for however long', async () => {
  const { clock, log, news } = setup()
  const login = failing as unknown as Session
  for (let minute = 0; minute < 300; minute++) {
    news.balances(login, LOST)
    await clock.sleep(60_000)
  }
  for (let times = 0; times < 3; times++) news.balances(login, undefined)
  assert.deepEqual(log.lines, [
    'warn: No balance of the login of user_1 has been exported since 2026-01-01T00:05:00Z (the last reading is older than stale_after): No answer. Wait.',
    'info: The balances of the login of user_1 are exported again.',
  ])
})
it('makes no flood of balances that come and go', async () => {
  const { clock, log, news } = setup()
  const login = failing as unknown as Session
  for (let minute = 0; minute < 600; minute++) {
    news.balances(login, minute % 7 === 6 ? undefined : LOST)
    await clock.sleep(60_000)
  }
  assert.ok(log.lines.length > 10 && log.lines.length <= 80, `${log.lines.length} in ten hours`)
})
const reasons: [what: string, part: object, expected: RegExp][] = [
  [
    'its login has ended',
    { isOver: true },
    /: the login has ended\. Open its link, or the status page\.$/,
  ],
  [
    'it has no account to export',
    { history: { lastSuccessAt: { wallMs: 0, elapsedMs: 0 } }, lost: { ...LOST, accountIds: [] } },
    /^warn: No balance of .* could be read since .*: it has no open account with a balance\. Log in as/,
  ],
  ['a poll hangs', { history: {} }, /: Monzo has not answered the poll under way yet\.$/],
]
for (const [what, part, expected] of reasons)
  it(`says of balances that are gone that ${what}`, () => {
    const { log, news } = setup()
    const { lost = LOST, ...login } = { ...failing, ...part } as unknown as Session & {
      lost?: typeof LOST
    }
    news.balances(login as Session, lost)
    assert.match(log.lines[0] ?? '', expected)
  })
