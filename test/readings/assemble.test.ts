import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Instant } from '../../src/lib/clock.ts'
import type { ReadAccount } from '../../src/readings/account.ts'
import { assembleSnapshot, type SnapshotSource } from '../../src/readings/assemble.ts'
import type { PastReading } from '../../src/readings/past.ts'
import type { AccountReading } from '../../src/readings/snapshot.ts'
import { createSpendingAt } from '../../src/readings/spending.ts'

const STALE_AFTER_MS = 300_000
const at = (ms: number): Instant => ({ wallMs: 1_000_000 + ms, elapsedMs: ms })
const read = (accountId: string, readAt: Instant, balanceMinor = 1): ReadAccount => ({
  accountId,
  accountType: 'uk_retail',
  ownerType: undefined,
  balance: {
    readAt,
    currency: 'GBP',
    balanceMinor,
    ...{ totalMinor: undefined, includingFlexibleSavingsMinor: undefined },
    spendTodayMinor: undefined,
  },
})
const reading = (accountId: string, ms: number, balanceMinor = 1): ReadAccount =>
  read(accountId, at(ms), balanceMinor)
const PROBLEM = { message: 'm', hint: 'h' }
interface Sketch {
  state?: SnapshotSource['state']['state']
  isCandidate?: boolean
  successMs?: number
  fails?: boolean
  isIncomplete?: boolean
  readings?: ReadAccount[]
  pasts?: PastReading[]
}
const source = ({
  state = 'connected',
  isCandidate = false,
  successMs,
  fails,
  isIncomplete,
  readings = [],
  pasts = [],
}: Sketch): SnapshotSource => ({
  ...{ userId: 'user_1', state: { state }, isCandidate },
  ...{ accessTokenExpiresAtMs: undefined, authorizationExpiresAtMs: undefined },
  history: {
    ...(successMs === undefined ? {} : { lastPollAt: at(successMs), lastSuccessAt: at(successMs) }),
    ...(isIncomplete ? { problem: PROBLEM } : {}),
    ...(fails ? { hasFailed: true, problem: PROBLEM } : {}),
  },
  accounts: readings,
  pastsAt: () => pasts,
})
const assemble = (now: Instant, ...sketches: Sketch[]) =>
  assembleSnapshot(sketches.map(source), { now, staleAfterMs: STALE_AFTER_MS })
const ids = (snapshot: { accounts: readonly AccountReading[] }) =>
  snapshot.accounts.map(({ accountId }) => accountId)

describe('monzo_up', () => {
  const cases: [what: string, expected: boolean, ...sketches: Sketch[]][] = [
    ['there is no login', false],
    ['the last poll succeeded', true, { successMs: 0 }],
    ['no poll has ended yet', false, {}],
    ['the last poll failed', false, { successMs: 0, fails: true }],
    ['the last poll could not read all pots', true, { successMs: 0, isIncomplete: true }],
    ['one of two fails', false, { successMs: 0 }, { successMs: 0, fails: true }],
    ['access is not approved yet', false, { successMs: 0, state: 'awaiting_approval' }],
    ['only a candidate is not connected', true, { successMs: 0 }, { isCandidate: true }],
    ['there is only a candidate', false, { successMs: 0, isCandidate: true }],
  ]
  for (const [what, expected, ...sketches] of cases)
    it(`is ${expected ? 1 : 0} when ${what}`, () => {
      assert.equal(assemble(at(1000), ...sketches).isUp, expected)
    })
  it('is 0 from the moment the last success is older than stale_after', () => {
    assert.equal(assemble(at(STALE_AFTER_MS), { successMs: 0 }).isUp, true)
    assert.equal(assemble(at(STALE_AFTER_MS + 1), { successMs: 0 }).isUp, false)
  })
})

