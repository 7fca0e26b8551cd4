import assert from 'node:assert/strict'
import { it } from 'node:test'
import { monzoTime } from '../../src/sandbox/bank/monzo-time.ts'

const times: [iso: string, monzo: string][] = [
  ['2026-01-10T12:20:18.123Z', '2026-01-10T12:20:18.123Z'],
  ['2026-01-10T12:20:39.670Z', '2026-01-10T12:20:39.67Z'],
  ['2026-01-10T12:20:00.200Z', '2026-01-10T12:20:00.2Z'],
  ['2026-01-10T12:20:10.000Z', '2026-01-10T12:20:10Z'],
]
for (const [iso, monzo] of times) {
  it(`writes ${iso} as ${monzo}`, () => assert.equal(monzoTime(Date.parse(iso)), monzo))
}
