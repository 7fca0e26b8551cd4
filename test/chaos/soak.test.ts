import assert from 'node:assert/strict'
import { it } from 'node:test'
import { soak } from './soak.ts'

const MIB = 2 ** 20

it('lives through five hours of every fault at random, and is as it was', async (t) => {
  const report = await soak(t, { days: 0.2, pollInterval: '2m', seed: 11 })
  t.diagnostic(JSON.stringify(report))
  assert.ok(report.heapGrowthBytes < 8 * MIB, `${report.heapGrowthBytes / MIB} MiB more`)
})
