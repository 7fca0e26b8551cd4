import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AppError } from '../../src/lib/errors.ts'
import { refreshAtMs, renewedLogin } from '../../src/login/refresh-schedule.ts'
import { createRefresher } from '../../src/login/refresher.ts'
import type { TokenReply } from '../../src/monzo/oauth.ts'
import { TokenTrouble } from '../../src/monzo/token-trouble.ts'
import type { StoredLogin } from '../../src/tokens/schemas.ts'
import { FakeClock } from '../fakes/clock.ts'

const HOUR_MS = 3_600_000
const LOGIN: StoredLogin = {
  user_id: 'user_1',
  access_token: 'a1',
  refresh_token: 'r1',
  expires_at: '2026-01-01T06:00:00.000Z',
  expires_in: 21_600,
}
const REPLY: TokenReply = { accessToken: 'a2', refreshToken: 'r2', expiresIn: 21_600 }
const trouble = new AppError('MONZO_UNAVAILABLE', 'POST /oauth2/token: 500', { hint: 'Wait.' })
const refusal = new AppError('REAUTHORIZATION_REQUIRED', 'refused', { hint: 'Log in.' })

const lost = (mayHaveArrived: boolean, retryAfterMs = 0) =>
  new TokenTrouble(
    new AppError('MONZO_UNAVAILABLE', 'POST /oauth2/token: no reply', { hint: 'Wait.' }),
    { retryAfterMs, mayHaveArrived },
  )

function setup(options: { isWritable?: boolean; isOver?: boolean; fails?: Error[] } = {}) {
  const stopping = new AbortController()
  const clock = new FakeClock('2026-01-01T00:00:00Z')
  const log: string[] = []
  const deps = {
    clock,
    random: () => 0,
    stopping: stopping.signal,
    mayRefresh: () => !options.isOver,
    lookAtFile: async () => undefined,
    prepare: async () => assert.ok(options.isWritable ?? true, 'disk full'),
    exchange: async (refreshToken: string) => {
      log.push(`exchange ${refreshToken}`)
      const failure = options.fails?.shift()
      if (failure) throw failure
      return REPLY
    },
    save: async (login: StoredLogin) => {
      void use('a0') // somebody else asks while the disk is busy
      await new Promise((resolve) => setImmediate(resolve))
      log.push(`save ${login.access_token}`)
    },
    onOutcome: (outcome: string) => {
      if (outcome !== 'refreshed') log.push(outcome)
    },
  }
  const refresher = createRefresher(deps, LOGIN)
  const use = async (refused?: string) =>
    void log.push(`use ${await refresher.accessToken(refused)}`)
  const stop = () => stopping.abort(new Error('stopping'))
  return { clock, log, refresher, use, stop }
}

/** Every refresh gives other tokens. */
function setupFresh() {
  const clock = new FakeClock('2026-01-01T00:00:00Z')
  const log: string[] = []
  let made = 1
  const nothing = async () => undefined
  const refresher = createRefresher(
    {
      ...{ clock, random: () => 0, stopping: new AbortController().signal },
      ...{ mayRefresh: () => true, prepare: nothing, lookAtFile: nothing, save: nothing },
      onOutcome: (outcome) => void log.push(outcome),
      async exchange(refreshToken) {
        assert.equal(refreshToken, `r${made}`) // each works once
        made++
        return { accessToken: `a${made}`, refreshToken: `r${made}`, expiresIn: 21_600 }
      },
    },
    LOGIN,
  )
  return { clock, log, refresher, given: () => `a${made}` }
}

