import {
  createTheme,
  type DataFrame,
  dateTime,
  getDisplayValueAlignmentFactors,
  ThemeContext,
  VizOrientation,
} from '@grafana/data'
import { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeValueMode } from '@grafana/schema'
import {
  BarGauge,
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  GlobalStyles,
  PanelChrome,
  TimeSeries,
  VizRepeater,
} from '@grafana/ui'
import { createRoot } from 'react-dom/client'
import 'uplot/dist/uPlot.min.css'
import { displaysOf, framesOf, linesOf, type Panel } from './panel-data.ts'
import type { Shown, ShownPage } from './shown.ts'

const CELL = 30 // Grafana's grid: rows of 30 px, 8 px apart, 24 columns
const GAP = 8
const COLUMNS = 24
const FRAMES = 20 // of the browser: graphs are drawn some frames after their panels

/** The file's panel, whose unions of words are enumerations of Grafana's. */
const typed = (panel: Shown['panels'][number]): Panel => panel as unknown as Panel

async function read({ panels }: Shown): Promise<Record<string, string[]>> {
  const lines: Record<string, string[]> = {}
  for (const panel of panels)
    if (panel.type !== 'row') lines[panel.title] = await linesOf(typed(panel), panel.answers)
  return lines
}

function panelsOf({ panels, rows }: Shown): Shown['panels'] {
  if (!rows) return panels
  let row = ''
  return panels.filter(({ type, title }) => {
    if (type === 'row') row = title
    return rows.includes(row)
  })
}

async function draw(shown: Shown): Promise<void> {
  const theme = createTheme({ colors: { mode: shown.colors } })
  const { width } = shown
  const panels = panelsOf(shown)
  const topRow = panels[0]?.gridPos.y ?? 0
  const column = (width - GAP) / COLUMNS
  const height =
    Math.max(...panels.map(({ gridPos: { y, h } }) => y + h - topRow)) * (CELL + GAP) + GAP
  const drawn = await Promise.all(
    panels.map(async (panel) => {
      const { x, y, w, h } = panel.gridPos
      const box = {
        position: 'absolute',
        left: GAP + x * column,
        top: GAP + (y - topRow) * (CELL + GAP),
      } as const
      const frames = await framesOf(typed(panel), panel.answers, theme)
      const size = { width: w * column - GAP, height: h * (CELL + GAP) - GAP }
      return (
        <div key={panel.id} style={box} data-title={panel.title}>
          {panel.type === 'row' ? (
            <h3 style={{ fontSize: 16, margin: 0, lineHeight: `${CELL}px` }}>{panel.title}</h3>
          ) : (
            <PanelChrome title={panel.title} {...size}>
              {(innerWidth: number, innerHeight: number) => (
                <Visualization
                  {...{ panel: typed(panel), frames, shown }}
                  width={innerWidth}
                  height={innerHeight}
                />
              )}
            </PanelChrome>
          )}
        </div>
      )
    }),
  )
  const element = document.createElement('div')
  document.body.replaceChildren(element)
  document.body.style.margin = '0'
  const { canvas } = theme.colors.background
  const root = createRoot(element)
  root.render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'relative', width, height, background: canvas }}>{drawn}</div>
    </ThemeContext.Provider>,
  )
  await document.fonts.ready
  for (let frames = 0; frames < FRAMES; frames++)
    await new Promise((resolve) => requestAnimationFrame(resolve))
}

function texts(): Record<string, string> {
  const panels = [...document.querySelectorAll<HTMLElement>('[data-title]')]
  return Object.fromEntries(
    panels.map(({ dataset, textContent }) => [dataset['title'], textContent ?? '']),
  )
}

interface VisualizationProps {
  readonly panel: Panel
  readonly frames: DataFrame[]
  readonly shown: Shown
  readonly width: number
  readonly height: number
}

function Visualization({ panel, frames, shown, width, height }: VisualizationProps) {
  const theme = createTheme({ colors: { mode: shown.colors } })
  const size = { width, height }
  const { options } = panel
  if (panel.type === 'timeseries') {
    if (frames.length === 0 || !options)
      return <p style={{ textAlign: 'center' }}>{panel.fieldConfig?.defaults.noValue}</p>
    const from = dateTime(shown.fromMs)
    const to = dateTime(shown.toMs)
    return (
      <TimeSeries
        {...size}
        frames={frames}
        timeRange={{ from, to, raw: { from, to } }}
        timeZone="Europe/London"
        legend={options?.legend}
      />
    )
  }
  const displays = displaysOf(panel, frames, theme)
  const isStat = panel.type === 'stat'
  return (
    <VizRepeater
      {...size}
      source={displays}
      renderCounter={0}
      autoGrid={isStat}
      itemSpacing={isStat ? undefined : 10}
      orientation={isStat ? VizOrientation.Auto : VizOrientation.Horizontal}
      {...(!isStat && { minVizHeight: 16, maxVizHeight: 300, minVizWidth: 8 })}
      getValues={() => displays}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={({
        value: { display, field },
        width,
        height,
        orientation,
        count,
        alignmentFactors,
      }) =>
        isStat ? (
          <BigValue
            {...{ theme, width, height, count, alignmentFactors }}
            value={display}
            colorMode={options?.colorMode ?? BigValueColorMode.Value}
            graphMode={BigValueGraphMode.None}
            justifyMode={BigValueJustifyMode.Auto}
            textMode={options?.textMode}
          />
        ) : (
          <BarGauge
            {...{ theme, width, height, orientation, field, alignmentFactors }}
            value={display}
            displayMode={options?.displayMode ?? BarGaugeDisplayMode.Basic}
            itemSpacing={10}
            showUnfilled
            valueDisplayMode={BarGaugeValueMode.Color}
            namePlacement={BarGaugeNamePlacement.Auto}
            isOverflow={false}
          />
        )
      }
    />
  )
}

Object.assign(window, { read, draw, texts } satisfies ShownPage)
