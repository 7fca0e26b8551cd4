import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { findProgram, type Program, startProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { serve } from '../fakes/serve.ts'
import { createFolder } from '../fakes/world.ts'
import { FOLDER, RULE_FILES, readRuleFile } from './rule-files.ts'

/** One alert, as Alertmanager tells a receiver. */
export interface Notice {
  readonly status: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** One of the series that a query returns, and its value at this moment. */
interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: [seconds: number, value: string]
}
interface Reply {
  readonly data?: { readonly result: readonly Series[] }
  readonly error?: string
}

const EVERY = '500ms'

/**
 * A real Prometheus and Alertmanager on loopback, with the files of deploy/prometheus. Changed is
 * only where everyone is, and that nobody waits.
 * @param targets what to scrape, `host:port`.
 * @returns nothing where they are not installed.
 */
export async function startMonitoring(t: TestContext, targets: readonly string[]) {
  const programs = {
    prometheus: findProgram(t, 'prometheus', 'prometheus'),
    alertmanager: findProgram(t, 'prometheus-alertmanager', 'prometheus-alertmanager'),
  }
  if (!programs.prometheus || !programs.alertmanager) return undefined
  const folder = await createFolder(t)
  const receiver = await startReceiver(t)
  const alertmanager = await startAlertmanager(t, programs.alertmanager, folder, receiver.url)
  const prometheus = await startPrometheus(t, programs.prometheus, folder, targets, alertmanager)
  return {
    notices: receiver.notices,
    query: prometheus.query,
    /** So that their folder can go. */
    async stop() {
      await Promise.all([end(prometheus.program), end(alertmanager.program)])
    },
  }
}

async function startReceiver(t: TestContext) {
  const notices: Notice[] = []
  const url = await serve(t, async (request, response) => {
    notices.push(...JSON.parse(await text(request)).alerts)
    response.end()
  })
  return { url, notices }
}

async function startAlertmanager(t: TestContext, path: string, folder: string, receiver: string) {
  const config = await readYaml('alertmanager.yml')
  config.receivers[0].webhook_configs[0].url = receiver
  config.route.group_wait = '0s'
  config.route.group_interval = '1s'
  await writeFile(join(folder, 'alertmanager.yml'), stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const program = startProgram(t, path, [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'alerts')}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
  ])
  return { address, program }
}

async function startPrometheus(
  t: TestContext,
  path: string,
  folder: string,
  targets: readonly string[],
  alertmanager: { readonly address: string },
) {
  const config = await readYaml('prometheus.yml')
  config.global = { scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY }
  config.scrape_configs[0].static_configs[0].targets = targets
  config.alerting.alertmanagers[0].static_configs[0].targets = [alertmanager.address]
  await writeFile(join(folder, 'prometheus.yml'), stringify(config))
  for (const name of RULE_FILES) {
    const { groups } = readRuleFile(name)
    const atOnce = groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => (rule.alert ? { ...rule, for: '0s' } : rule)),
    }))
    await writeFile(join(folder, name), stringify({ groups: atOnce }))
  }
  const address = `127.0.0.1:${await freePort()}`
  const program = startProgram(t, path, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ])
  return {
    program,
    /** @returns the series that have a number. */
    async query(expr: string): Promise<readonly Series[]> {
      const url = `http://${address}/api/v1/query?${new URLSearchParams({ query: expr })}`
      const reply = (await (await fetch(url)).json()) as Reply
      if (!reply.data) throw new Error(`${expr}: ${reply.error}`)
      return reply.data.result.filter(({ value }) => Number.isFinite(Number(value[1])))
    },
  }
}

const readYaml = async (name: string) => parse(await readFile(join(FOLDER, name), 'utf8'))

async function end({ child, ended }: Program): Promise<void> {
  child.kill('SIGTERM')
  await ended()
}