describe('createRefresher', () => {
  it('refreshes once for all whose token was refused, and saves before any may go on', async () => {
    const { log, use } = setup()
    await Promise.all([use('a1'), use('a1'), use('a1')])
    assert.deepEqual(log, ['exchange r1', 'save a2', 'use a2', 'use a2', 'use a2', 'use a2'])
  })
  it('spends no refresh on a token that is no longer the current one', async () => {
    const { log, use } = setup()
    await use('a0')
    assert.deepEqual(log, ['use a1'])
  })
  it('refreshes ahead of expiry, and only once it is due', async () => {
    const { clock, log, refresher } = setup()
    await clock.sleep(5.4 * HOUR_MS)
    await refresher.refreshIfDue()
    assert.deepEqual(log, [])
    await clock.sleep(0.1 * HOUR_MS)
    await refresher.refreshIfDue()
    await refresher.refreshIfDue()
    assert.deepEqual(log, ['exchange r1', 'use a1', 'save a2'])
  })
  it('does not use a token that has expired', async () => {
    const { clock, log, use } = setup()
    await clock.sleep(6 * HOUR_MS)
    await use()
    assert.deepEqual(log, ['exchange r1', 'save a2', 'use a2', 'use a2'])
  })
  it('keeps the one-time token while the disk could not keep its successor', async () => {
    const { clock, log, use } = setup({ isWritable: false })
    await assert.rejects(use('a1'), /disk full/)
    await assert.rejects(use(), /disk full/)
    assert.deepEqual(log, ['withheld', 'withheld'])
    await clock.sleep(60_000)
    await use() // Monzo may have been wrong
    assert.deepEqual(log, ['withheld', 'withheld', 'use a1'])
  })
  it('goes on with the present token while a refresh ahead of expiry fails', async () => {
    const { clock, log, refresher, use } = setup({ fails: [trouble] })
    await clock.sleep(5.5 * HOUR_MS)
    await refresher.refreshIfDue()
    await use()
    await refresher.refreshIfDue()
    assert.deepEqual(log, ['exchange r1', 'failed', 'use a1', 'exchange r1', 'use a1', 'save a2'])
  })
  it('asks again after a failure only when its back-off is over', async () => {
    const clock = new FakeClock()
    let calls = 0
    const exchange = async () => {
      calls++
      throw trouble
    }
    const nothing = async () => undefined
    const stopping = new AbortController().signal
    const files = { prepare: nothing, lookAtFile: nothing, save: nothing }
    const deps = { clock, random: () => 0.5, stopping, mayRefresh: () => true, ...files }
    const refresher = createRefresher({ ...deps, exchange, onOutcome: () => undefined }, LOGIN)
    const callsAfter = async (ms: number) => {
      await clock.sleep(ms)
      await assert.rejects(refresher.accessToken('a1'), trouble)
      return calls
    }
    assert.equal(await callsAfter(0), 1)
    assert.equal(await callsAfter(499), 1)
    assert.equal(await callsAfter(1), 2)
    assert.equal(await callsAfter(999), 2)
    assert.equal(await callsAfter(1), 3)
  })
  it('asks again once, and soon, only when nobody knows whether Monzo used up the token', async () => {
    for (const [mayHaveArrived, exchanges] of [
      [true, ['exchange r1', 'failed', 'exchange r1', 'failed']],
      [false, ['exchange r1', 'failed']],
    ] as const) {
      const { clock, log, use } = setup({ fails: [lost(mayHaveArrived), lost(mayHaveArrived)] })
      await assert.rejects(use('a1'), { code: 'MONZO_UNAVAILABLE' })
      assert.deepEqual(log, exchanges)
      assert.ok(clock.elapsed() < 1000)
    }
  })
  it('waits as long as Monzo asks, but no longer than an hour', async () => {
    for (const [askedMs, waitMs] of [
      [90_000, 90_000],
      [1e12, 3_600_000],
    ] as const) {
      const { clock, log, use } = setup({ fails: [lost(false, askedMs)] })
      await assert.rejects(use('a1'))
      await clock.sleep(waitMs - 1)
      await assert.rejects(use('a1'))
      assert.deepEqual(log.splice(0), ['exchange r1', 'failed'])
      await clock.sleep(1)
      await use('a1')
      assert.equal(log[0], 'exchange r1')
    }
  })
  it('begins no refresh during a shutdown, and none for a login that is over', async () => {
    const stopped = setup()
    stopped.stop()
    await assert.rejects(stopped.use('a1'), /stopping/)
    assert.deepEqual(stopped.log, [])
    const over = setup({ isOver: true })
    await assert.rejects(over.use('a1'), { code: 'REAUTHORIZATION_REQUIRED' })
    await over.clock.sleep(6 * HOUR_MS)
    await over.refresher.refreshIfDue()
    assert.deepEqual(over.log, [])
  })
  it('does not repeat a refresh that cures nothing: the wait doubles, up to an hour', async () => {
    const { clock, log, refresher, given } = setupFresh()
    const refreshedAtMin: number[] = []
    for (let poll = 0; poll < 4 * 60 * 6; poll++) {
      const token = await refresher.accessToken() // all other calls go on with it
      assert.equal(token, given())
      const before = log.length
      const successor = await refresher.accessToken(token)
      assert.equal(successor === token, log.length === before)
      if (successor !== token) refreshedAtMin.push(clock.elapsed() / 60_000)
      await clock.sleep(15_000)
    }
    assert.deepEqual(refreshedAtMin, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303])
  })
  it('refreshes at once again after a refresh that has cured a 401', async () => {
    const { clock, log, refresher, given } = setupFresh()
    for (let times = 0; times < 10; times++) {
      await refresher.accessToken(given())
      refresher.accepted()
      await clock.sleep(10_000)
    }
    assert.equal(log.length, 10)
  })
  it('still refreshes by its clock while a refresh for a 401 has to wait', async () => {
    const { clock, log, refresher, given } = setupFresh()
    await refresher.accessToken(given())
    await refresher.accessToken(given())
    assert.equal(log.length, 1)
    clock.setWall('2026-01-01T05:59:00Z')
    await clock.sleep(30_000)
    await refresher.refreshIfDue()
    assert.equal(log.length, 2)
  })
  it('uses a token that Monzo refused when it was new for other calls: they may be accepted', async () => {
    const { refresher, given } = setupFresh()
    const token = await refresher.accessToken(given())
    assert.equal(await refresher.accessToken(token), token)
    assert.equal(await refresher.accessToken(), token)
  })
  it('goes on with tokens that somebody else put into the file, even after a refusal', async () => {
    const { log, refresher, use } = setup({ fails: [refusal] })
    await assert.rejects(use('a1'), refusal)
    refresher.adopt({ ...LOGIN, access_token: 'a9', refresh_token: 'r9' })
    await use('a1')
    await use('a9')
    assert.deepEqual(log.slice(2, 4), ['use a9', 'exchange r9'])
  })
  it('never asks again once the refresh token is refused', async () => {
    const { clock, log, refresher, use } = setup({ fails: [refusal] })
    await assert.rejects(use('a1'), refusal)
    await clock.sleep(6 * HOUR_MS)
    await assert.rejects(use(), refusal)
    await refresher.refreshIfDue()
    assert.deepEqual(log, ['exchange r1', 'refused'])
  })
})

describe('renewedLogin', () => {
  it('keeps what the reply does not tell', () => {
    const renewed = renewedLogin(LOGIN, { accessToken: 'a2' }, 0)
    assert.deepEqual(renewed, {
      user_id: 'user_1',
      access_token: 'a2',
      refresh_token: 'r1',
      expires_at: '1970-01-01T00:30:00.000Z',
      expires_in: 1800,
    })
  })
})

const leads: [expiresIn: number | undefined, random: number, minutes: number][] = [
  [107_999, 0, 30],
  [107_999, 1, 27],
  [1200, 0, 5],
  [undefined, 0, 30],
]
for (const [expires_in, random, minutes] of leads) {
  it(`refreshes ${minutes} min early for a lifetime of ${expires_in} s`, () => {
    const dueAtMs = refreshAtMs({ ...LOGIN, expires_in }, random)
    assert.equal((Date.parse(LOGIN.expires_at) - dueAtMs) / 60_000, minutes)
  })
}
