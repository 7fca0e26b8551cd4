import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge'
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DataTransformerConfig,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { historyQueries, nowQueries, type Query, tableQueries } from './query.ts'

/** What every panel needs. */
export interface About {
  readonly title: string
  /** Shows when the pointer is over the little i. */
  readonly description: string
  /** Of 24 columns. */
  readonly width: number
  /** In rows of about 38 pixels. */
  readonly height: number
  readonly queries: readonly Query[]
  /** One of Grafana's. */
  readonly unit: string
}

const NOTHING = 'nothing yet'

/** One big number for each series. */
export function stat(about: About) {
  return new StatBuilder()
    .title(about.title)
    .description(about.description)
    .span(about.width)
    .height(about.height)
    .targets(nowQueries(about.queries))
    .unit(about.unit)
    .noValue(NOTHING)
    .reduceOptions(lastValue())
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .textMode(BigValueTextMode.ValueAndName)
    .thresholds(steps([['text', null]]))
}

/** One bar for each series, largest first if the query sorts so. */
export function bars(about: About) {
  return new BarsBuilder()
    .title(about.title)
    .description(about.description)
    .span(about.width)
    .height(about.height)
    .targets(nowQueries(about.queries))
    .unit(about.unit)
    .noValue(NOTHING)
    .min(0)
    .reduceOptions(lastValue())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
}

/** A line for each series over time. Where there is no value there is a gap. */
export function graph(about: About) {
  return new GraphBuilder()
    .title(about.title)
    .description(about.description)
    .span(about.width)
    .height(about.height)
    .targets(historyQueries(about.queries))
    .unit(about.unit)
    .noValue(NOTHING)
    .spanNulls(false)
    .fillOpacity(10)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
}

/**
 * A point for each month of the label `month`, at the month's beginning, and a series for each value
 * of the label `series`. The exporter serves all months at once, so they are read at this moment; on
 * the axis of time their order and distance are right, and bars need no room for names.
 */
export function months(about: About) {
  return graph(about)
    .targets(tableQueries(about.queries))
    .withTransformation({
      id: 'convertFieldType',
      options: {
        conversions: [{ targetField: 'month', destinationType: 'time', dateFormat: 'YYYY-MM' }],
        fields: {},
      },
    })
    .withTransformation({
      id: 'groupingToMatrix',
      options: {
        columnField: 'series',
        rowField: 'month',
        valueField: 'Value',
        emptyValue: 'null',
      },
    })
    .withTransformation({
      id: 'sortBy',
      options: { fields: {}, sort: [{ field: 'month\\series', desc: false }] },
    })
}

/** Draws bars instead of lines, from 0 on, so that twice as much is twice as high. */
export const asBars = <Panel extends GraphBuilder>(panel: Panel): Panel =>
  panel.drawStyle(GraphDrawStyle.Bars).fillOpacity(70).lineWidth(0).axisSoftMin(0)

/** Marks each value on its line. */
export const withPoints = <Panel extends GraphBuilder>(panel: Panel): Panel =>
  panel.showPoints(VisibilityMode.Always).pointSize(6)

/** Series on top of each other, so that their height is the sum. */
export const stacked = () => new StackingConfigBuilder().mode(StackingMode.Normal).group('A')

/** Colors from these values on, the first from minus infinity and where there is no value. */
export const steps = (values: readonly (readonly [color: string, from: number | null])[]) =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(values.map(([color, value]) => ({ color, value })))

/** Words in place of 1 and 0, in green and red. */
export const yesOrNo = (yes: string, no: string) => [
  {
    type: MappingType.ValueToText as const,
    options: {
      '0': { text: no, color: 'red', index: 0 },
      '1': { text: yes, color: 'green', index: 1 },
    },
  },
]

/** Days, in words where a number would mislead. */
export const dayWords = [
  {
    type: MappingType.ValueToText as const,
    options: {
      '0': { text: 'less than a day', color: 'red', index: 0 },
      '1': { text: '1 day', color: 'red', index: 1 },
    },
  },
  {
    type: MappingType.RangeToText as const,
    options: { from: null, to: -1, result: { text: 'log in again', color: 'red', index: 2 } },
  },
]

/** Renames series. @param regex in slashes: without them Grafana takes it as the whole name. */
export const rename = (regex: string, renamePattern: string): DataTransformerConfig => ({
  id: 'renameByRegex',
  options: { regex, renamePattern },
})

/** A property of a field, in Grafana's words. */
export const property = (id: string, value: unknown): DynamicConfigValue => ({ id, value })

const lastValue = () => new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
