import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../src/lib/errors.ts'
import { spendingPeriods } from '../../src/lib/london.ts'
import { MonthReader } from '../../src/login/month-reader.ts'
import { callsFor } from '../../src/login/read-plan.ts'
import type { Transaction } from '../../src/monzo/schemas.ts'
import { toPosting } from '../../src/readings/posting.ts'
import { sumSpending } from '../../src/readings/spending.ts'
import { FakeClock } from '../fakes/clock.ts'
import { transaction } from '../fakes/transaction.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const iso = (ms: number): string => new Date(ms).toISOString()

/** An account at Monzo, as a list that the test changes, and a ledger that follows it. */
function setup(startIso = '2026-11-22T10:00:00Z') {
  const clock = new FakeClock(startIso)
  const monzo = {
    list: [] as Transaction[],
    skipped: 0,
    failure: undefined as Error | undefined,
    lookBackFailure: undefined as Error | undefined,
    oldestMs: 0,
  }
  const reads: { since: string; calls: number }[] = []
  const told: { sinceMs: number; ids: readonly string[] }[] = []
  const ledger = new MonthReader({
    clock,
    accountId: 'acc_1',
    keepsDescriptions: false,
    past: () => ({
      balanceRead: () => undefined,
      reading:
        () =>
        ({ sinceMs, postings }) =>
          told.push({ sinceMs, ids: postings.map(({ id }) => id) }),
    }),
    client: {
      async *readTransactions(accountId, { sinceMs }) {
        assert.equal(accountId, 'acc_1')
        const transactions = monzo.list.filter(({ created }) => Date.parse(created) > sinceMs)
        reads.push({ since: iso(sinceMs), calls: callsFor(transactions.length) })
        const isLookingBack = sinceMs < clock.now() - 60 * DAY_MS
        if (monzo.lookBackFailure && isLookingBack) throw monzo.lookBackFailure
        if (monzo.failure) throw monzo.failure
        if (sinceMs < monzo.oldestMs)
          throw new AppError('MONZO_TOO_LONG_AGO', 'too long ago', { hint: '' })
        yield { transactions, skipped: monzo.skipped }
      },
    },
  })
  const signal = new AbortController().signal
  const read = async () => (await ledger.read(signal)).spendingAt
  const spent = async () => (await read())(clock.now())?.spentMonth ?? 'unknown'
  const ago = (minutes: number) => iso(clock.now() - minutes * MINUTE_MS)
  const lastSince = () => reads.at(-1)?.since
  return { clock, monzo, reads, told, ledger, read, spent, ago, lastSince, signal }
}
const eatingOut = (amountMinor: number) => [{ category: 'eating_out', amountMinor }]

describe('The first reading', () => {
  it('is of the whole month, its first moment included', async () => {
    const { spent, monzo, lastSince } = setup()
    monzo.list = [transaction({ created: '2026-11-01T00:00:00Z' })]
    assert.deepEqual(await spent(), eatingOut(510))
    assert.equal(lastSince(), '2026-10-31T23:59:59.999Z')
  })
  it('reaches back to yesterday when the month is younger than the day', async () => {
    const { read, lastSince, reads } = setup('2026-12-01T02:00:00Z')
    await read()
    assert.equal(reads[0]?.since, '2026-11-30T03:59:59.999Z')
    assert.equal(lastSince(), '2026-09-04T02:00:00.000Z') // once, for the newest record
  })
  it('looks back as far as Monzo allows for when something happened last, once', async () => {
    const { clock, monzo, read, reads } = setup()
    monzo.list = [transaction({ created: '2026-10-20T12:00:00Z' })]
    const spendingAt = await read()
    assert.equal(spendingAt(clock.now())?.newestAtMs, Date.parse('2026-10-20T12:00:00Z'))
    assert.deepEqual(spendingAt(clock.now())?.spentMonth, [])
    for (let poll = 0; poll < 100; poll++) {
      await clock.sleep(15_000)
      await read()
    }
    assert.equal(reads.length, 102)
  })
  it('does without that when Monzo refuses it', async () => {
    const { clock, read, monzo } = setup()
    monzo.oldestMs = Date.parse('2026-09-01T00:00:00Z')
    const spending = (await read())(clock.now())
    assert.equal(spending?.newestAtMs, undefined)
    assert.equal(spending?.receivedMonthMinor, 0)
  })
})

