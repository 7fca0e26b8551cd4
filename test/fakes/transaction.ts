import type { Transaction } from '../../src/monzo/schemas.ts'

let made = 0

/** A settled card payment, unless told otherwise; each has an id of its own, later ones a later one. */
export function transaction(told: Partial<Transaction> = {}): Transaction {
  return {
    id: `tx_0000${String(++made).padStart(18, '0')}`,
    created: '2026-11-22T09:00:00Z',
    amount: -510,
    category: 'eating_out',
    include_in_spending: true,
    settled: '2026-11-23T03:00:00.2Z',
    scheme: 'mastercard',
    description: 'SAMPLE CAFE            LONDON        GBR',
    categories: undefined,
    ...told,
  }
}
