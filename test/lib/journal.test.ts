import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isJournalStream, withPriority } from '../../src/lib/journal.ts'

it('tells the journal from a file that a service’s output was sent to instead', () => {
  const file = { dev: 8n, ino: 4_503_599_627_370_497n }
  for (const [variable, expected] of [
    ['8:4503599627370497', true],
    ['8:4503599627370498', false],
    ['9:4503599627370497', false],
    ['', false],
    [undefined, false],
  ] as const)
    assert.equal(isJournalStream(variable, file), expected, variable)
})
it('puts a priority in front of each line that holds something', () => {
  assert.equal(withPriority('error', 'a\n\n b\u2028c\n'), '<3>a\n\n<3> b\u2028c\n')
})
