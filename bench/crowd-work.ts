import { join } from 'node:path'
import { type Instant, instantOf, systemClock } from '../src/lib/clock.ts'
import { renderExposition } from '../src/metrics/exposition.ts'
import { createMeters } from '../src/metrics/meters.ts'
import { assembleSnapshot, type SnapshotSource } from '../src/readings/assemble.ts'
import type { Posting } from '../src/readings/posting.ts'
import { createSpendingAt } from '../src/readings/spending.ts'
import type { StoredLogin } from '../src/tokens/schemas.ts'
import { saveLogins } from '../src/tokens/token-save.ts'
import { median } from './statistics.ts'

const TIMES = 15

/** @returns what a snapshot of so many logins and its rendering take, in ms. */
export async function measureRendering(count: number): Promise<number> {
  const build = { version: '0.0.0', revision: 'bench', nodeVersion: process.version }
  const { registries } = createMeters(build)
  const now = instantOf(systemClock)
  const sources = Array.from({ length: count }, (_, n) => inventSource(n, now))
  return timed(async () => {
    const options = { now: instantOf(systemClock), staleAfterMs: 3_600_000 }
    await renderExposition(assembleSnapshot(sources, options), registries)
  })
}

/** @returns what it takes to save so many logins durably in this folder, in ms. */
export async function measureSaving(folder: string, count: number): Promise<number> {
  const path = join(folder, 'tokens.json')
  const logins = Array.from({ length: count }, (_, n) => inventLogin(n))
  return timed(() => saveLogins(path, logins))
}

async function timed(work: () => Promise<void>): Promise<number> {
  const tookMs: number[] = []
  for (let time = 0; time < TIMES; time++) {
    const startedMs = performance.now()
    await work()
    tookMs.push(performance.now() - startedMs)
  }
  return median(tookMs)
}

const CATEGORIES = ['eating_out', 'groceries', 'transport', 'bills', 'shopping', 'cash']
const POSTINGS = 60 // about what a month has

/** One person with one account that is in use. */
function inventSource(n: number, now: Instant): SnapshotSource {
  const postings = Array.from({ length: POSTINGS }, (_, index): Posting => {
    const category = CATEGORIES[index % CATEGORIES.length] ?? ''
    const what = { outcome: 'settled', isInSpending: true, isPotMove: false, category } as const
    const createdMs = now.wallMs - index * 3_600_000
    return { ...what, id: idOf('tx', index), createdMs, amountMinor: -100 - index }
  })
  const spendingAt = createSpendingAt(postings, { readFromMs: 0, olderNewestMs: undefined })
  const balance = {
    readAt: now,
    currency: 'GBP',
    balanceMinor: 100 * n,
    totalMinor: 200 * n,
    includingFlexibleSavingsMinor: 300 * n,
    spendTodayMinor: -n,
  }
  const about = { accountId: idOf('acc', n), accountType: 'uk_retail', ownerType: 'personal' }
  return {
    userId: idOf('user', n),
    state: { state: 'connected' },
    accessTokenExpiresAtMs: now.wallMs,
    authorizationExpiresAtMs: now.wallMs,
    isCandidate: false,
    history: { lastPollAt: now, lastSuccessAt: now },
    accounts: [{ ...about, balance, transactions: { readAt: now, spendingAt } }],
  }
}

const TOKEN_CHARACTERS = 400 // Monzo's are about as long

function inventLogin(n: number): StoredLogin {
  const token = String(n).padStart(TOKEN_CHARACTERS, '0')
  return {
    user_id: idOf('user', n),
    client_id: idOf('oauth2client', 0),
    access_token: token,
    refresh_token: token,
    expires_at: '2026-11-22T10:00:00.000Z',
    expires_in: 107_999,
    authorized_at: '2026-11-22T04:00:00.000Z',
  }
}

const idOf = (kind: string, n: number): string => `${kind}_${String(n).padStart(22, '0')}`
