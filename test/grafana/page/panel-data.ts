import {
  applyFieldOverrides,
  createTheme,
  type DataFrame,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  type FieldDisplay,
  FieldType,
  formattedValueToString,
  type GrafanaTheme2,
  getFieldDisplayName,
  getFieldDisplayValues,
  identityOverrideProcessor,
  type ReduceDataOptions,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data'
import type {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueTextMode,
  VizLegendOptions,
} from '@grafana/schema'
import { lastValueFrom } from 'rxjs'
import type { Panel as FilePanel } from '../../deploy/boards.ts'
import type { Answer } from './shown.ts'

/** A panel of a dashboard's file, in Grafana's own types. */
export interface Panel extends Omit<FilePanel, 'fieldConfig' | 'options' | 'transformations'> {
  readonly transformations?: readonly { readonly id: string; readonly options: object }[]
  readonly fieldConfig?: FieldConfigSource
  readonly options?: Options
}
interface Options {
  readonly reduceOptions: ReduceDataOptions
  readonly textMode: BigValueTextMode
  readonly colorMode: BigValueColorMode
  readonly displayMode: BarGaugeDisplayMode
  readonly legend: VizLegendOptions
}

const TIME_ZONE = 'Europe/London'

const {
  convertFieldTypeTransformer,
  groupingToMatrixTransformer,
  renameByRegexTransformer,
  sortByTransformer,
} = standardTransformers
standardTransformersRegistry.setInit(() =>
  [
    convertFieldTypeTransformer,
    groupingToMatrixTransformer,
    renameByRegexTransformer,
    sortByTransformer,
  ].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation,
    // The editor is not looked at.
    editor: () => null,
    imageDark: '',
    imageLight: '',
  })),
)

/** The frames of a panel as its visualization gets them: renamed, with units, colors and limits. */
export async function framesOf(
  panel: Panel,
  answers: readonly Answer[],
  theme: GrafanaTheme2,
): Promise<DataFrame[]> {
  const transformed = await lastValueFrom(
    transformDataFrame([...(panel.transformations ?? [])], answers.flatMap(toFrames)),
  )
  const fieldConfig = panel.fieldConfig ?? { defaults: {}, overrides: [] }
  return applyFieldOverrides({
    data: transformed,
    fieldConfig,
    fieldConfigRegistry: registryFor(fieldConfig),
    replaceVariables: (text) => text,
    theme,
    timeZone: TIME_ZONE,
  })
}

/** As Grafana's data source for Prometheus makes them. */
const toFrames = (answer: Answer): DataFrame[] =>
  answer.isTable ? toTable(answer) : toSeries(answer)

function toTable({ refId, series }: Answer): DataFrame[] {
  if (series.length === 0) return []
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort()
  const field = (name: string, type: FieldType, values: unknown[]) => ({
    ...{ name, type, values },
    config: {},
  })
  return [
    {
      refId,
      length: series.length,
      fields: [
        field(
          'Time',
          FieldType.time,
          series.map(({ points }) => points[0]?.[0]),
        ),
        ...names.map((name) =>
          field(
            name,
            FieldType.string,
            series.map(({ labels }) => labels[name] ?? ''),
          ),
        ),
        field(
          'Value',
          FieldType.number,
          series.map(({ points }) => points[0]?.[1]),
        ),
      ],
    },
  ]
}

const toSeries = ({ refId, legend, series, stepMs }: Answer): DataFrame[] =>
  series.map(({ labels, points }) => ({
    refId,
    length: points.length,
    fields: [
      {
        name: 'Time',
        type: FieldType.time,
        config: stepMs === undefined ? {} : { interval: stepMs },
        values: points.map(([ms]) => ms),
      },
      {
        name: 'Value',
        type: FieldType.number,
        labels,
        config: {
          displayNameFromDS: legend.replaceAll(
            /\{\{\s*(\w+)\s*\}\}/g,
            (_, label: string) => labels[label] ?? '',
          ),
        },
        values: points.map(([, value]) => value),
      },
    ],
  }))

/** All options of fields that the panel sets, taken over as they are. */
function registryFor({ defaults, overrides }: FieldConfigSource): FieldConfigOptionsRegistry {
  const { custom, ...standard } = defaults
  const overridden = overrides.flatMap(({ properties }) => properties.map(({ id }) => id))
  const item = (path: string, isCustom: boolean): FieldConfigPropertyItem => ({
    id: isCustom ? `custom.${path}` : path,
    path,
    isCustom,
    name: path,
    process: identityOverrideProcessor,
    shouldApply: ({ type }) => type !== FieldType.time,
    override: () => null,
    editor: () => null,
  })
  const isCustom = (id: string) => id.startsWith('custom.')
  const standards = [...Object.keys(standard), ...overridden.filter((id) => !isCustom(id))]
  const customs = [
    ...Object.keys(custom ?? {}),
    ...overridden.filter(isCustom).map((id) => id.slice('custom.'.length)),
  ]
  const items = [
    ...[...new Set(standards)].map((path) => item(path, false)),
    ...[...new Set(customs)].map((path) => item(path, true)),
  ]
  return new FieldConfigOptionsRegistry(() => items)
}

/** What a stat or a bar gauge shows. */
export const displaysOf = (panel: Panel, data: DataFrame[], theme: GrafanaTheme2): FieldDisplay[] =>
  getFieldDisplayValues({
    data,
    fieldConfig: panel.fieldConfig ?? { defaults: {}, overrides: [] },
    reduceOptions: panel.options?.reduceOptions ?? { calcs: [] },
    replaceVariables: (text) => text,
    theme,
    timeZone: TIME_ZONE,
  })

/** What a person reads on a panel, one line for each series. */
export async function linesOf(panel: Panel, answers: readonly Answer[]): Promise<string[]> {
  const theme = createTheme()
  const frames = await framesOf(panel, answers, theme)
  const nothing = panel.fieldConfig?.defaults.noValue ?? 'No data'
  if (panel.type === 'timeseries') {
    const lines = frames.flatMap((frame) =>
      frame.fields
        .filter(({ type }) => type === FieldType.number)
        .map((field) => {
          const last = field.display?.(field.values.at(-1))
          return `${getFieldDisplayName(field, frame, frames)}: ${last ? formattedValueToString(last) : ''}`
        }),
    )
    return lines.length > 0 ? lines : [nothing]
  }
  return displaysOf(panel, frames, theme).map(({ display }) => {
    const value = formattedValueToString(display)
    const { title: name = '' } = display
    const { textMode } = panel.options ?? {}
    if (textMode === 'name') return name || value
    return name === '' || textMode === 'value' ? value : `${name}: ${value}`
  })
}
