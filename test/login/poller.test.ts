import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { AppError, type ErrorCode } from '../../src/lib/errors.ts'
import type { PollResult } from '../../src/login/accounts-reader.ts'
import { Poller } from '../../src/login/poller.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { createFakeLog } from '../fakes/log.ts'

const MINUTE_MS = 60_000
/** What a poll came to, its pots and transactions included. */
interface Outcome {
  readonly failure?: unknown
  readonly minorFailures: readonly unknown[]
}
const OK: Outcome = { minorFailures: [] }
const failed = (code: ErrorCode): Outcome => ({
  failure: new AppError(code, `It is ${code}`, { hint: 'Do this.' }),
  minorFailures: [],
})

function setup(t: TestContext) {
  const clock = new DrivenClock()
  const log = createFakeLog()
  const polledAtS: number[] = []
  const reasons: (readonly string[])[] = []
  const news: boolean[] = []
  const monzo = {
    result: OK,
    /** Of pots and transactions. */
    rest: Promise.resolve(),
    takesMs: 0,
    pace: 'often' as 'often' | 'rarely' | 'never',
    isAwaiting: false,
    intervalMs: 15_000,
  }
  const poller = new Poller({
    clock,
    log,
    userId: () => 'user_1',
    pollIntervalMs: () => monzo.intervalMs,
    pace: () => monzo.pace,
    isAwaitingApproval: () => monzo.isAwaiting,
    async poll(signal): Promise<PollResult> {
      polledAtS.push(clock.elapsed() / 1000)
      await clock.sleep(monzo.takesMs, signal)
      const { failure, minorFailures } = monzo.result
      const rest = monzo.rest.then(() => minorFailures)
      return { ...(failure !== undefined && { failure }), rest }
    },
    onNews: () => news.push(poller.history.hasFailed !== true),
    onPolled: (report) => reasons.push(report.reasons),
  })
  t.after(() => poller.stop())
  return { clock, log, poller, monzo, polledAtS, reasons, news }
}

