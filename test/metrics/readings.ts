import type { BuildInfo } from '../../src/metrics/meters.ts'
import type { AccountReading, LoginReading, Snapshot } from '../../src/readings/snapshot.ts'

export const BUILD: BuildInfo = { version: '1.2.3', revision: 'abc1234', nodeVersion: 'v20.17.0' }

export const EMPTY: Snapshot = {
  isUp: false,
  logins: [],
  accounts: [],
  pasts: [],
  validForMs: Number.POSITIVE_INFINITY,
}

/** An account of which nothing is known but its balance. */
export const ACCOUNT: AccountReading = {
  accountId: 'acc_1',
  currency: 'GBP',
  accountType: 'uk_retail',
  readAt: { wallMs: 0, elapsedMs: 0 },
  balanceMinor: 123_456,
}

/** A login of which nothing is known but that it works. */
export const LOGIN: LoginReading = { userId: 'user_1', state: 'connected', isUp: true }

const HOLDS = { startMs: 0, endMs: 1 }

/** All there can be. */
export const FULL: Snapshot = {
  isUp: true,
  logins: [
    {
      ...LOGIN,
      accessTokenExpiresAtMs: Date.parse('2026-11-22T16:00:00Z'),
      authorizationExpiresAtMs: Date.parse('2027-02-20T10:00:00Z'),
      lastPollAtMs: Date.parse('2026-11-22T10:00:15.5Z'),
      lastSuccessfulPollAtMs: Date.parse('2026-11-22T10:00:00Z'),
    },
  ],
  accounts: [
    {
      ...ACCOUNT,
      ownerType: 'personal',
      accountName: 'Mine "and" ours',
      totalMinor: 223_456,
      includingFlexibleSavingsMinor: 323_456,
      spendTodayMinor: -510,
      pots: [
        {
          potId: 'pot_1',
          potName: 'Rain',
          currency: 'GBP',
          balanceMinor: 10_000,
          goalMinor: 50_000,
        },
        { potId: 'pot_2', potName: 'Sun', currency: 'GBP', balanceMinor: 0 },
      ],
      spending: {
        spentToday: [{ category: 'groceries', amountMinor: 1230 }],
        spentMonth: [
          { category: 'groceries', amountMinor: 45_605 },
          { category: 'category_0000AbC', amountMinor: -99 },
        ],
        receivedMonthMinor: 344_000,
        outcomesMonth: { settled: 41, pending: 3, declined: 1 },
        newestAtMs: Date.parse('2026-11-22T09:59:58.25Z'),
        describedToday: [
          { category: 'groceries', description: 'LOREM GROCERS', amountMinor: -1230 },
        ],
        holds: HOLDS,
      },
    },
    {
      ...ACCOUNT,
      accountId: 'acc_2',
      currency: 'JPY',
      spendTodayMinor: 0,
      spending: {
        spentToday: [],
        spentMonth: [{ category: 'transport', amountMinor: 640 }],
        receivedMonthMinor: 0,
        outcomesMonth: { settled: 1, pending: 0, declined: 0 },
        describedToday: [],
        holds: HOLDS,
      },
    },
  ],
  pasts: [
    {
      accountId: 'acc_1',
      currency: 'GBP',
      startMs: Date.parse('2023-05-04T09:00:00Z'),
      transactions: 3412,
      unexplainedMinor: 25_000,
      months: [
        {
          month: '2026-10',
          spent: [
            { category: 'groceries', amountMinor: 40_205 },
            { category: 'refunds', amountMinor: -99 },
          ],
          receivedMinor: 344_000,
          balanceMinor: 98_765,
        },
        { month: '2026-09', spent: [], receivedMinor: 0 },
      ],
      holds: HOLDS,
    },
    { accountId: 'acc_3', transactions: 0, months: [], holds: HOLDS },
  ],
  areTokensPersisted: true,
  validForMs: 300_000,
}
