import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  calendarOf,
  daySpan,
  londonDay,
  londonMonth,
  londonOffsetMs,
  londonTimeMs,
  monthName,
  monthSpan,
  spendingDayStartMs,
  spendingPeriods,
} from '../../src/lib/london.ts'

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

describe('spendingPeriods', () => {
  const iso = ({ startMs, endMs }: { startMs: number; endMs: number }) =>
    [startMs, endMs].map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z')).join(' ')
  const cases: [title: string, now: string, spendingDay: string, day: string, month: string][] = [
    [
      'on an ordinary day',
      '2026-11-22T10:00:00Z',
      '2026-11-22T04:00Z 2026-11-23T04:00Z',
      '2026-11-22T00:00Z 2026-11-23T00:00Z',
      '2026-11-01T00:00Z 2026-12-01T00:00Z',
    ],
    [
      'in the night after the last of a month: the month is new, the day is not',
      '2026-12-01T03:59:59.999Z',
      '2026-11-30T04:00Z 2026-12-01T04:00Z',
      '2026-12-01T00:00Z 2026-12-02T00:00Z',
      '2026-12-01T00:00Z 2027-01-01T00:00Z',
    ],
    [
      'in summer, when London is ahead of UTC',
      '2026-06-30T23:00:00Z',
      '2026-06-30T03:00Z 2026-07-01T03:00Z',
      '2026-06-30T23:00Z 2026-07-01T23:00Z',
      '2026-06-30T23:00Z 2026-07-31T23:00Z',
    ],
    [
      'a millisecond before that',
      '2026-06-30T22:59:59.999Z',
      '2026-06-30T03:00Z 2026-07-01T03:00Z',
      '2026-06-29T23:00Z 2026-06-30T23:00Z',
      '2026-05-31T23:00Z 2026-06-30T23:00Z',
    ],
    [
      'on the day of 23 hours, in a month that begins in winter and ends in summer',
      '2026-03-29T12:00:00Z',
      '2026-03-29T03:00Z 2026-03-30T03:00Z',
      '2026-03-29T00:00Z 2026-03-29T23:00Z',
      '2026-03-01T00:00Z 2026-03-31T23:00Z',
    ],
    [
      'in the night that an hour is missing of',
      '2026-03-29T01:30:00Z',
      '2026-03-28T04:00Z 2026-03-29T03:00Z',
      '2026-03-29T00:00Z 2026-03-29T23:00Z',
      '2026-03-01T00:00Z 2026-03-31T23:00Z',
    ],
    [
      'in the night that has an hour twice',
      '2026-10-25T01:30:00Z',
      '2026-10-24T03:00Z 2026-10-25T04:00Z',
      '2026-10-24T23:00Z 2026-10-26T00:00Z',
      '2026-09-30T23:00Z 2026-11-01T00:00Z',
    ],
    [
      'in a leap year’s February',
      '2028-02-29T04:00:00Z',
      '2028-02-29T04:00Z 2028-03-01T04:00Z',
      '2028-02-29T00:00Z 2028-03-01T00:00Z',
      '2028-02-01T00:00Z 2028-03-01T00:00Z',
    ],
  ]
  for (const [title, now, spendingDay, calendarDay, month] of cases)
    it(`are right ${title}`, () => {
      const periods = spendingPeriods(Date.parse(now))
      assert.equal(iso(periods.spendingDay), spendingDay)
      assert.equal(iso(periods.calendarDay), calendarDay)
      assert.equal(iso(periods.month), month)
    })
  it('hold the moment they were asked for, and are the same at their first and last one', () => {
    fc.assert(
      fc.property(time, (nowMs) => {
        const periods = spendingPeriods(nowMs)
        for (const name of ['spendingDay', 'calendarDay', 'month'] as const) {
          const { startMs, endMs } = periods[name]
          assert.ok(startMs <= nowMs && nowMs < endMs, name)
          assert.deepEqual(spendingPeriods(startMs)[name], periods[name])
          assert.deepEqual(spendingPeriods(endMs - 1)[name], periods[name])
          assert.equal(spendingPeriods(endMs)[name].startMs, endMs)
        }
      }),
    )
  })
})

describe('A month and a day in London', () => {
  const cases: [at: string, name: string, start: string, end: string][] = [
    ['2026-11-22T10:00:00Z', '2026-11', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    ['2026-12-31T23:59:59Z', '2026-12', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['2026-05-31T22:59:59Z', '2026-05', '2026-04-30T23:00:00Z', '2026-05-31T23:00:00Z'],
    ['2026-05-31T23:00:00Z', '2026-06', '2026-05-31T23:00:00Z', '2026-06-30T23:00:00Z'],
    ['2026-03-15T10:00:00Z', '2026-03', '2026-03-01T00:00:00Z', '2026-03-31T23:00:00Z'],
    ['2026-10-15T10:00:00Z', '2026-10', '2026-09-30T23:00:00Z', '2026-11-01T00:00:00Z'],
  ]
  for (const [at, name, start, end] of cases)
    it(`is ${name} at ${at}, from ${start} to ${end}`, () => {
      const month = londonMonth(Date.parse(at))
      assert.equal(monthName(month), name)
      assert.deepEqual(monthSpan(month), { startMs: Date.parse(start), endMs: Date.parse(end) })
    })
  it('has 23 hours on the day that summer time begins, and 25 on the day that it ends', () => {
    const hours = (at: string) => {
      const { startMs, endMs } = daySpan(londonDay(Date.parse(at)))
      return (endMs - startMs) / 3_600_000
    }
    assert.deepEqual(
      [hours('2026-03-29T12:00:00Z'), hours('2026-10-25T12:00:00Z'), hours('2026-11-01T12:00:00Z')],
      [23, 25, 24],
    )
  })
})
