import type { Panel } from '../../deploy/boards.ts'

/** What Prometheus answered to a query: one value of each series, or several. */
export interface Answer {
  readonly refId: string
  readonly legend: string
  /** Between the values, if there are several. */
  readonly stepMs?: number
  /** All series are rows of one table, with a column for each label. */
  readonly isTable?: boolean
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly points: readonly (readonly [ms: number, value: number])[]
  }[]
}

/** A dashboard, and what Prometheus answered to each query of each panel. */
export interface Shown {
  readonly panels: readonly (Panel & { readonly answers: readonly Answer[] })[]
  readonly fromMs: number
  readonly toMs: number
  readonly colors: 'light' | 'dark'
  readonly width: number
  /** Only these rows. */
  readonly rows?: readonly string[]
}

/** What the page offers to who drives the browser, on its `window`. */
export interface ShownPage {
  /** What a person reads, one line for each series, by the title of the panel. */
  read(shown: Shown): Promise<Record<string, string[]>>
  draw(shown: Shown): Promise<void>
  /** What stands on the page, by the title of the panel. */
  texts(): Record<string, string>
}
