import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { daysOf } from '../../src/history/days.ts'
import type { Ledger } from '../../src/history/ledger.ts'
import { readLedgers } from '../../src/history/read-ledgers.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { londonDate } from '../../src/lib/london.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { loadLogins } from '../../src/tokens/token-file.ts'
import { bundle } from './bundle.ts'
import { type Child, startNode } from './child.ts'
import type { Patient } from './kills.ts'

/** What became of the ledgers. */
export interface HistoryTally {
  kills: number
  /** Killed when some of the past was known, and not all. */
  halfWay: number
  /** Read to the end, by several lives. */
  whole: number
  /** Days that were compared with the bank's books. */
  days: number
  /** What must never happen, in words. */
  readonly violations: string[]
}

export const createHistoryTally = (): HistoryTally => ({
  ...{ kills: 0, halfWay: 0, whole: 0, days: 0 },
  violations: [],
})

const LONGEST_LIFE_MS = 700 // what reading everything takes
const APPROVED_FOR_MS = 4 * 60_000 // of the five minutes

/**
 * Kills what reads the history in, each time after another moment, and goes on where it was. When
 * everything is read, all is forgotten and begins again. @param random in [0, 1).
 */
export async function killHistoryAgainAndAgain(
  t: Parameters<typeof startNode>[0],
  patient: Patient,
  { tally, random, isOver }: { tally: HistoryTally; random: () => number; isOver: () => boolean },
): Promise<void> {
  const folder = join(patient.folder, 'history')
  const program = await bundle('test/chaos/history-keeper.ts')
  let approvedMs = Number.NEGATIVE_INFINITY
  while (!isOver()) {
    if (systemClock.elapsed() - approvedMs > APPROVED_FOR_MS) {
      await patient.logIn()
      approvedMs = systemClock.elapsed()
    }
    const [login] = (await loadLogins(patient.path)) ?? []
    const options = { folder, apiUrl: patient.sandbox.apiUrl, token: login?.access_token ?? '' }
    const keeper: Child = startNode(t, [program, JSON.stringify(options)])
    await keeper.says('reading')
    await Promise.race([keeper.says('done'), systemClock.sleep(random() * LONGEST_LIFE_MS)])
    await keeper.kill()
    tally.kills++
    const known = tally.violations.length
    await examineHistory(patient.sandbox, folder, tally)
    if (/warn|error/.test(keeper.output())) tally.violations.push(`it complained`)
    if (tally.violations.length > known) tally.violations.push(keeper.output())
    if (!keeper.output().includes('done')) continue
    tally.whole++
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the disk holds after a kill: no damage, and of each day that is called known, all of it. */
async function examineHistory(sandbox: Sandbox, folder: string, tally: HistoryTally) {
  const { ledgers, faults } = await readLedgers(folder)
  for (const { message } of faults) tally.violations.push(`kill ${tally.kills}: ${message}`)
  for (const ledger of ledgers) {
    const days = comparable(ledger)
    const books = new Map(sandbox.bank.days(ledger.accountId).map((day) => [day.date, day]))
    if (ledger.count > 0 && ledger.knownSinceMs !== undefined && days.length < books.size - 1)
      tally.halfWay++
    tally.days += days.length
    const wrong = days.filter(({ date, transactions, receivedMinor }) => {
      const book = books.get(date)
      return transactions !== book?.transactions || receivedMinor !== book.receivedMinor
    })
    const [first] = wrong
    if (first) tally.violations.push(`kill ${tally.kills}: ${first.date} is not as in the books`)
  }
}

const comparable = (ledger: Ledger) =>
  daysOf(ledger, Date.now()).map(({ span, receivedMinor }) => ({
    date: londonDate(span.startMs),
    transactions: ledger.postingsIn(span).length,
    receivedMinor,
  }))
