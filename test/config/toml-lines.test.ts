import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse, stringify } from '@iarna/toml'
import fc from 'fast-check'
import { keyLines } from '../../src/config/toml-lines.ts'

const cases: readonly (readonly [why: string, toml: string, lines: Record<string, number>])[] = [
  ['comments and empty lines', '# a = 1\n\n  b = 1 # c = 1\nd=2', { b: 3, d: 4 }],
  ['Windows line ends', 'a = 1\r\nb = 2\r\n', { a: 1, b: 2 }],
  ['multi-line strings', 'a = """\nx = 1\n\\""" " ""\n"""""\nb = 1', { a: 1, b: 5 }],
  ['multi-line literals', "a = '''\nx = 1 \\\n'''\nb = 1", { a: 1, b: 4 }],
  ['strings full of syntax', 'a = "[{#\\"=\'"\nb = \'[{#"=\\\'\nc = 1', { a: 1, b: 2, c: 3 }],
  ['arrays over lines', 'a = [ # [\n  "]", \'[\',\n  [1],\n]\nb = 1', { a: 1, b: 5 }],
  ['inline tables', 'a = { x = 1, y = [1] }\nb = 1', { a: 1, b: 2 }],
  ['quoted keys', '"a b" = 1\n\'c\' = 2\n"\\u0064" = 3', { 'a b': 1, c: 2, d: 3 }],
  ['dotted keys', 'a.b = 1\na.c = 2\n"d".e = 3', { a: 1, d: 3 }],
  ['tables', 'a = 1\n[b]\nx = 1\n[ b . c ]\n[[d]]\ny = 1\n["e.f"]', { a: 1, b: 2, d: 5, 'e.f': 7 }],
]
describe('the lines of keys', () => {
  for (const [why, toml, lines] of cases) {
    it(`are found amid ${why}`, () => {
      assert.deepEqual(Object.fromEntries(keyLines(toml)), lines)
      assert.deepEqual(Object.keys(parse(toml)).toSorted(), Object.keys(lines).toSorted())
    })
  }
  it('are found for every key of any file', () => {
    const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.array(fc.string()))
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (table) => {
        const toml = stringify(table)
        const lines = keyLines(toml)
        assert.deepEqual([...lines.keys()].toSorted(), Object.keys(parse(toml)).toSorted())
      }),
    )
  })
})
