import fc from 'fast-check'
import type { LedgerLine } from '../../src/history/ledger-lines.ts'
import { OUTCOMES, type Posting } from '../../src/readings/posting.ts'

export const ms = (iso: string): number => Date.parse(iso)

let made = 0

/** A settled payment of £5.10, unless told otherwise. */
export const posting = (told: Partial<Posting> = {}): Posting => ({
  id: `tx_0000${String(++made).padStart(18, '0')}`,
  createdMs: ms('2026-11-22T09:00:00Z'),
  amountMinor: -510,
  outcome: 'settled',
  isInSpending: true,
  isPotMove: false,
  category: 'eating_out',
  ...told,
})

export const kept = (one: Posting, currency = 'GBP'): LedgerLine => ({
  kind: 'posting',
  posting: one,
  currency,
})
export const known = (from: string, to: string): LedgerLine => ({
  kind: 'known',
  span: { startMs: ms(from), endMs: ms(to) },
})
export const opening = (minor: number, from: string): LedgerLine => ({
  kind: 'opening',
  opening: { minor, currency: 'GBP', fromMs: ms(from) },
})

/** Any transaction that Monzo may list, made in this span. */
export const anyPosting = (from: string, to: string): fc.Arbitrary<Posting> =>
  fc
    .record({
      createdMs: fc.integer({ min: ms(from), max: ms(to) - 1 }),
      amountMinor: fc.integer({ min: -500_000, max: 500_000 }),
      outcome: fc.constantFrom(...OUTCOMES),
      isInSpending: fc.boolean(),
      isPotMove: fc.boolean(),
      category: fc.constantFrom('eating_out', 'groceries', 'bills', 'category_0000ABC'),
      parts: fc.option(fc.integer({ min: -1000, max: 1000 })),
    })
    .map(({ parts, ...told }) => ({
      ...posting(told),
      ...(parts !== null && {
        split: [
          ['bills', parts],
          ['holidays', told.amountMinor - parts],
        ] as const,
      }),
    }))
