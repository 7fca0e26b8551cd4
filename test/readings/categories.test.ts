import assert from 'node:assert/strict'
import { it } from 'node:test'
import { categoriesIn } from '../../src/readings/categories.ts'
import type { Snapshot } from '../../src/readings/snapshot.ts'
import { sumSpending } from '../../src/readings/spending.ts'

const sums = (...names: string[]) => names.map((category) => ({ category, amountMinor: 1 }))

it('lists every category of today, this month and past months once, but not what is left over', () => {
  const span = { startMs: 0, endMs: 1 }
  const none = sumSpending([], { spendingDay: span, calendarDay: span, month: span })
  const spending = { ...none, spentToday: sums('bills'), spentMonth: sums('shopping', 'other') }
  const month = { month: '2026-10', receivedMinor: 0, spent: sums('category_1', 'shopping') }
  const snapshot: Snapshot = {
    ...{ isUp: true, logins: [], validForMs: 0 },
    accounts: [
      {
        ...{ accountId: 'acc_1', currency: 'GBP', accountType: 'uk_retail', balanceMinor: 0 },
        readAt: { wallMs: 0, elapsedMs: 0 },
        spending,
      },
    ],
    pasts: [{ accountId: 'acc_1', transactions: 1, months: [month], holds: span }],
  }
  assert.deepEqual(categoriesIn(snapshot), ['bills', 'category_1', 'shopping'])
})