describe('Looking back for when something happened last', () => {
  it('is tried again when Monzo could not answer', async () => {
    const { clock, monzo, read } = setup()
    monzo.list = [transaction({ created: '2026-10-20T12:00:00Z' })]
    monzo.lookBackFailure = new AppError('MONZO_UNAVAILABLE', '500', { hint: '' })
    assert.equal((await read())(clock.now())?.newestAtMs, undefined)
    monzo.lookBackFailure = undefined
    await clock.sleep(15_000)
    const newestMs = (await read())(clock.now())?.newestAtMs
    assert.equal(newestMs, Date.parse('2026-10-20T12:00:00Z'))
  })
  it('is given up when Monzo refuses it', async () => {
    const { clock, monzo, read, reads } = setup()
    monzo.lookBackFailure = new AppError('MONZO_HTTP', '400', { hint: '' })
    for (let poll = 0; poll < 10; poll++) {
      await read()
      await clock.sleep(15_000)
    }
    assert.equal(reads.length, 11)
  })
})

describe('Reading what is new between two polls', () => {
  it('takes one call, even when the whole month is due, and changes no later one', async () => {
    const { clock, monzo, ago, ledger, signal, read, reads, lastSince } = setup()
    monzo.list = [transaction({ created: ago(5 * 24 * 60) })]
    await read()
    await clock.sleep(15 * MINUTE_MS)
    monzo.list.push(transaction({ created: ago(0), amount: -90 }))
    const reading = await ledger.readNew(signal)
    assert.deepEqual(reading?.spendingAt(clock.now())?.spentMonth, eatingOut(600))
    assert.equal(reading?.readAt.wallMs, clock.now())
    assert.equal(reads.length, 2)
    assert.notEqual(lastSince(), '2026-10-31T23:59:59.999Z')
    await read()
    assert.equal(lastSince(), '2026-10-31T23:59:59.999Z')
  })
  it('gives nothing while the month is not known', async () => {
    const { ledger, signal, reads } = setup()
    assert.equal(await ledger.readNew(signal), undefined)
    assert.equal(reads.length, 0)
  })
})

describe('The next reading', () => {
  it('sees a new transaction, and one that came late or out of order', async () => {
    const { clock, spent, monzo, ago } = setup()
    monzo.list = [transaction({ created: ago(1) })]
    await spent()
    await clock.sleep(15_000)
    monzo.list.push(transaction({ created: ago(0), amount: -90 }))
    monzo.list.unshift(transaction({ created: ago(9), amount: -1 }))
    assert.deepEqual(await spent(), eatingOut(601))
  })
  it('asks only for what may have changed', async () => {
    const { clock, read, monzo, ago, lastSince } = setup()
    const pendingSince = ago(60)
    monzo.list = [
      transaction({ created: ago(3 * 24 * 60) }),
      transaction({ created: ago(2 * 24 * 60), amount: 0, settled: '' }),
      transaction({ created: ago(2 * 24 * 60), decline_reason: 'OTHER', settled: '' }),
      transaction({ created: pendingSince, settled: '' }),
      transaction({ created: ago(5) }),
    ]
    await read()
    await clock.sleep(15_000)
    await read()
    assert.equal(lastSince(), iso(Date.parse(pendingSince) - 1))
  })
  it('sees that a pending one has settled, changed its amount, or vanished', async () => {
    const { clock, read, spent, monzo, ago } = setup()
    const pending = [60, 50, 40].map((minutes) =>
      transaction({ created: ago(minutes), settled: '', amount: -100 }),
    )
    monzo.list = [...pending]
    await spent()
    await clock.sleep(15_000)
    monzo.list = pending.slice(0, 2).map((one) => ({ ...one, settled: ago(0), amount: -150 }))
    const spending = (await read())(clock.now())
    assert.deepEqual(spending?.spentMonth, eatingOut(300))
    assert.deepEqual(spending?.outcomesMonth, { settled: 2, pending: 0, declined: 0 })
  })
  it('gives the very same sums when nothing has changed, without adding up again', async () => {
    const { clock, read, monzo, ago } = setup()
    monzo.list = [transaction({ created: ago(5), settled: '' })]
    const first = (await read())(clock.now())
    for (let poll = 0; poll < 70; poll++) {
      await clock.sleep(15_000)
      monzo.list = monzo.list.map((one) => ({ ...one }))
      assert.equal((await read())(clock.now()), first)
    }
  })
  it('leaves everything as it was when it fails', async () => {
    const { clock, read, spent, monzo, ago } = setup()
    monzo.list = [transaction({ created: ago(5) })]
    await read()
    monzo.failure = new Error('down')
    await clock.sleep(15_000)
    await assert.rejects(read, { message: 'down' })
    monzo.failure = undefined
    assert.deepEqual(await spent(), eatingOut(510))
  })
})

