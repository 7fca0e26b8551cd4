import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  ConstantVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DATA_SOURCE } from './query.ts'

const TAG = 'monzo'

/** What a dashboard of ours is. */
export interface Board {
  readonly uid: string
  readonly title: string
  readonly description: string
  /** How far back it shows at first: `30d`. */
  readonly past: string
  /** In the order in which one may use another. */
  readonly variables: readonly Builder<VariableModel>[]
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelBuilder[] }[]
}

interface PanelBuilder extends Builder<Panel> {
  id(id: number): this
}

/** A choice of one or several values of a label, all at first. */
export function choice(name: string, label: string, query: string, regex = '') {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATA_SOURCE)
    .query({ query, refId: name })
    .regex(regex)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] })
    .refresh(VariableRefresh.OnTimeRangeChanged) // what is gone can be looked at in its time
    .sort(VariableSort.AlphabeticalAsc)
}

/** A part of queries that stands once, out of sight: `${name:raw}` puts it in. */
export const part = (name: string, query: string): Builder<VariableModel> => ({
  build: () => ({
    ...new ConstantVariableBuilder(name).value(query).build(),
    hide: VariableHide.HideVariable,
  }),
})

/** @returns the dashboard as Grafana reads it from a file. */
export function renderBoard({ uid, title, description, past, variables, rows }: Board): string {
  const board = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${past}`, to: 'now' })
    .refresh('1m')
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    )
    .link(
      new DashboardLinkBuilder('Monzo')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true)
        .asDropdown(false),
    )
  for (const variable of variables) board.withVariable(variable)
  let ids = 0
  for (const row of rows) {
    board.withRow(new RowBuilder(row.title).id(++ids))
    for (const panel of row.panels) board.withPanel(panel.id(++ids))
  }
  return `${JSON.stringify(board.build(), null, 2)}\n`
}
