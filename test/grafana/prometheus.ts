import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../e2e/harness.ts'
import { findProgram, startProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import type { Answer } from './page/shown.ts'
import type { Scrape, Told } from './stories.ts'

const LABELS = 'job="monzo",instance="127.0.0.1:8080"'
const LOOKBACK = '7h' // longer than the machine of the story sleeps

interface Reply {
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value?: Point
      readonly values?: readonly Point[]
    }[]
  }
  readonly error?: string
}
type Point = readonly [seconds: number, value: string]
type Series = Answer['series']

/**
 * A real Prometheus that has these scrapes in its database.
 * @returns nothing where it is not installed.
 */
export async function startPrometheus(t: TestContext, { scrapes, imported = '# EOF\n' }: Told) {
  const prometheus = findProgram(t, 'prometheus', 'prometheus')
  const promtool = findProgram(t, 'promtool', 'prometheus')
  if (!prometheus || !promtool) return undefined
  const folder = await createFolder(t)
  const data = join(folder, 'data')
  const file = join(folder, 'scrapes.txt')
  await writeFile(file, `${scrapes.flatMap(samplesOf).join('\n')}\n${imported}`)
  const blocks = ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=8760h']
  const made = spawnSync(promtool, [...blocks, file, data], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  await writeFile(join(folder, 'prometheus.yml'), '')
  const address = `127.0.0.1:${await freePort()}`
  startProgram(t, prometheus, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=100y',
    `--query.lookback-delta=${LOOKBACK}`,
    `--web.listen-address=${address}`,
  ])
  await eventually(async () => {
    if (!(await fetch(`http://${address}/-/ready`)).ok) throw new Error('not ready')
  })
  const ask = async (path: string, query: Record<string, string>): Promise<Series> => {
    const body = new URLSearchParams(query)
    const answer = await fetch(`http://${address}/api/v1/${path}`, { method: 'POST', body })
    const { data: found, error } = (await answer.json()) as Reply
    if (!found) throw new Error(`${query['query']}: ${error}`)
    return found.result.map(({ metric: labels, value, values = value ? [value] : [] }) => ({
      labels,
      points: values.map(([seconds, number]) => [seconds * 1000, Number(number)] as const),
    }))
  }
  return {
    at: (query: string, atMs: number) => ask('query', { query, time: `${atMs / 1000}` }),
    between: (query: string, fromMs: number, toMs: number, stepMs: number) =>
      ask('query_range', {
        query,
        start: `${fromMs / 1000}`,
        end: `${toMs / 1000}`,
        step: `${stepMs / 1000}`,
      }),
  }
}

/** As Prometheus stores a scrape: with the target's labels, and `up`. */
const samplesOf = ({ atMs, text }: Scrape): readonly string[] =>
  [`up 1`, ...text.split('\n').filter((line) => /^\w/.test(line))].map((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    return `${name}{${[LABELS, ...(labels ? [labels] : [])].join(',')}} ${value} ${atMs / 1000}`
  })