describe('A balance', () => {
  it('is exported until stale_after has passed, and not a millisecond longer', () => {
    const sketch = { readings: [reading('acc_1', 0), reading('acc_2', 1)] }
    assert.deepEqual(ids(assemble(at(STALE_AFTER_MS), sketch)), ['acc_1', 'acc_2'])
    assert.deepEqual(ids(assemble(at(STALE_AFTER_MS + 1), sketch)), ['acc_2'])
  })
  it('is as old as the older of two clocks says: set back, or asleep', () => {
    const sketch = { readings: [reading('acc_1', 0)] }
    const setBack: Instant = { wallMs: 0, elapsedMs: STALE_AFTER_MS + 1 }
    const suspended: Instant = { wallMs: 1_000_001 + STALE_AFTER_MS, elapsedMs: 5 }
    assert.deepEqual(ids(assemble(setBack, sketch)), [])
    assert.deepEqual(ids(assemble(suspended, sketch)), [])
    assert.deepEqual(ids(assemble({ wallMs: 0, elapsedMs: 5 }, sketch)), ['acc_1'])
  })
  it('of a joint account is taken once, from the first connected login that read it', () => {
    const first = { readings: [reading('acc_joint', 0, 1)] }
    const second = { readings: [reading('acc_joint', 5, 2)] }
    const balances = (...sketches: Sketch[]) =>
      assemble(at(10), ...sketches).accounts.map(({ balanceMinor }) => balanceMinor)
    assert.deepEqual(balances(first, second), [1])
    assert.deepEqual(balances({ ...first, state: 'reauthorization_required' }, second), [2])
    assert.deepEqual(balances({}, second), [2])
    assert.deepEqual(balances({ ...first, state: 'reauthorization_required' }), [1])
  })
  it('of a candidate is not exported', () => {
    assert.deepEqual(
      ids(assemble(at(0), { isCandidate: true, readings: [reading('acc_1', 0)] })),
      [],
    )
  })
})

it('tells how long it is valid: until the first value in it goes stale', () => {
  assert.equal(assemble(at(0)).validForMs, Number.POSITIVE_INFINITY)
  const sketches = [{ readings: [reading('acc_1', 1000)] }, { readings: [reading('acc_2', 500)] }]
  assert.equal(assemble(at(2000), ...sketches).validForMs, STALE_AFTER_MS - 1500)
  assert.equal(assemble(at(2000), { successMs: 100 }).validForMs, STALE_AFTER_MS - 1900)
})
it('carries the times of the polls on the wall clock', () => {
  const [login] = assemble(at(9), { successMs: 5 }).logins
  assert.equal(login?.lastPollAtMs, 1_000_005)
  assert.equal(login?.lastSuccessfulPollAtMs, 1_000_005)
})

it('names the accounts that have a name', () => {
  const readings = ['acc_1', 'acc_2', 'constructor'].map((id) => reading(id, 0))
  const { accounts } = assembleSnapshot([source({ readings })], {
    ...{ now: at(0), staleAfterMs: STALE_AFTER_MS, accountNames: { acc_2: 'Joint' } },
  })
  assert.deepEqual(
    accounts.map(({ accountName }) => accountName),
    [undefined, 'Joint', undefined],
  )
})

it('shows pots no longer than their own age allows, whatever becomes of the balance', () => {
  const pot = { potId: 'pot_1', potName: 'Holiday', currency: 'GBP', balanceMinor: 7 }
  const account = { ...reading('acc_1', 1000), pots: { readAt: at(0), pots: [pot] } }
  const potsAt = (ms: number) => assemble(at(ms), { readings: [account] }).accounts[0]?.pots
  assert.deepEqual(potsAt(STALE_AFTER_MS), [pot])
  assert.equal(potsAt(STALE_AFTER_MS + 1), undefined)
  assert.equal(assemble(at(1000), { readings: [account] }).validForMs, STALE_AFTER_MS - 1000)
})

