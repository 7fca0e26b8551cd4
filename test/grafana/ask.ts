import type { Board, Panel } from '../deploy/boards.ts'
import { asSent } from '../deploy/boards.ts'
import type { Answer, Shown } from './page/shown.ts'
import type { startPrometheus } from './prometheus.ts'

const POINTS = 720 // about as many as a graph is wide
const MINUTE_MS = 60_000
const RATE_INTERVAL = '4m' // what Grafana makes of one scrape a minute
const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 }

type Prometheus = NonNullable<Awaited<ReturnType<typeof startPrometheus>>>

/** Asks Prometheus all that a dashboard asks for at that moment. */
export async function ask(
  prometheus: Prometheus,
  board: Board,
  atMs: number,
): Promise<Pick<Shown, 'panels' | 'fromMs' | 'toMs'>> {
  const fromMs = atMs - pastMs(board)
  const stepMs = Math.max(MINUTE_MS, (atMs - fromMs) / POINTS)
  const answersOf = ({ targets = [] }: Panel): Promise<Answer[]> =>
    Promise.all(
      targets.map(async ({ refId, expr, legendFormat: legend, instant }) => {
        const query = asSent(expr, RATE_INTERVAL)
        return instant
          ? { refId, legend, series: await prometheus.at(query, atMs) }
          : { refId, legend, stepMs, series: await prometheus.between(query, fromMs, atMs, stepMs) }
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

function pastMs({ time: { from } }: Board): number {
  const [, count, unit = ''] = /^now-(\d+)(\w)$/.exec(from) ?? []
  return Number(count) * (UNITS_MS[unit] ?? Number.NaN)
}
