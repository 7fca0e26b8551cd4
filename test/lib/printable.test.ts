import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { printable } from '../../src/lib/printable.ts'

const texts: [text: string, printed: string][] = [
  ['plain – “quoted” £5 ü 🏡', 'plain – “quoted” £5 ü 🏡'],
  ['\x1b]0;a title\x07', '\\u001b]0;a title\\u0007'],
  ['a\nerror: b\r', 'a\\u000aerror: b\\u000d'],
  ['\x9b2J\x7f\x85', '\\u009b2J\\u007f\\u0085'],
  ['\u2028\u2029', '\\u2028\\u2029'],
  ['evil\u202egpj.exe\u2066', 'evil\\u202egpj.exe\\u2066'],
  ['half \ud83c', 'half \\ud83c'],
]
for (const [text, printed] of texts)
  it(`prints ${JSON.stringify(text)} as ${printed}`, () => {
    assert.equal(printable(text), printed)
  })

it('makes one line of whatever comes, once and for all, and leaves JSON the same', () => {
  const anything = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(anything, (text) => {
      const printed = printable(text)
      assert.doesNotMatch(printed, /[\p{Cc}\u2028\u2029\u202e]/u)
      assert.equal(printable(printed), printed)
      assert.equal(JSON.parse(printable(JSON.stringify(text))), text)
    }),
  )
})
