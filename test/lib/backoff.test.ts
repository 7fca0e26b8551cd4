import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { backoffMs } from '../../src/lib/backoff.ts'
import { retryAfterMs } from '../../src/monzo/retry-after.ts'

it('draws from 1 s, then 2 s, 4 s and so on, but never more than 60 s', () => {
  const ceilings = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoffMs(attempt, 1))
  assert.deepEqual(ceilings, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  assert.equal(backoffMs(3, 0.25), 1000)
})

const NOW_MS = Date.parse('2026-11-22T10:00:00Z')
const headers: [header: string | null, ms: number][] = [
  [null, 0],
  ['7', 7000],
  ['600', 600_000],
  ['Sun, 22 Nov 2026 10:10:00 GMT', 600_000],
  ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
  ['soon', 0],
]
const asked = (status: number, header: string | null, nowMs = NOW_MS) =>
  retryAfterMs({ status, headers: { get: () => header } }, nowMs)
for (const [header, ms] of headers) {
  it(`waits ${ms} ms for Retry-After: ${header}`, () => {
    assert.equal(asked(429, header), ms)
    assert.equal(asked(503, header), ms)
  })
}
it('waits for Retry-After on no other status', () => {
  for (const status of [101, 200, 204, 301, 401, 403, 404, 500, 502, 504])
    assert.equal(asked(status, '999999999'), 0)
})
it('is a number of milliseconds, whatever the server sends', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (header, nowMs) => {
      const ms = asked(429, header, nowMs)
      assert.ok(Number.isFinite(ms) && ms >= 0)
    }),
  )
})
