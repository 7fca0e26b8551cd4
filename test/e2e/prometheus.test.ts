import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { eventually, setUp } from './harness.ts'
import { findProgram, startProgram } from './program.ts'

interface Sample {
  metric: Record<string, string>
  value: [number, string]
}

/** A real Prometheus that scrapes `target` every second. @returns a function that queries it. */
async function startPrometheus(t: TestContext, program: string, target: string) {
  const folder = await createFolder(t)
  const config = `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: monzo
    metrics_path: /stats
    static_configs: [{ targets: ['${target}'] }]
`
  await writeFile(join(folder, 'prometheus.yml'), config)
  const address = `127.0.0.1:${await freePort()}`
  const prometheus = startProgram(t, program, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ])
  t.after(() => prometheus.ended())
  t.after(() => prometheus.child.kill('SIGTERM'))
  return async (query: string): Promise<Sample[]> => {
    const url = `http://${address}/api/v1/query?query=${encodeURIComponent(query)}`
    const reply = (await (await fetch(url)).json()) as { data: { result: Sample[] } }
    return reply.data.result
  }
}

it('is scraped by a real Prometheus, which then knows the balance in the bank', async (t) => {
  const program = findProgram(t, 'prometheus', 'prometheus')
  if (!program) return
  const exporter = await setUp(t)
  await exporter.connect()
  const query = await startPrometheus(t, program, new URL(exporter.origin).host)
  await eventually(async () => {
    const [up] = await query('up{job="monzo"}')
    assert.equal(up?.value[1], '1')
    const [balance] = await query(`monzo_balance{account_id="${exporter.account}"}`)
    assert.equal(balance?.metric['currency'], 'GBP')
    const { balanceMinor } = exporter.sandbox.bank.balances(exporter.account)
    assert.equal(Number(balance?.value[1]), balanceMinor / 100)
  })
  assert.equal((await query('monzo_up'))[0]?.value[1], '1')
  assert.equal((await query('monzo_exporter_build_info'))[0]?.metric['version'], '1.2.3')
})
it('gives promtool nothing to find', async (t) => {
  const promtool = findProgram(t, 'promtool', 'prometheus')
  if (!promtool) return
  const exporter = await setUp(t)
  await exporter.connect()
  const input = await exporter.stats()
  assert.match(input, /^monzo_balance_in_pot\{/m)
  assert.match(input, /^process_resident_memory_bytes /m)
  assert.equal(
    execFileSync(promtool, ['check', 'metrics'], { input, stdio: 'pipe' }).toString(),
    '',
  )
})
