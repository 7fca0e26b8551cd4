import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { it } from 'node:test'
import { promisify } from 'node:util'
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
    assert.deepEqual(
      names.filter((name) => /^nodejs_(active_\w+_total|eventloop_)/.test(name)),
      [
        'nodejs_eventloop_utilization', // and no lag: measuring that wakes an idle process
      ],
    )
  }
  assert.match(openMetrics.plain.toString(), /^# TYPE process_cpu_seconds counter$/m)
})
it('shows how busy the event loop has been since the last rendering', async () => {
  const render = setup()
  const utilization = async () => {
    const { text, openMetrics } = await render()
    const [value, inOpenMetrics] = [text, openMetrics].map(({ plain }) => {
      const found = parseExposition(plain).find(
        (one) => one.name === 'nodejs_eventloop_utilization',
      )
      return found?.value ?? assert.fail()
    })
    assert.equal(value, inOpenMetrics)
    return value ?? assert.fail()
  }
  const start = performance.eventLoopUtilization()
  await utilization()
  do
    await promisify(pbkdf2)('', '', 50_000, 64, 'sha512') // in a thread
  while (performance.eventLoopUtilization(start).utilization > 0.5) // the rendering may take long
  const idle = await utilization()
  for (const untilMs = performance.now() + 20; performance.now() < untilMs; );
  const busy = await utilization()
  assert.ok(idle >= 0 && idle < 0.9 && busy > 0.9 && busy <= 1, `${idle}, ${busy}`)
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
