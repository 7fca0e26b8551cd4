import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { accountIdOf, inventPerson, type NewPerson } from '../../src/sandbox/bank/cast.ts'
import { setUp } from '../e2e/harness.ts'
import { exportedHistory, keepHistory, pastOnStats } from '../fakes/kept-history.ts'
import { createFolder } from '../fakes/world.ts'

/** What an exporter served at a moment. */
export interface Scrape {
  readonly atMs: number
  readonly text: string
}

/** What is in a database when a story is over. */
export interface Told {
  readonly scrapes: readonly Scrape[]
  /** In OpenMetrics, as `history export` writes it. */
  readonly imported?: string
}

const STARTS_AT = '2026-10-12T09:00:00Z'
const DAYS = 46 // until after pay day, with the same day of the month before
const LEAP_HOURS = 6
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const LAST_MINUTES = 6 * 60 // what *Monzo exporter health* shows

const SEED = 1 // the sandbox's own: the same people with the same accounts
const ROBIN = { email: 'robin@example.com', name: 'Robin Sample' }
const currentAccountOf = (person: NewPerson): string =>
  accountIdOf(SEED, { ownerIds: [inventPerson(SEED, person).id], type: 'uk_retail' })

type Exporter = Awaited<ReturnType<typeof setUp>>

/** An exporter on a clock that is driven, and what it serves at each stop. */
async function startExporter(t: TestContext, settings: Readonly<Record<string, string>> = {}) {
  const exporter = await setUp(t, {
    startsAt: STARTS_AT,
    settings: { poll_interval: '1m', ...settings },
  })
  const scrapes: Scrape[] = []
  let nowMs = Date.parse(STARTS_AT)
  return {
    exporter,
    scrapes,
    async connect(email?: string) {
      await exporter.connect(email)
      nowMs += 15_000
    },
    /** Six hours and the minute after them: the machine slept. */
    async leap() {
      await exporter.leap(LEAP_HOURS / 24, LEAP_HOURS)
      nowMs += LEAP_HOURS * HOUR_MS + MINUTE_MS
      scrapes.push({ atMs: nowMs, text: await exporter.stats() })
    },
    async minute() {
      await exporter.clock.advance(MINUTE_MS)
      nowMs += MINUTE_MS
      scrapes.push({ atMs: nowMs, text: await exporter.stats() })
    },
  }
}

/** The demo's person for a month and a half, the last hours minute by minute. */
async function demo(t: TestContext): Promise<Told> {
  const { exporter, connect, leap, minute, scrapes } = await startExporter(t)
  await connect()
  for (let leaps = 0; leaps < (DAYS * 24) / LEAP_HOURS; leaps++) await leap()
  for (let minutes = 0; minutes < LAST_MINUTES; minutes++) await minute()
  return withHistory(t, exporter, scrapes)
}

/** The past of the demo's current accounts, on the last scrape and imported. */
async function withHistory(
  t: TestContext,
  { sandbox: { bank } }: Exporter,
  scrapes: readonly Scrape[],
): Promise<Told> {
  const { atMs = 0, text = '' } = scrapes.at(-1) ?? {}
  const folder = join(await createFolder(t), 'history')
  await mkdir(folder)
  const accounts = text.matchAll(/^monzo_balance\{account_id="(\w+)"/gm)
  for (const [, id = ''] of accounts) await keepHistory(folder, bank, id, atMs)
  const last = { atMs, text: text + (await pastOnStats(folder, atMs)) }
  return {
    scrapes: [...scrapes.slice(0, -1), last],
    imported: await exportedHistory(t, folder, atMs),
  }
}

/**
 * Two people. One has given his account a name; the other has more pots and categories than fit, has
 * renamed two of the latter, and has a second account of the same type, in euros.
 */
async function crowded(t: TestContext): Promise<Told> {
  const { exporter, connect, minute, scrapes } = await startExporter(t, {
    account_names: `${currentAccountOf(ROBIN)}=Robin's account`,
    category_names: 'category_0000Sim1020=Dog food,holidays=Away',
  })
  fill(exporter)
  await connect()
  await connect(ROBIN.email)
  for (let minutes = 0; minutes < 20; minutes++) await minute()
  return { scrapes }
}

function fill({ sandbox: { bank }, account }: Exporter): void {
  const { ownerIds = [] } = bank.findAccount(account) ?? {}
  const euros = bank.addAccount({
    ownerIds,
    currency: 'EUR',
    type: 'uk_retail',
    balanceMinor: 1_239_001,
  })
  bank.addPot(euros.id, { name: 'Savings', balanceMinor: 5_000 })
  bank.addPot(account, { name: 'Savings', balanceMinor: 1_234_567, goalMinor: 2_000_000 })
  bank.addPot(account, { name: 'Trip (EUR)', balanceMinor: 100 })
  bank.addPot(account, { name: 'A pot whose name is as long as Monzo lets it be', balanceMinor: 1 })
  for (let n = 1; n <= 20; n++)
    bank.addTransaction(account, { amountMinor: -n * 101, category: `category_0000Sim${1000 + n}` })
}

/** Nobody has logged in yet. */
async function nobody(t: TestContext): Promise<Told> {
  const { minute, scrapes } = await startExporter(t)
  for (let minutes = 0; minutes < 5; minutes++) await minute()
  return { scrapes }
}

export const STORIES: Readonly<Record<string, (t: TestContext) => Promise<Told>>> = {
  demo,
  crowded,
  nobody,
}
