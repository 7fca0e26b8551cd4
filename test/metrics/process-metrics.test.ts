import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { renderExposition } from '../../src/metrics/exposition.ts'
import { createMeters } from '../../src/metrics/meters.ts'
import { addProcessMetrics } from '../../src/metrics/process-metrics.ts'
import { parseExposition } from './parse-exposition.ts'
import { BUILD, FULL } from './readings.ts'

const PROMTOOL = 'promtool'

function setup() {
  const { registries } = createMeters(BUILD)
  addProcessMetrics(registries)
  return () => renderExposition(FULL, registries)
}
const namesIn = (exposition: Buffer) => parseExposition(exposition).map(({ name }) => name)

it('shows the process in both formats, without the gauges that promtool objects to', async () => {
  const { text, openMetrics } = await setup()()
  for (const { plain } of [text, openMetrics]) {
    const names = namesIn(plain)
    for (const name of ['process_cpu_seconds_total', 'process_start_time_seconds'])
      assert.equal(names.filter((other) => other === name).length, 1, name)
    assert.ok(names.includes('nodejs_heap_size_used_bytes'))
    assert.ok(!names.some((name) => /^nodejs_active_\w+_total$/.test(name)))
  }
  assert.match(openMetrics.plain.toString(), /^# TYPE process_cpu_seconds counter$/m)
})
it('shows no lag before any was measured, and keeps it when rendering twice in a row', async () => {
  const lagOf = ({ text }: Awaited<ReturnType<typeof render>>) =>
    parseExposition(text.plain).filter(({ name }) => /lag_(?!seconds)/.test(name))
  const render = setup()
  let measured = lagOf(await render())
  for (let tries = 0; tries < 100 && measured.length === 0; tries++) {
    await sleep(120) // really: what is measured here is the event loop itself
    measured = lagOf(await render())
  }
  assert.deepEqual(
    lagOf(await render()).map(({ name }) => name),
    measured.map(({ name }) => name),
  )
  for (const { name, value } of measured) assert.ok(value < 60, `${name} ${value}`)
  assert.equal(measured.length, 7)
  const median = measured.find(({ name }) => name === 'nodejs_eventloop_lag_p50_seconds')
  assert.ok(median && median.value > 0.01, 'Node counts the sampling period itself as lag')
})
it('can be added to one more exporter in the same process', async () => {
  const [one, other] = [setup(), setup()]
  for (const { text } of await Promise.all([one(), other(), one()])) {
    const names = namesIn(text.plain)
    assert.equal(names.filter((name) => name === 'process_cpu_seconds_total').length, 1)
  }
})
it('passes `promtool check metrics` without a finding', async (t) => {
  const { text } = await setup()()
  const { error, status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
    input: text.plain,
    encoding: 'utf8',
  })
  if (error && 'code' in error && error.code === 'ENOENT' && !process.env['TESTS_NO_SKIP'])
    return t.skip('promtool is not installed (Debian package prometheus)')
  assert.ifError(error)
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
})
