import assert from 'node:assert/strict'
import { it } from 'node:test'
import { renderExposition } from '../../src/metrics/exposition.ts'
import { LEGACY_METRICS, snapshotGauges } from '../../src/metrics/legacy.ts'
import { createMeters } from '../../src/metrics/meters.ts'
import { METRICS } from '../../src/metrics/table.ts'
import type { Snapshot } from '../../src/readings/snapshot.ts'
import { parseExposition } from './parse-exposition.ts'
import { BUILD, EMPTY, FULL } from './readings.ts'

/** Read with the login of user_1. */
const OWNED = {
  ...FULL,
  accounts: FULL.accounts.map((account) => ({ ...account, userId: 'user_1' })),
}

const legacyLines = async (snapshot: Snapshot, isOn = true) => {
  const meters = createMeters(BUILD, isOn)
  meters.apiRequest({ endpoint: '/balance', code: '200', seconds: 0.2 })
  meters.apiRequest({ endpoint: '/balance', code: '200', seconds: 0.2 })
  meters.apiRequest({ endpoint: '/pots', code: 'timeout', seconds: 10 })
  meters.apiRequest({ endpoint: '/oauth2/token', code: '401', seconds: 0.1 })
  const { text, openMetrics } = await renderExposition(
    snapshot,
    meters.registries,
    snapshotGauges(isOn),
  )
  const names = new Set(LEGACY_METRICS.map(({ name }) => name))
  const linesOf = (exposition: Buffer) =>
    exposition
      .toString()
      .split('\n')
      .filter((line) => names.has(line.match(/^\w+/)?.[0] ?? ''))
  assert.ok(parseExposition(text.plain).length > 0)
  assert.deepEqual(linesOf(openMetrics.plain), linesOf(text.plain)) // the same name in both
  return linesOf(text.plain)
}

it('exports what the Go exporter did, with its labels, in pence', async () => {
  assert.deepEqual(await legacyLines(OWNED), [
    'monzo_current_balance{user_id="user_1",account_id="acc_1"} 123456',
    'monzo_current_balance{user_id="user_1",account_id="acc_2"} 123456',
    'monzo_total_balance{user_id="user_1",account_id="acc_1"} 223456',
    'monzo_spend_today{user_id="user_1",account_id="acc_1"} -510',
    'monzo_spend_today{user_id="user_1",account_id="acc_2"} 0',
    'monzo_pot_balance{user_id="user_1",pot_id="pot_1",pot_name="Rain"} 10000',
    'monzo_pot_balance{user_id="user_1",pot_id="pot_2",pot_name="Sun"} 0',
    'monzo_transactions_amount_today{user_id="user_1",account_id="acc_1",description="LOREM GROCERS",category="groceries"} -1230',
    'monzo_user_latest_collect{user_id="user_1"} 1795341600',
    'monzo_access_token_expiry{user_id="user_1"} 1795363200',
    'monzo_api_response_code{response_code="200",endpoint="/balance"} 2',
    'monzo_api_response_code{response_code="0",endpoint="/pots"} 1',
    'monzo_api_response_code{response_code="401",endpoint="/oauth2/token?grant_type=refresh_token"} 1',
  ])
})
it('exports none of it unless it is asked to', async () => {
  assert.deepEqual(await legacyLines(OWNED, false), [])
})
it('names nothing that is unknown, and no 0 in its place', async () => {
  assert.deepEqual(
    (await legacyLines(EMPTY)).filter((line) => !line.startsWith('monzo_api_response_code')),
    [],
  )
})
it('leaves out the user of an account while nobody knows it', async () => {
  const [first] = await legacyLines(FULL)
  assert.equal(first, 'monzo_current_balance{account_id="acc_1"} 123456')
})
it('keeps descriptions, which are personal, out of all other metrics', async () => {
  const { text } = await renderExposition(FULL, createMeters(BUILD).registries)
  assert.doesNotMatch(text.plain.toString(), /LOREM/)
})
it('exports a pot once, even if two accounts list it', async () => {
  const accounts = OWNED.accounts.map((account) => ({ ...account, pots: FULL.accounts[0]?.pots }))
  const lines = await legacyLines({ ...OWNED, accounts })
  assert.equal(lines.filter((line) => line.startsWith('monzo_pot_balance')).length, 2)
})
it('avoids the names of the other metrics', () => {
  const own = new Set(METRICS.map(({ name }) => name))
  for (const { name } of LEGACY_METRICS) assert.ok(!own.has(name), name)
})
for (const { name, help } of LEGACY_METRICS)
  it(`explains ${name} in a sentence that needs no escaping`, () =>
    assert.match(help, /^[A-Z][^"\\\n]+\.$/))
