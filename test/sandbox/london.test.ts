import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  calendarOf,
  londonDay,
  londonOffsetMs,
  londonTimeMs,
  monzoTime,
  spendingDayStartMs,
} from '../../src/sandbox/bank/london.ts'

const time = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) })

it('agrees with the time zone database on what the clock in London shows', () => {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...({
      timeZone: 'Europe/London',
      hourCycle: 'h23',
      hour: '2-digit',
      minute: '2-digit',
    } as const),
    ...({ day: '2-digit', month: '2-digit', year: 'numeric' } as const),
  })
  fc.assert(
    fc.property(time, (atMs) => {
      const wall = new Date(atMs + londonOffsetMs(atMs)).toISOString()
      const [date, clock] = format.format(atMs).split(', ')
      const [day, month, year] = date?.split('/') ?? []
      assert.equal(wall.slice(0, 16), `${year}-${month}-${day}T${clock}`)
    }),
  )
})

describe('spendingDayStartMs', () => {
  const cases: [now: string, start: string][] = [
    ['2026-11-22T10:00:00Z', '2026-11-22T04:00:00Z'],
    ['2026-11-22T04:00:00Z', '2026-11-22T04:00:00Z'],
    ['2026-11-22T03:59:59.999Z', '2026-11-21T04:00:00Z'],
    ['2026-07-01T03:00:00Z', '2026-07-01T03:00:00Z'],
    ['2026-07-01T02:59:59Z', '2026-06-30T03:00:00Z'],
    ['2026-03-29T02:30:00Z', '2026-03-28T04:00:00Z'],
    ['2026-03-29T03:30:00Z', '2026-03-29T03:00:00Z'],
    ['2026-10-25T03:30:00Z', '2026-10-24T03:00:00Z'],
    ['2026-10-25T04:30:00Z', '2026-10-25T04:00:00Z'],
  ]
  for (const [now, start] of cases) {
    it(`began at ${start} when it is ${now}`, () =>
      assert.equal(spendingDayStartMs(Date.parse(now)), Date.parse(start)))
  }
  it('is never later than now, nor more than 25 hours ago', () => {
    fc.assert(
      fc.property(time, (nowMs) => {
        const ageMs = nowMs - spendingDayStartMs(nowMs)
        return ageMs >= 0 && ageMs < 25 * 3_600_000
      }),
    )
  })
})

it('finds the day back that a time of day was made for', () => {
  const sinceMidnight = fc.integer({ min: 4 * 3_600_000, max: 24 * 3_600_000 - 1 })
  fc.assert(
    fc.property(fc.integer({ min: 18_000, max: 25_000 }), sinceMidnight, (day, ms) =>
      assert.equal(londonDay(londonTimeMs(day, ms)), day),
    ),
  )
})
it('knows the calendar', () => {
  const day = londonDay(Date.parse('2026-11-22T10:00:00Z'))
  assert.deepEqual(calendarOf(day), { year: 2026, month: 11, date: 22, weekday: 0 })
})

const times: [iso: string, monzo: string][] = [
  ['2026-01-10T12:20:18.123Z', '2026-01-10T12:20:18.123Z'],
  ['2026-01-10T12:20:39.670Z', '2026-01-10T12:20:39.67Z'],
  ['2026-01-10T12:20:00.200Z', '2026-01-10T12:20:00.2Z'],
  ['2026-01-10T12:20:10.000Z', '2026-01-10T12:20:10Z'],
]
for (const [iso, monzo] of times) {
  it(`writes ${iso} as ${monzo}`, () => assert.equal(monzoTime(Date.parse(iso)), monzo))
}