describe('Every 15 minutes the whole month is read: it notices that an old transaction', () => {
  const changes: [title: string, change: (old: Transaction) => Transaction[], spent: unknown][] = [
    [
      'was put into another category',
      (old) => [{ ...old, category: 'gifts' }],
      [{ category: 'gifts', amountMinor: 510 }],
    ],
    [
      'was split',
      (old) => [{ ...old, categories: { gifts: -10, eating_out: -500 } }],
      [...eatingOut(500), { category: 'gifts', amountMinor: 10 }],
    ],
    ['was left out of the spending', (old) => [{ ...old, include_in_spending: false }], []],
    ['has vanished', () => [], []],
  ]
  for (const [title, change, expected] of changes)
    it(title, async () => {
      const { clock, spent, monzo, ago, lastSince } = setup()
      const old = transaction({ created: ago(5 * 24 * 60) })
      const pending = transaction({ created: ago(5), settled: '', include_in_spending: false })
      monzo.list = [old, pending]
      await spent()
      monzo.list = [...change(old), pending]
      await clock.sleep(15 * MINUTE_MS - 1)
      assert.deepEqual(await spent(), eatingOut(510))
      await clock.sleep(1)
      assert.deepEqual(await spent(), expected)
      assert.equal(lastSince(), '2026-10-31T23:59:59.999Z')
    })
})

describe('Records that can not be read', () => {
  it('cost only themselves, even where nothing else is new', async () => {
    const { clock, spent, monzo, ago } = setup()
    monzo.list = [transaction({ created: ago(24 * 60) })]
    await spent()
    monzo.skipped = 1
    for (let poll = 0; poll < 100; poll++) {
      await clock.sleep(15_000)
      assert.deepEqual(await spent(), eatingOut(510))
    }
  })
  it('are a failure where they are all there is: 0 would be false', async () => {
    const { read, monzo } = setup()
    monzo.skipped = 3
    await assert.rejects(read, { code: 'MONZO_UNREADABLE', message: /none of 3 records/ })
  })
  it('are a failure at once when they were known before: Monzo has changed', async () => {
    const { clock, spent, monzo, ago } = setup()
    const known = [transaction({ created: ago(24 * 60) })]
    monzo.list = known
    await spent()
    await clock.sleep(15_000)
    Object.assign(monzo, { list: [], skipped: 1 })
    await assert.rejects(spent, { code: 'MONZO_UNREADABLE' })
    Object.assign(monzo, { list: known, skipped: 0 })
    assert.deepEqual(await spent(), eatingOut(510))
  })
})

describe('When a month has ended', () => {
  it('its transactions are forgotten, but for when the last one was', async () => {
    const { clock, read, monzo, lastSince } = setup('2026-11-30T23:00:00Z')
    const last = '2026-11-30T22:30:00.5Z'
    monzo.list = [transaction({ created: last, settled: '' })]
    await read()
    await clock.sleep(5.5 * 60 * MINUTE_MS) // 04:30
    monzo.list = []
    const spending = (await read())(clock.now())
    assert.equal(spending?.newestAtMs, Date.parse(last))
    assert.deepEqual(spending?.outcomesMonth, { settled: 0, pending: 0, declined: 0 })
    assert.equal(lastSince(), '2026-11-30T23:59:59.999Z')
  })
  it('and the clock is then set back, the month is read again', async () => {
    const { clock, spent, monzo } = setup('2026-11-30T12:00:00Z')
    monzo.list = [transaction({ created: '2026-11-10T12:00:00Z' })]
    await spent()
    clock.setWall('2026-12-02T12:00:00Z')
    assert.deepEqual(await spent(), [])
    clock.setWall('2026-11-30T12:01:00Z')
    assert.deepEqual(await spent(), eatingOut(510))
  })
})

it('knows an empty month, too, after the clock was set back into it', async () => {
  const { clock, spent } = setup('2026-12-02T12:00:00Z')
  await spent()
  clock.setWall('2026-11-30T12:00:00Z')
  assert.deepEqual(await spent(), [])
})

