import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'

/** Whatever the reader has chosen above the dashboard. */
export const DATA_SOURCE = { type: 'prometheus', uid: '$datasource' }

/** The exporters that the reader has chosen. */
export const CHOSEN_EXPORTER = '{instance=~"$instance"}'

/** A query, and how a person should read each of its series. */
export interface Query {
  readonly expr: string
  /** With labels in braces: `{{pot_name}} ({{currency}})`. */
  readonly legend: string
}

/**
 * The value at this moment. Not the last one of a range: a balance that has disappeared because it
 * is old would come back that way.
 */
export const nowQueries = (queries: readonly Query[]): DataqueryBuilder[] =>
  toBuilders(queries).map((query) => query.instant())

/** The values at this moment as one table, with a column for each label. */
export const tableQueries = (queries: readonly Query[]): DataqueryBuilder[] =>
  nowQueries(queries).map((query) => query.format(PromQueryFormat.Table))

/** The values over the time that is shown. */
export const historyQueries = (queries: readonly Query[]): DataqueryBuilder[] =>
  toBuilders(queries).map((query) => query.range())

const toBuilders = (queries: readonly Query[]): DataqueryBuilder[] =>
  queries.map(({ expr, legend }, index) =>
    new DataqueryBuilder()
      .datasource(DATA_SOURCE)
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .expr(expr)
      .legendFormat(legend),
  )
