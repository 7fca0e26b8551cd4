import type { PagesOfMonzo } from '../../src/history/read-span.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { Transaction } from '../../src/monzo/schemas.ts'
import type { FakeClock } from '../fakes/clock.ts'

const DAY_MS = 86_400_000

/** Monzo's lists with every limit of them: 100 a page, below 365 days a range, 90 days but for five minutes. */
export function createFakeMonzo(clock: FakeClock, { replyMs = 150 } = {}) {
  const lists = new Map<string, Transaction[]>()
  let shownUntilMs = Number.NEGATIVE_INFINITY
  const reads: { accountId: string; from: string; to: string; pages: number }[] = []
  const failures: unknown[] = []
  const iso = (ms: number) => new Date(ms).toISOString()
  const refuse = (code: 'MONZO_TOO_LONG_AGO' | 'MONZO_HTTP' | 'MONZO_FORBIDDEN', message: string) =>
    new AppError(code, message, { hint: '' })
  const monzo: PagesOfMonzo = {
    async *readTransactions(accountId, { sinceMs, beforeMs }, signal) {
      const read = { accountId, from: iso(sinceMs + 1), to: iso(beforeMs), pages: 0 }
      reads.push(read)
      let cursor = ''
      for (;;) {
        await clock.sleep(replyMs)
        signal.throwIfAborted()
        const failure = failures.shift()
        if (failure) throw failure
        const list = lists.get(accountId)
        if (!list) throw refuse('MONZO_FORBIDDEN', 'GET /transactions: 403')
        if (beforeMs - sinceMs >= 365 * DAY_MS) throw refuse('MONZO_HTTP', 'GET /transactions: 400')
        const after = list.find(({ id }) => id === cursor)
        const oldestMs = after ? Date.parse(after.created) : sinceMs
        if (clock.now() - oldestMs >= 90 * DAY_MS && clock.elapsed() >= shownUntilMs)
          throw refuse('MONZO_TOO_LONG_AGO', 'GET /transactions: 403, as it is too long ago')
        const transactions = list
          .filter(({ id, created }) => {
            const atMs = Date.parse(created)
            return id > cursor && atMs > sinceMs && atMs < beforeMs
          })
          .slice(0, 100)
        read.pages++
        yield { transactions, skipped: 0 }
        if (transactions.length < 100) return
        cursor = transactions.at(-1)?.id ?? ''
      }
    },
  }
  return {
    monzo,
    lists,
    reads,
    /** Thrown instead of the next replies; `undefined` lets one pass. */
    failures,
    approve() {
      shownUntilMs = clock.elapsed() + 5 * 60_000
    },
    close() {
      shownUntilMs = Number.NEGATIVE_INFINITY
    },
  }
}