it('polls at once, and then from start to start at the interval', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.takesMs = 4000
  poller.start()
  await clock.advance(50_000)
  assert.deepEqual(polledAtS, [0, 15, 30, 45])
})
it('never runs two polls at once: one that takes longer delays the next', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.takesMs = 20_000
  poller.start()
  await clock.advance(50_000)
  assert.deepEqual(polledAtS, [0, 20, 40])
})
it('polls at once when woken, and from then on at the interval', async (t) => {
  const { clock, poller, polledAtS } = setup(t)
  poller.start()
  await clock.advance(4000)
  poller.wake()
  await clock.advance(20_000)
  assert.deepEqual(polledAtS, [0, 4, 19])
})
it('polls once more when woken during a poll, which may have begun too early', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.takesMs = 4000
  poller.start()
  await clock.advance(1000)
  poller.wake()
  poller.wake()
  await clock.advance(20_000)
  assert.deepEqual(polledAtS, [0, 4, 19])
})
it('polls every ten minutes where a 403 may mend, and not at all where only a person can', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.pace = 'rarely'
  poller.start()
  await clock.advance(20 * MINUTE_MS)
  assert.deepEqual(polledAtS, [0, 600, 1200])
  monzo.pace = 'never'
  await clock.advance(60 * MINUTE_MS)
  assert.equal(polledAtS.length, 3)
})
it('asks every second while a person waits for approval, for five minutes at most', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.isAwaiting = true
  monzo.result = failed('MONZO_FORBIDDEN')
  poller.start()
  await clock.advance(7000)
  assert.deepEqual(polledAtS, [0])
  for (let second = 0; second < 400; second++) {
    poller.watch()
    await clock.advance(1000)
  }
  const everySecond = polledAtS.filter((s, i) => s - (polledAtS[i - 1] ?? 0) === 1)
  assert.ok(polledAtS.includes(8) && polledAtS.includes(9))
  assert.equal(everySecond.length, 300)
})
it('stops asking every second when the page is closed', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.isAwaiting = true
  poller.start()
  await clock.advance(1)
  poller.watch()
  await clock.advance(60_000)
  assert.ok(polledAtS.length < 14, `${polledAtS.length} polls`)
})
it('says a failure once, again when it changes, then hourly, and when it is over', async (t) => {
  const { clock, poller, monzo, log } = setup(t)
  const lines = () => log.lines.splice(0)
  monzo.result = failed('MONZO_UNAVAILABLE')
  poller.start()
  await clock.advance(10 * MINUTE_MS)
  assert.deepEqual(lines(), ['warn: A poll failed: It is MONZO_UNAVAILABLE. Do this.'])
  monzo.result = failed('MONZO_UNREADABLE')
  await clock.advance(59 * MINUTE_MS)
  assert.deepEqual(lines(), ['warn: A poll failed: It is MONZO_UNREADABLE. Do this.'])
  await clock.advance(2 * MINUTE_MS)
  assert.deepEqual(lines(), ['warn: A poll failed: It is MONZO_UNREADABLE. Do this.'])
  monzo.result = OK
  await clock.advance(5 * MINUTE_MS)
  assert.deepEqual(lines(), ['info: Polling Monzo works again.'])
})
it('reports nothing while access is not approved yet: that is a state, not a failure', async (t) => {
  const { clock, poller, monzo, log, reasons } = setup(t)
  monzo.isAwaiting = true
  monzo.result = failed('MONZO_FORBIDDEN')
  poller.start()
  await clock.advance(16_000)
  assert.deepEqual(log.lines, [])
  assert.deepEqual(reasons, [[], []])
  assert.equal(poller.history.lastSuccessAt, undefined)
})
it('goes on with the next balance while pots and transactions take long, and reports them then', async (t) => {
  const { clock, poller, monzo, polledAtS, reasons, news } = setup(t)
  let release = () => {}
  monzo.rest = new Promise<void>((resolve) => {
    release = resolve
  })
  monzo.result = { minorFailures: [new AppError('MONZO_HTTP', 'm', { hint: 'h' })] }
  poller.start()
  await clock.advance(1)
  assert.equal(poller.history.lastSuccessAt?.elapsedMs, 0)
  assert.deepEqual(news, [true])
  assert.equal(poller.history.problem, undefined)
  await clock.advance(30_000)
  assert.deepEqual(polledAtS, [0, 15, 30])
  assert.deepEqual(reasons, [])
  release()
  await clock.advance(1)
  assert.deepEqual(reasons, [['monzo_http'], ['monzo_http'], ['monzo_http']])
  assert.match(JSON.stringify(poller.history), /MONZO_HTTP/)
})
it('tells when polls begin to fail, and when they succeed again, and else nothing', async (t) => {
  const { clock, poller, monzo, news } = setup(t)
  poller.start()
  await clock.advance(40_000)
  monzo.result = failed('MONZO_HTTP')
  await clock.advance(30_000)
  monzo.result = OK
  await clock.advance(30_000)
  assert.deepEqual(news, [true, false, true])
})
it('counts every failure by its reason, pots included', async (t) => {
  const { clock, poller, monzo, reasons } = setup(t)
  monzo.result = { ...failed('MONZO_HTTP'), minorFailures: [new TypeError('oops')] }
  poller.start()
  await clock.advance(1)
  assert.deepEqual(reasons, [['monzo_http', 'bug']])
  assert.deepEqual(poller.history.problem, {
    code: 'MONZO_HTTP',
    message: 'It is MONZO_HTTP',
    hint: 'Do this.',
  })
})
it('counts several failures of one kind once per poll', async (t) => {
  const { clock, poller, monzo, reasons } = setup(t)
  const minor = () => new AppError('MONZO_UNAVAILABLE', 'GET /pots: 500', { hint: 'Wait.' })
  monzo.result = { minorFailures: [minor(), minor(), minor(), new TypeError('oops')] }
  poller.start()
  await clock.advance(1)
  assert.deepEqual(reasons, [['monzo_unavailable', 'bug']])
})
it('has succeeded where only a part could not be read, and tells what that is', async (t) => {
  const { clock, poller, monzo } = setup(t)
  const minor = new AppError('MONZO_FORBIDDEN', 'GET /pots: 403', { hint: 'Approve.' })
  monzo.result = { minorFailures: [minor] }
  poller.start()
  await clock.advance(1)
  const { lastPollAt, lastSuccessAt, hasFailed, problem } = poller.history
  assert.equal(lastSuccessAt, lastPollAt)
  assert.equal(hasFailed, undefined)
  assert.deepEqual(problem, {
    code: 'MONZO_FORBIDDEN',
    message: 'GET /pots: 403',
    hint: 'Approve.',
  })
  monzo.result = OK
  await clock.advance(15_000)
  assert.equal(poller.history.problem, undefined)
})
it('says that a part can not be read, whatever else failed a while before', async (t) => {
  const { clock, poller, monzo, log } = setup(t)
  poller.start()
  monzo.result = failed('MONZO_UNAVAILABLE')
  await clock.advance(1)
  monzo.result = OK
  await clock.advance(15_000)
  const minor = new AppError('MONZO_UNAVAILABLE', 'GET /pots: 500', { hint: 'Wait.' })
  monzo.result = { minorFailures: [minor] }
  await clock.advance(30 * MINUTE_MS)
  monzo.result = OK
  await clock.advance(15_000)
  assert.deepEqual(log.lines, [
    'warn: A poll failed: It is MONZO_UNAVAILABLE. Do this.',
    'info: Polling Monzo works again.',
    'warn: A poll read the balances, but not everything else: GET /pots: 500. Wait.',
    'info: Polls read everything again.',
  ])
})
it('stops in the middle of a poll, and leaves nothing waiting', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.takesMs = 60_000
  poller.start()
  await clock.advance(1000)
  await poller.stop()
  assert.equal(clock.waiting, 0)
  assert.deepEqual(polledAtS, [0])
})
it('has its first polls when it is told to, and later ones at the interval', async (t) => {
  const { clock, poller, polledAtS } = setup(t)
  poller.start([100, 9000])
  await clock.advance(40_000)
  assert.deepEqual(polledAtS, [0.1, 9, 24, 39])
})
it('shifts to another interval without waiting for the end of the present one', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.intervalMs = 60 * MINUTE_MS
  poller.start()
  await clock.advance(MINUTE_MS)
  monzo.intervalMs = 5000
  poller.shift(2000)
  await clock.advance(8000)
  assert.deepEqual(polledAtS, [0, 62, 67])
  monzo.intervalMs = 60_000
  poller.shift(30_000)
  await clock.advance(100_000)
  assert.deepEqual(polledAtS, [0, 62, 67, 98, 158])
})
it('shifts during a poll, too', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.takesMs = 4000
  poller.start()
  await clock.advance(1000)
  poller.shift(7000)
  await clock.advance(10_000)
  assert.deepEqual(polledAtS, [0, 8])
})
it('does not shift where a poll is of no use, or a person waits for one', async (t) => {
  const { clock, poller, monzo, polledAtS } = setup(t)
  monzo.pace = 'rarely'
  poller.start()
  await clock.advance(1000)
  poller.shift(2000)
  await clock.advance(MINUTE_MS)
  assert.deepEqual(polledAtS, [0])
  monzo.pace = 'often'
  monzo.isAwaiting = true
  poller.watch()
  await clock.advance(1)
  poller.shift(10_000)
  await clock.advance(3000)
  assert.deepEqual(polledAtS, [0, 61, 62, 63, 64])
})
