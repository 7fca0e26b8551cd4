import assert from 'node:assert/strict'
import { it } from 'node:test'
import { soak } from './soak.ts'

const MIB = 2 ** 20

it('lives through a week of every fault at random, and is as it was', async (t) => {
  const seed = Number(process.env['TESTS_CHAOS_SEED'] ?? Date.now() % 1e6)
  t.diagnostic(`seed ${seed}`) // first, for a run that fails
  const report = await soak(t, { days: 7, pollInterval: '2m', seed })
  t.diagnostic(JSON.stringify(report))
  assert.ok(report.heapGrowthBytes < 8 * MIB, `${report.heapGrowthBytes / MIB} MiB more`)
})
