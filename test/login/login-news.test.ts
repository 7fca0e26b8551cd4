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
    "warn: Monzo's consent for a login ends in 7 days, on 2026-01-09: log in again by then, from the status page.",
  )
  assert.match(log.lines.at(-1) ?? '', /ends in a day, on 2026-01-09/)
})
it('has no reminder for a login whose begin is not known', () => {
  const { log, news } = setup()
  news.remind([{ isOver: false, authorizationExpiresAtMs: undefined } as Session])
  assert.deepEqual(log.lines, [])
})
