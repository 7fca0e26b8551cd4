import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Instant } from '../../src/lib/clock.ts'
import type { ReadAccount } from '../../src/readings/account.ts'
import {
  type BalanceSource,
  type LostBalances,
  lostBalances,
} from '../../src/readings/lost-balances.ts'

const STALE_AFTER_MS = 300_000
const WALL_MS = Date.parse('2026-01-01T00:00:00Z')
const at = (ms: number): Instant => ({ wallMs: WALL_MS + ms, elapsedMs: ms })
const account = (accountId: string, readMs: number): ReadAccount => ({
  ...{ accountId, accountType: 'uk_retail', ownerType: undefined },
  balance: {
    ...{ readAt: at(readMs), currency: 'GBP', balanceMinor: 1, totalMinor: undefined },
    ...{ includingFlexibleSavingsMinor: undefined, spendTodayMinor: undefined },
  },
})
interface Sketch {
  state?: BalanceSource['state']['state']
  isCandidate?: boolean
  connectedMs?: number | undefined
  read?: Record<string, number>
}
const login = ({ state = 'connected', isCandidate = false, connectedMs, read = {} }: Sketch) => ({
  ...{ state: { state }, isCandidate },
  connectedAt: connectedMs === undefined ? undefined : at(connectedMs),
  accounts: Object.entries(read).map(([id, readMs]) => account(id, readMs)),
})

const NOW_MS = 1_000_000
const FRESH = NOW_MS - STALE_AFTER_MS
const STALE = FRESH - 1
const lost = (accountIds: string[], sinceMs: number, isAll = true): LostBalances => ({
  ...{ accountIds, sinceMs: WALL_MS + sinceMs, isAll },
})
const cases: [what: string, expected: (LostBalances | undefined)[], ...logins: Sketch[]][] = [
  ['a balance is as old as it may be', [undefined], { read: { a: FRESH } }],
  ['a balance is older', [lost(['a'], STALE + STALE_AFTER_MS)], { read: { a: STALE } }],
  [
    'the last of several went at another time than the first',
    [lost(['a', 'b'], STALE + STALE_AFTER_MS)],
    { read: { a: 0, b: STALE } },
  ],
  ['one of several is older', [lost(['b'], 300_000, false)], { read: { a: FRESH, b: 0 } }],
  [
    'another login still reads it',
    [undefined, undefined],
    { read: { a: 0 } },
    { read: { a: FRESH } },
  ],
  [
    'only a candidate still reads it',
    [lost(['a'], 300_000), undefined],
    { read: { a: 0 } },
    { isCandidate: true, read: { a: FRESH } },
  ],
  [
    'a login has ended, and its balance is old',
    [lost(['a'], 300_000)],
    { state: 'reauthorization_required', read: { a: 0 } },
  ],
  ['none was ever read', [lost([], STALE)], { connectedMs: STALE }],
  ['none was read yet', [undefined], { connectedMs: FRESH }],
  ['it waits for approval', [undefined], { state: 'awaiting_approval' }],
  [
    'it ended before anything was read',
    [undefined],
    { state: 'reauthorization_required', connectedMs: 0 },
  ],
]
for (const [what, expected, ...logins] of cases)
  it(`says what is lost when ${what}`, () =>
    assert.deepEqual(
      lostBalances(logins.map(login), { now: at(NOW_MS), staleAfterMs: STALE_AFTER_MS }),
      expected,
    ))
