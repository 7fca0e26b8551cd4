import type { Board, Panel } from '../deploy/boards.ts'
import { asSent } from '../deploy/boards.ts'
import type { Answer, Shown } from './page/shown.ts'
import type { startPrometheus } from './prometheus.ts'

const POINTS = 720 // about as many as a graph is wide
const MINUTE_MS = 60_000
const RATE_INTERVAL = '4m' // what Grafana makes of one scrape a minute
const DAY_MS = 86_400_000
const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS }

type Prometheus = NonNullable<Awaited<ReturnType<typeof startPrometheus>>>

/** Asks Prometheus all that a dashboard asks for at that moment. */
export async function ask(
  prometheus: Prometheus,
  board: Board,
  atMs: number,
): Promise<Pick<Shown, 'panels' | 'fromMs' | 'toMs'>> {
  const fromMs = startOf(board, atMs)
  const minuteStep = Math.max(MINUTE_MS, (atMs - fromMs) / POINTS)
  const range = `${Math.round((atMs - fromMs) / 1000)}s`
  const answersOf = ({ targets = [], interval, maxDataPoints }: Panel): Promise<Answer[]> =>
    Promise.all(
      targets.map(async ({ refId, expr, legendFormat: legend, instant, format }) => {
        const isDaily = interval === '1d'
        const stepMs = isDaily ? stepInDays(atMs - fromMs, maxDataPoints) : minuteStep
        const query = asSent(expr, { rate: RATE_INTERVAL, interval: `${stepMs / 1000}s`, range })
        if (instant)
          return {
            refId,
            legend,
            isTable: format === 'table',
            series: await prometheus.at(query, atMs),
          }
        // As Grafana does: at multiples of the step.
        const aligned = (ms: number) => (isDaily ? Math.floor(ms / stepMs) * stepMs : ms)
        const series = await prometheus.between(query, aligned(fromMs), aligned(atMs), stepMs)
        return { refId, legend, stepMs, series }
      }),
    )
  const panels = await Promise.all(
    board.panels.map(async (panel) => ({
      ...panel,
      answers: await answersOf(panel),
    })),
  )
  return { panels, fromMs, toMs: atMs }
}

const stepInDays = (pastMs: number, points = POINTS): number =>
  Math.ceil(pastMs / points / DAY_MS) * DAY_MS

function startOf({ time: { from } }: Board, atMs: number): number {
  const [, count, unit = ''] = /^now-(\d+)(h|d|M\/M)$/.exec(from) ?? []
  const at = new Date(atMs)
  return unit === 'M/M'
    ? Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - Number(count))
    : atMs - Number(count) * (UNITS_MS[unit] ?? Number.NaN)
}
