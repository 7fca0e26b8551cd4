import assert from 'node:assert/strict'
import { it } from 'node:test'
import { toMajor } from '../../src/metrics/samples.ts'

const amounts: [minor: number, currency: string, major: number][] = [
  [123_456, 'GBP', 1234.56],
  [-5, 'GBP', -0.05],
  [1099, 'JPY', 1099],
  [1099, 'IQD', 1.099],
  [1099, 'CLF', 0.1099],
]
for (const [minor, currency, major] of amounts) {
  it(`${minor} minor units of ${currency} are ${major}`, () =>
    assert.equal(toMajor(minor, currency), major))
}
