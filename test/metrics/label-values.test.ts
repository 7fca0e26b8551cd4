import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LABEL_VALUES } from '../../scripts/label-values.ts'
import { createMeters } from '../../src/metrics/meters.ts'
import { METRICS, SNAPSHOT_GAUGES } from '../../src/metrics/table.ts'
import { FULL } from './readings.ts'

const valuesOf = (metric: string, label: string): string[] => {
  const found = LABEL_VALUES.find((one) => one.metrics.includes(metric) && one.label === label)
  return Object.keys(found?.values ?? {})
}
const matches = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, value = '']) => value))].sort()

describe('The values of labels in the reference', () => {
  it('are there for every label whose values the exporter chooses', () => {
    const chosen = ['state', 'outcome', 'reason', 'code', 'endpoint']
    for (const { name, labels } of METRICS)
      for (const label of labels.filter((one) => chosen.includes(one)))
        assert.notDeepEqual(valuesOf(name, label), [], `${label} of ${name}`)
  })
  it('are of labels that their metrics have, each with a sentence', () => {
    for (const { metrics, label, values } of LABEL_VALUES) {
      for (const metric of metrics)
        assert.ok(METRICS.find(({ name }) => name === metric)?.labels.includes(label), metric)
      for (const meaning of Object.values(values)) assert.match(meaning, /^[A-Z].*\.$/)
    }
  })
  it('are those that snapshots have', () => {
    for (const [name, label] of [
      ['monzo_login_state', 'state'],
      ['monzo_transactions_month', 'outcome'],
    ] as const) {
      const samples = SNAPSHOT_GAUGES.find((gauge) => gauge.name === name)?.samples(FULL) ?? []
      const used = new Set(samples.map(({ labels }) => labels[label]))
      assert.deepEqual([...used].sort(), valuesOf(name, label).sort())
    }
  })
  it('are those that refreshes are counted by from the start', async () => {
    const build = { version: '1', revision: '2', nodeVersion: '3' }
    const [registry] = createMeters(build).registries
    const text = (await registry?.metrics()) ?? ''
    const counted = matches(text, /^monzo_token_refreshes_total\{outcome="(\w+)"\}/gm)
    assert.deepEqual(counted, valuesOf('monzo_token_refreshes_total', 'outcome').sort())
  })
})
