import { DAY_MS, HOUR_MS } from './clock.ts'

/** Europe/London's offset from UTC in milliseconds: 0 in winter, one hour in summer. */
export function londonOffsetMs(atMs: number): number {
  const date = new Date(atMs)
  const month = date.getUTCMonth()
  const changeMs = month === 2 || month === 9 ? lastSundayMs(date.getUTCFullYear(), month) : 0
  const isSummer = month < 9 ? month > 1 && atMs >= changeMs : month === 9 && atMs < changeMs
  return isSummer ? HOUR_MS : 0
}

/** 01:00 UTC on the last Sunday of a month with 31 days: when summer time begins and ends. */
function lastSundayMs(year: number, month: number): number {
  const last = Date.UTC(year, month, 31, 1)
  return last - new Date(last).getUTCDay() * DAY_MS
}

/** A calendar day in London, as the number of days since 1970-01-01. */
export type DayNumber = number

/** The day in London at `atMs` (Unix ms). */
export const londonDay = (atMs: number): DayNumber =>
  Math.floor((atMs + londonOffsetMs(atMs)) / DAY_MS)

/** @param sinceMidnightMs local time of day. @returns Unix ms. */
export function londonTimeMs(day: DayNumber, sinceMidnightMs: number): number {
  const wallMs = day * DAY_MS + sinceMidnightMs
  return wallMs - londonOffsetMs(wallMs - londonOffsetMs(wallMs))
}

/** Calendar fields of a London day. `month` and `date` start at 1; `weekday` 0 is Sunday. */
export function calendarOf(day: DayNumber) {
  const noon = new Date(day * DAY_MS + DAY_MS / 2)
  return {
    year: noon.getUTCFullYear(),
    month: noon.getUTCMonth() + 1,
    date: noon.getUTCDate(),
    weekday: noon.getUTCDay(),
  }
}

const SPENDING_DAY_STARTS_MS = 4 * HOUR_MS // "today" in the Monzo app starts at about 04:00

/** The start of the spending day that contains `atMs`. Both in Unix ms. */
export const spendingDayStartMs = (atMs: number): number =>
  londonTimeMs(spendingDay(atMs), SPENDING_DAY_STARTS_MS)

function spendingDay(atMs: number): DayNumber {
  const day = londonDay(atMs)
  return londonTimeMs(day, SPENDING_DAY_STARTS_MS) <= atMs ? day : day - 1
}

/** A span of time, without its end. Unix ms. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** "Today" and "this month" in London at one moment. */
export interface SpendingPeriods {
  /** From 04:00 to 04:00. */
  readonly spendingDay: Span
  /** From midnight to midnight. */
  readonly calendarDay: Span
  /** From midnight on the first of the month. */
  readonly month: Span
}

/** The periods that contain `atMs`. They stay the same for any moment within all three. */
export const spendingPeriods = (atMs: number): SpendingPeriods => ({
  spendingDay: daySpan(spendingDay(atMs), SPENDING_DAY_STARTS_MS),
  calendarDay: daySpan(londonDay(atMs)),
  month: monthSpan(londonMonth(atMs)),
})

/** A day, by default from midnight to midnight. @param startsMs local time of day. */
export const daySpan = (day: DayNumber, startsMs = 0): Span => ({
  startMs: londonTimeMs(day, startsMs),
  endMs: londonTimeMs(day + 1, startsMs),
})

/** A calendar month in London, as the number of months since January of the year 0. */
export type MonthNumber = number

/** The month in London at `atMs` (Unix ms). */
export function londonMonth(atMs: number): MonthNumber {
  const { year, month } = calendarOf(londonDay(atMs))
  return year * 12 + month - 1
}

/** From midnight on the first to midnight on the first of the next month. */
export const monthSpan = (month: MonthNumber): Span => ({
  startMs: londonTimeMs(firstDayOf(month), 0),
  endMs: londonTimeMs(firstDayOf(month + 1), 0),
})

const firstDayOf = (month: MonthNumber): DayNumber =>
  Date.UTC(Math.floor(month / 12), month % 12) / DAY_MS

/** `2026-10` */
export const monthName = (month: MonthNumber): string =>
  `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`

/** The day in London at `atMs`: `2026-10-25`. */
export const londonDate = (atMs: number): string =>
  new Date(londonDay(atMs) * DAY_MS).toISOString().slice(0, 10)
