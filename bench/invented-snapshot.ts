import { type Clock, type Instant, instantOf } from '../src/lib/clock.ts'
import type { AccountReading, PotReading, Snapshot } from '../src/readings/snapshot.ts'

const POTS = 12
const SERIES_PER_POT = 2
const SERIES_PER_ACCOUNT = 5 + POTS * SERIES_PER_POT

/** Readings that make about this many series (at least): amounts differ from one call to the next. */
export function inventSnapshot(series: number, clock: Clock): Snapshot {
  const now = instantOf(clock)
  const count = Math.ceil(series / SERIES_PER_ACCOUNT)
  const accounts = Array.from({ length: count }, (_, n) => inventAccount(n, now))
  return {
    isUp: true,
    logins: [{ userId: id('user', 0), state: 'connected', isUp: true, lastPollAtMs: now.wallMs }],
    accounts,
    areTokensPersisted: true,
    validForMs: 5 * 60_000,
  }
}

function inventAccount(n: number, readAt: Instant): AccountReading {
  const minor = (readAt.wallMs + n * 7919) % 1_000_000
  return {
    accountId: id('acc', n),
    currency: 'GBP',
    accountType: 'uk_retail',
    ownerType: 'personal',
    readAt,
    balanceMinor: minor,
    totalMinor: minor + 50_000,
    includingFlexibleSavingsMinor: minor + 60_000,
    spendTodayMinor: -(minor % 5000),
    pots: Array.from({ length: POTS }, (_, pot) => inventPot(n * POTS + pot, minor)),
  }
}

function inventPot(n: number, minor: number): PotReading {
  return {
    potId: id('pot', n),
    potName: `Holiday ${n}`,
    currency: 'GBP',
    balanceMinor: minor + n,
    goalMinor: 200_000,
  }
}

/** As long as Monzo's. */
const id = (kind: string, n: number): string => `${kind}_${String(n).padStart(22, '0')}`