describe('Spending', () => {
  const NOVEMBER_MS = Date.parse('2026-11-01T00:00:00Z')
  const wall = (iso: string, elapsedMs = 0): Instant => ({ wallMs: Date.parse(iso), elapsedMs })
  const withSpending = (accountId: string, readAt: Instant, transactionsReadAt = readAt) => ({
    ...read(accountId, readAt),
    transactions: {
      readAt: transactionsReadAt,
      spendingAt: createSpendingAt([], { readFromMs: NOVEMBER_MS, olderNewestMs: 7 }),
    },
  })
  const spendingOf = (now: Instant, ...readings: ReadAccount[]) =>
    assemble(now, { readings }).accounts.map(({ spending }) => spending?.newestAtMs)

  it('goes stale on its own, and leaves the balance', () => {
    const now = wall('2026-11-22T10:05:00Z', STALE_AFTER_MS)
    const one = withSpending('acc_1', now, wall('2026-11-22T10:00:00Z'))
    assert.deepEqual(spendingOf(now, one), [7])
    const later = wall('2026-11-22T10:05:00.001Z', STALE_AFTER_MS + 1)
    assert.deepEqual(spendingOf(later, one), [undefined])
  })
  it('is exported once for a joint account', () => {
    const now = wall('2026-11-22T10:00:00Z')
    const joint = { readings: [withSpending('acc_joint', now)] }
    assert.equal(assemble(now, joint, joint).accounts.length, 1)
  })
  it('makes a snapshot end with the day, or with the transactions, whichever is first', () => {
    const now = wall('2026-11-22T23:59:58Z', 1000)
    const validForMs = (readAt: Instant) =>
      assemble(now, { readings: [withSpending('acc_1', now, readAt)] }).validForMs
    assert.equal(validForMs(now), 2000)
    assert.equal(validForMs(wall('2026-11-22T23:54:59Z')), 1000)
  })
  it('is that of the new month from its first millisecond on', () => {
    const readAt = wall('2026-11-30T23:59:55Z')
    const monthAt = (iso: string) =>
      assemble(wall(iso, 5000), { readings: [withSpending('acc_1', readAt)] }).accounts[0]?.spending
    assert.equal(monthAt('2026-11-30T23:59:59.999Z')?.holds.endMs, Date.parse('2026-12-01'))
    assert.equal(monthAt('2026-12-01T00:00:00Z')?.holds.startMs, Date.parse('2026-12-01'))
  })
  it('is no part of a snapshot while it is not known', () => {
    const now = wall('2026-11-22T10:00:00Z')
    const [account] = assemble(now, {
      readings: [read('acc_1', now)],
    }).accounts
    assert.ok(account && !('spending' in account) && !('transactions' in account))
  })
})

describe('The past', () => {
  const now: Instant = { wallMs: Date.parse('2026-11-30T23:59:58Z'), elapsedMs: 0 }
  const past = (accountId: string): PastReading => ({
    ...{ accountId, currency: 'GBP', transactions: 7, months: [] },
    holds: { startMs: Date.parse('2026-11-01'), endMs: Date.parse('2026-12-01') },
  })
  const idsOf = (...sketches: Sketch[]) =>
    assemble(now, ...sketches).pasts.map(({ accountId }) => accountId)

  it('is shown whatever became of balance and login', () => {
    const left = { state: 'reauthorization_required', pasts: [past('acc_1')] } as const
    assert.deepEqual(idsOf({ ...left, pasts: [...left.pasts] }), ['acc_1'])
  })
  it('is shown once for a joint account, and not for a candidate', () => {
    const one = { pasts: [past('acc_1'), past('acc_joint')] }
    const other = { pasts: [past('acc_joint')] }
    const candidate = { pasts: [past('acc_2')], isCandidate: true }
    assert.deepEqual(idsOf(one, other, candidate), ['acc_1', 'acc_joint'])
  })
  it('ends the snapshot with the month, when one more month is over', () => {
    assert.equal(assemble(now, { pasts: [past('acc_1')] }).validForMs, 2000)
  })
  it('has the names that people give to categories', () => {
    const names = { category_1: 'dog' }
    let told: unknown
    const pastsAt: SnapshotSource['pastsAt'] = (_nowMs, given) => {
      told = given
      return []
    }
    const options = { now, staleAfterMs: STALE_AFTER_MS, categoryNames: names }
    assembleSnapshot([{ ...source({}), pastsAt }], options)
    assert.equal(told, names)
  })
})
