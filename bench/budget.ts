/** One row of the table that is printed. */
export interface Row {
  readonly what: string
  readonly floor: string
  readonly exporter: string
  /** Absent: printed for information. */
  readonly budget?: Budget
}

/** What DESIGN.md section 9 allows. */
interface Budget {
  readonly measured: number
  readonly limit: number
  readonly bound: 'at least' | 'at most'
  /** `×` for ratios to the floor. */
  readonly unit: string
}

export function isMissed({ budget }: Row): boolean {
  if (!budget) return false
  const { measured, limit, bound } = budget
  return !(bound === 'at least' ? measured >= limit : measured <= limit) // NaN is a miss
}

/** A table for people: one line per row, what is missed marked at its end. */
export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.floor,
    row.exporter,
    row.budget ? `${row.budget.measured.toFixed(2)} ${row.budget.unit}` : '',
    row.budget ? `${row.budget.bound} ${row.budget.limit} ${row.budget.unit}` : '',
    row.budget ? (isMissed(row) ? 'MISSED' : 'ok') : '',
  ])
  const table = [['', 'floor', 'exporter', 'measured', 'budget', ''], ...cells]
  const widths = table[0]?.map((_, n) => Math.max(...table.map((line) => line[n]?.length ?? 0)))
  return table
    .map((line) => line.map((cell, n) => cell.padEnd(widths?.[n] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}
