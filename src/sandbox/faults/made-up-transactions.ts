const PAGE = 100
const PREFIX = 'tx_endless_'

/** A page of 100 new payments of a penny after the cursor `since`: such a list has no end. */
export function endlessPage(since: string, created: string, bytes: number) {
  const first = since.startsWith(PREFIX) ? Number(since.slice(PREFIX.length)) + 1 : 0
  const description = 'x'.repeat(Math.max(0, Math.floor(bytes / PAGE)))
  const idOf = (n: number) => `${PREFIX}${String(first + n).padStart(9, '0')}`
  return {
    transactions: Array.from({ length: PAGE }, (_, n) => madeUp(idOf(n), created, description)),
  }
}

/** The last page of a list of transactions, with one more, which was made in the year 9999. */
export function withOneOf9999(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('transactions' in body)) return body
  const { transactions } = body
  if (!Array.isArray(transactions) || transactions.length >= PAGE) return body
  const late = madeUp('tx_zzzz9999', '9999-12-31T23:59:59.999Z', 'Made up')
  return { ...body, transactions: [...transactions, late] }
}

const madeUp = (id: string, created: string, description: string) => ({
  ...{ id, created, description, amount: -1, currency: 'GBP', category: 'general' },
  ...{ include_in_spending: true, settled: created, scheme: 'mastercard' },
})
