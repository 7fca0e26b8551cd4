import type { Snapshot } from './snapshot.ts'
import { OTHER } from './spending.ts'

/** All categories that are exported, now or of past months, in order. */
export function categoriesIn({ accounts, pasts }: Snapshot): readonly string[] {
  const sums = [
    ...accounts.flatMap(({ spending }) => [
      ...(spending?.spentToday ?? []),
      ...(spending?.spentMonth ?? []),
    ]),
    ...pasts.flatMap(({ months }) => months.flatMap(({ spent }) => spent)),
  ]
  const names = new Set(sums.map(({ category }) => category))
  names.delete(OTHER)
  return [...names].sort()
}
