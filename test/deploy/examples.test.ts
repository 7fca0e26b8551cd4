import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { stringify } from 'yaml'
import { EXAMPLES } from '../../scripts/metric-examples.ts'
import { METRICS } from '../../src/metrics/table.ts'
import { findProgram } from '../e2e/program.ts'

it('adds up no two currencies in any example of the reference', () => {
  const ofMoney = METRICS.filter(({ labels }) => labels.includes('currency'))
  for (const { name } of ofMoney) {
    const query = EXAMPLES[name]?.query ?? ''
    for (const [, labels = ''] of query.matchAll(/\bsum\b(?: by \(([^)]*)\))?/g))
      assert.ok(labels.split(', ').includes('currency'), query)
  }
})

it('divides what was spent on a category by all that was spent in the same currency', (t) => {
  const promtool = findProgram(t, 'promtool', 'prometheus')
  if (!promtool) return
  const name = 'monzo_category_spent_month'
  const spent = (account: string, currency: string, category: string, values: string) => ({
    series: `${name}{account_id="${account}", currency="${currency}", category="${category}"}`,
    values,
  })
  const share = (currency: string, category: string, value: number) => ({
    labels: `{currency="${currency}", category="${category}"}`,
    value,
  })
  const test = {
    input_series: [
      spent('acc_1', 'GBP', 'groceries', '30'),
      spent('acc_2', 'GBP', 'groceries', '30'),
      spent('acc_1', 'GBP', 'bills', '20'),
      spent('acc_3', 'EUR', 'groceries', '1000'),
    ],
    promql_expr_test: [
      {
        expr: EXAMPLES[name]?.query,
        eval_time: '0m',
        exp_samples: [
          share('GBP', 'groceries', 0.75),
          share('GBP', 'bills', 0.25),
          share('EUR', 'groceries', 1),
        ],
      },
    ],
  }
  const folder = mkdtempSync(join(tmpdir(), 'examples-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'share.yml')
  writeFileSync(path, stringify({ tests: [test] }))
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', path], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stdout + stderr)
})
