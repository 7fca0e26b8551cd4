import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

const PAGE = readFileSync('docs/security.md', 'utf8')

it('names for every row of its table of threats the tests that hold it true', () => {
  const [, table = ''] = /^\| who \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(PAGE) ?? []
  const rows = table.trim().split('\n')
  assert.ok(rows.length >= 20)
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.trim())
    assert.equal(cells.length, 6, row)
    const tests = cells[4]?.split(', ') ?? []
    for (const test of tests) {
      assert.match(test, /^`[\w/-]+\.test\.ts`$/, row)
      assert.ok(existsSync(`test/${test.replaceAll('`', '')}`), `${test} is not there: ${row}`)
    }
  }
})
