import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it } from 'node:test'
import { loadLogins } from '../../src/tokens/token-file.ts'
import { eventually } from '../e2e/harness.ts'
import { startExporter } from './exporter.ts'
import { createPatient } from './kills.ts'

const SAM = 'sam@example.com'
const REFRESH = 'POST /oauth2/token'
const newestOf = async (path: string) => (await loadLogins(path))?.[0]?.refresh_token

describe('The exporter as a process', { concurrency: true }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    it(`waits, on ${signal}, for the reply of a refresh that was sent, saves it, and exits with 0`, async (t) => {
      const patient = await createPatient(t, SAM)
      await patient.logIn()
      patient.sandbox.expireAccess()
      patient.sandbox.addFault({ kind: 'slow', endpoint: REFRESH, delayMs: 2000 })
      const exporter = await startExporter(t, patient)
      const wasSent = () => patient.sandbox.requests.filter((one) => one.endpoint === REFRESH)
      await eventually(() => assert.equal(wasSent().length, 2)) // the login, and the refresh
      exporter.signal(signal)
      exporter.signal(signal) // a person who is impatient
      assert.equal(await exporter.ended, 0)
      assert.equal(patient.wire.exchanges.length, 1)
      assert.equal(await newestOf(patient.path), patient.wire.exchanges[0]?.given)
    })
  it('starts once: a second one exits with 75 within 12 s, and says who holds the tokens', async (t) => {
    const patient = await createPatient(t, SAM)
    await patient.logIn()
    const first = await startExporter(t, patient)
    await first.says('Serving')
    const startedMs = performance.now()
    const second = await startExporter(t, patient)
    assert.equal(await second.ended, 75)
    assert.ok(performance.now() - startedMs < 12_000)
    assert.match(
      second.output(),
      /^error: .*tokens\.json is held by another instance \(pid \d+ on /m,
    )
    assert.ok(second.output().includes(` on ${hostname()})`), second.output())
    assert.equal(await first.value('monzo_tokens_persisted'), 1)
  })
  it('takes over within 10 s from one that was killed', async (t) => {
    const patient = await createPatient(t, SAM)
    await patient.logIn()
    const first = await startExporter(t, patient)
    await first.says('Serving')
    await first.kill()
    const startedMs = performance.now()
    const second = await startExporter(t, patient)
    await second.says('Serving')
    assert.ok(performance.now() - startedMs < 10_000, `${performance.now() - startedMs} ms`)
    await eventually(async () => assert.equal(await second.value('monzo_up'), 1))
  })
  it('stops refreshing, not exporting, when another one took over while it was frozen', async (t) => {
    const patient = await createPatient(t, SAM)
    await patient.logIn()
    const first = await startExporter(t, patient)
    await eventually(async () => assert.equal(await first.value('monzo_up'), 1))
    first.signal('SIGSTOP')
    const second = await startExporter(t, patient)
    await second.says('Serving')
    first.signal('SIGCONT')
    await first.says('Another instance took over the tokens file')
    await eventually(async () => assert.equal(await first.value('monzo_tokens_persisted'), 0))
    assert.equal(await second.value('monzo_tokens_persisted'), 1)
    patient.sandbox.expireAccess()
    // The other one refreshes, and writes; this one reads what it wrote.
    await eventually(() => assert.equal(patient.wire.exchanges.length, 1))
    await eventually(async () => {
      assert.match(first.output(), /Somebody else changed the tokens file/)
      assert.equal(await first.value('monzo_up'), 1)
      assert.match(await first.stats(), /^monzo_balance\{/m)
    })
    assert.deepEqual(patient.wire.refused, [])
    assert.equal(await newestOf(patient.path), patient.wire.exchanges[0]?.given)
  })
})
