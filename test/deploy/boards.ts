import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets?: readonly {
    readonly refId: string
    readonly expr: string
    readonly legendFormat: string
    readonly instant: boolean
    readonly format?: string
    readonly datasource: unknown
  }[]
  readonly transformations?: readonly { readonly options: { readonly regex?: string } }[]
  /** The shortest step between two values: `1d`. */
  readonly interval?: string
  readonly maxDataPoints?: number
  readonly options?: { readonly textMode?: string }
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string
      readonly noValue?: string
      readonly thresholds?: { readonly steps: readonly { readonly color: string }[] }
    }
    readonly overrides: readonly { matcher: { options: string }; properties: unknown[] }[]
  }
}
interface Variable {
  readonly name: string
  readonly type: string
  readonly query: string | { readonly query: string }
}
/** A dashboard as Grafana reads it. */
export interface Board {
  readonly name: string
  readonly uid: string
  readonly title: string
  /** What it shows at first: `now-30d`. */
  readonly time: { readonly from: string }
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
}

const FOLDER = 'deploy/grafana'

/** The generated files themselves: what a person installs is what is tested. */
export const BOARDS: readonly Board[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) }))

/** Every query of every panel, with where it is. */
export const QUERIES = BOARDS.flatMap(({ title, panels }) =>
  panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr, legendFormat }) => ({
      where: `${title}: ${panel.title}`,
      expr,
      legendFormat,
      panel,
    })),
  ),
)

const PARTS = BOARDS.flatMap(({ templating }) => templating.list).filter(
  ({ type }) => type === 'constant',
)

/** A query as Grafana sends it, everything chosen. */
export const asSent = (
  expr: string,
  { rate = '20s', interval = '1d', range = '760d' } = {},
): string =>
  PARTS.reduce(
    (query, { name, query: text }) => query.replaceAll(`\${${name}:raw}`, () => String(text)),
    expr,
  )
    .replaceAll(/"\$(?:account|instance)"/g, '".+"')
    .replaceAll('$__rate_interval', rate)
    .replaceAll('$__interval', interval)
    .replaceAll('$__range', range)

/** The names of metrics and recordings in a query. */
export const namesIn = (expr: string): string[] =>
  expr
    .replaceAll(/"[^"]*"/g, '')
    .match(/[a-z_:][\w:]*/gi)
    ?.filter((word) => /(?:^|:)(?:monzo|process|nodejs)_/.test(word)) ?? []
