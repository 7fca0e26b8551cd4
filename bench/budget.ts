/** One row of the table that is printed. */
export interface Row {
  readonly what: string
  /** What it is compared with: the floor, unless `what` says otherwise. */
  readonly base?: string
  readonly exporter: string
  /** How many rounds, or processes that ran side by side, the median is of. */
  readonly rounds?: number
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

export const atMost = (limit: number, unit: string, measured: number): Budget => ({
  measured,
  limit,
  bound: 'at most',
  unit,
})
export const atLeast = (limit: number, unit: string, measured: number): Budget => ({
  ...atMost(limit, unit, measured),
  bound: 'at least',
})

/** Prints the table, names the budgets that are missed, and has the process exit with 1 for them. */
export function report(rows: readonly Row[], note: string): void {
  console.log(`\n${renderTable(rows)}\n\nNode ${process.version}, ${note}`)
  const missed = rows.filter(isMissed)
  for (const { what } of missed) console.log(`Budget missed: ${what}`)
  if (missed.length > 0) process.exitCode = 1
}

function isMissed({ budget }: Row): boolean {
  if (!budget) return false
  const { measured, limit, bound } = budget
  return !(bound === 'at least' ? measured >= limit : measured <= limit) // NaN is a miss
}

/** One line per row, what is missed marked at its end. */
function renderTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.base ?? '',
    row.exporter,
    row.rounds === undefined ? '' : String(row.rounds),
    row.budget ? `${row.budget.measured.toFixed(2)} ${row.budget.unit}` : '',
    row.budget ? `${row.budget.bound} ${row.budget.limit} ${row.budget.unit}` : '',
    row.budget ? (isMissed(row) ? 'MISSED' : 'ok') : '',
  ])
  const table = [['', 'base', 'exporter', 'rounds', 'measured', 'budget', ''], ...cells]
  const widths = table[0]?.map((_, n) => Math.max(...table.map((line) => line[n]?.length ?? 0)))
  return table
    .map((line) => line.map((cell, n) => cell.padEnd(widths?.[n] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** @returns the middle one; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}
