import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { renderHeader, renderSamples } from '../../src/metrics/family.ts'
import type { Metric } from '../../src/metrics/table.ts'
import { parseExposition } from './parse-exposition.ts'

const GAUGE: Metric = { name: 'monzo_x', help: 'Help.', kind: 'gauge', labels: [] }
/** Characters that the format escapes, and what escaping them wrongly would make of them. */
const texts = fc
  .array(
    fc.oneof(fc.constantFrom('\\', '\n', '"', '\\n', '} 1', '\r'), fc.string({ unit: 'binary' })),
  )
  .map((parts) => Buffer.from(parts.join('')).toString()) // half a character becomes �

it('renders HELP and TYPE on a line each', () => {
  assert.equal(renderHeader(GAUGE), '# HELP monzo_x Help.\n# TYPE monzo_x gauge')
})
it('brings every help through in one line', () =>
  fc.assert(
    fc.property(texts, (help) => {
      const [line = '', type, ...others] = renderHeader({ ...GAUGE, help }).split('\n')
      assert.deepEqual([type, ...others], ['# TYPE monzo_x gauge'])
      const read = line.slice('# HELP monzo_x '.length)
      const unescaped = read.replace(/\\(.)/g, (_, character) =>
        character === 'n' ? '\n' : character,
      )
      assert.equal(unescaped, help)
    }),
  ))
it('brings every label and value through unchanged, in the order they came', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          labels: fc.dictionary(fc.stringMatching(/^[a-z_]\w*$/), texts),
          value: fc.oneof(fc.double(), fc.integer()),
        }),
        { minLength: 1 },
      ),
      (samples) => {
        assert.deepEqual(
          parseExposition(Buffer.from(renderSamples('monzo_x', samples))),
          samples.map(({ labels, value }) => ({
            name: 'monzo_x',
            labels: { ...labels },
            value: value === 0 ? 0 : value, // a 0 has no sign
          })),
        )
      },
    ),
  ))

const values: [value: number, rendered: string][] = [
  [1234.56, '1234.56'],
  [-0, '0'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
]
for (const [value, rendered] of values)
  it(`renders ${Object.is(value, -0) ? '-0' : value} as ${rendered}`, () =>
    assert.equal(renderSamples('monzo_x', [{ labels: {}, value }]), `monzo_x ${rendered}`))