describe('Calls', () => {
  const month = (count: number, startMs: number, told: Partial<Transaction> = {}) =>
    Array.from({ length: count }, (_, n) =>
      transaction({ created: iso(startMs + (n * 21 * DAY_MS) / count), ...told }),
    )
  const cases: [title: string, count: number, told: Partial<Transaction>, everyMs: number][] = [
    ['a quiet month', 30, {}, 15_000],
    ['a busy month', 1000, {}, 15_000],
    ['a busy month in which nothing ever settles', 1000, { settled: '' }, 15_000],
    ['a busy month, polled every five minutes', 1000, {}, 5 * MINUTE_MS],
    [
      'a busy month in which nothing settles, polled every hour',
      1000,
      { settled: '' },
      60 * MINUTE_MS,
    ],
  ]
  for (const [title, count, told, everyMs] of cases)
    it(`are at most two per poll on average, after the first poll: ${title}`, async () => {
      const { clock, monzo, reads, read } = setup()
      monzo.list = month(count, Date.parse('2026-11-01T00:00:00Z'), told)
      await read()
      reads.length = 0
      for (let poll = 1; poll <= 240; poll++) {
        await clock.sleep(everyMs)
        await read()
        const calls = reads.reduce((sum, one) => sum + one.calls, 0)
        assert.ok(calls <= 2 * poll, `${calls} calls in ${poll} polls`)
      }
      const whole = reads.filter(({ since }) => since === '2026-10-31T23:59:59.999Z').length
      assert.ok(whole >= (everyMs < MINUTE_MS ? 3 : 20), `${whole} times the whole month`)
    })
  it('are one per poll while nothing happens, but every 15 minutes', async () => {
    const { clock, monzo, reads, read } = setup()
    monzo.list = month(250, Date.parse('2026-11-01T00:00:00Z'))
    await read()
    reads.length = 0
    for (let poll = 1; poll <= 240; poll++) {
      await clock.sleep(15_000)
      await read()
    }
    assert.equal(
      reads.reduce((sum, one) => sum + one.calls, 0),
      236 + 4 * 3,
    )
  })
  it('that fail count, so that a long month is not begun again with every poll', async () => {
    const { clock, monzo, reads, read } = setup()
    monzo.list = month(1000, Date.parse('2026-11-01T00:00:00Z'))
    await read()
    for (let poll = 0; poll < 60; poll++) {
      await clock.sleep(15_000)
      if (poll > 55) monzo.failure = new Error('down')
      await read().catch(() => undefined)
    }
    reads.length = 0
    for (let poll = 0; poll < 60; poll++) {
      await clock.sleep(15_000)
      await read().catch(() => undefined)
    }
    const calls = reads.reduce((sum, one) => sum + one.calls, 0)
    assert.ok(calls <= 180, `${calls}`) // what was saved before, and two for each
  })
})

it('follows the account: whatever happens, a whole reading later its sums are those of the list', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          minutes: fc.integer({ min: 0, max: 3000 }),
          what: fc.constantFrom('pay', 'settle', 'vanish', 'move', 'nothing'),
          which: fc.nat(),
          amount: fc.integer({ min: -9999, max: 9999 }),
        }),
        { maxLength: 40 },
      ),
      async (steps) => {
        const { clock, monzo, read } = setup('2026-11-20T12:00:00Z')
        for (const { minutes, what, which, amount } of steps) {
          await clock.sleep(minutes * MINUTE_MS)
          const at = which % Math.max(1, monzo.list.length)
          const old = monzo.list[at]
          if (what === 'pay')
            monzo.list.push(transaction({ created: iso(clock.now()), amount, settled: '' }))
          if (what === 'vanish') monzo.list.splice(at, 1)
          if (what === 'settle' && old) monzo.list[at] = { ...old, settled: iso(clock.now()) }
          if (what === 'move' && old) monzo.list[at] = { ...old, category: 'gifts' }
          await read()
        }
        await clock.sleep(15 * MINUTE_MS)
        const periods = spendingPeriods(clock.now())
        const { newestAtMs: _, ...expected } = sumSpending(
          monzo.list.map((one) => toPosting(one, false)),
          periods,
        )
        const sums = (await read())(clock.now())
        assert.ok(sums)
        const { newestAtMs: __, ...found } = sums
        assert.deepEqual(found, expected)
      },
    ),
    { numRuns: 200 },
  ))

describe('The history', () => {
  it('is told every list with the time since when it is whole', async () => {
    const { ledger, monzo, read, told, ago, signal } = setup()
    const old = transaction({ created: ago(100) })
    monzo.list = [old]
    await read()
    assert.deepEqual(told, [{ sinceMs: Date.parse('2026-10-31T23:59:59.999Z'), ids: [old.id] }])
    const late = transaction({ created: ago(1) })
    monzo.list.push(late)
    await ledger.readNew(signal)
    assert.deepEqual(told.at(-1)?.ids, [old.id, late.id])
    assert.equal(told.length, 2)
  })
  it('is told nothing of a list that has records which can not be read, or that failed', async () => {
    const { monzo, read, told, ago } = setup()
    monzo.list = [transaction({ created: ago(100) })]
    monzo.skipped = 1
    await read()
    monzo.failure = new Error('no reply')
    await assert.rejects(read)
    assert.deepEqual(told, [])
  })
})
