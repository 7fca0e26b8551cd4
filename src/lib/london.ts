import { DAY_MS, HOUR_MS } from './clock.ts'

/** How many hours Europe/London is ahead of UTC, as milliseconds: 0 in winter, one hour in summer. */
export function londonOffsetMs(atMs: number): number {
  const year = new Date(atMs).getUTCFullYear()
  const isSummer = atMs >= lastSundayMs(year, 2) && atMs < lastSundayMs(year, 9)
  return isSummer ? HOUR_MS : 0
}

/** 01:00 UTC on the last Sunday of a month with 31 days: when summer time begins and ends. */
function lastSundayMs(year: number, month: number): number {
  const last = Date.UTC(year, month, 31, 1)
  return last - new Date(last).getUTCDay() * DAY_MS
}

/** A day in London. Counts on by one each day; day 0 is 1970-01-01. */
export type DayNumber = number

/** The day it is in London. */
export const londonDay = (atMs: number): DayNumber =>
  Math.floor((atMs + londonOffsetMs(atMs)) / DAY_MS)

/** @param sinceMidnightMs by the clock on the wall. @returns Unix ms. */
export function londonTimeMs(day: DayNumber, sinceMidnightMs: number): number {
  const wallMs = day * DAY_MS + sinceMidnightMs
  return wallMs - londonOffsetMs(wallMs - londonOffsetMs(wallMs))
}

/** Calendar fields of a London day. `month` and `date` begin at 1; `weekday` 0 is Sunday. */
export function calendarOf(day: DayNumber) {
  const noon = new Date(day * DAY_MS + DAY_MS / 2)
  return {
    year: noon.getUTCFullYear(),
    month: noon.getUTCMonth() + 1,
    date: noon.getUTCDate(),
    weekday: noon.getUTCDay(),
  }
}

const SPENDING_DAY_STARTS_MS = 4 * HOUR_MS // "today" in the app begins at about 04:00

/** When the spending day began that `atMs` belongs to, in Unix ms. */
export const spendingDayStartMs = (atMs: number): number =>
  londonTimeMs(spendingDay(atMs), SPENDING_DAY_STARTS_MS)

function spendingDay(atMs: number): DayNumber {
  const day = londonDay(atMs)
  return londonTimeMs(day, SPENDING_DAY_STARTS_MS) <= atMs ? day : day - 1
}

/** From `startMs` on, and before `endMs`. Unix ms. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** What "today" and "this month" are at one moment, by the clock in London. */
export interface SpendingPeriods {
  /** From 04:00 to 04:00. */
  readonly spendingDay: Span
  /** From midnight to midnight. */
  readonly calendarDay: Span
  /** From midnight on the first. */
  readonly month: Span
}

/** Where `atMs` stands. Another moment has the same answer while it is in all three spans. */
export function spendingPeriods(atMs: number): SpendingPeriods {
  const today = londonDay(atMs)
  const { date } = calendarOf(today)
  const first = today - date + 1
  const daysInMonth = 32 - calendarOf(first + 31).date
  const span = (day: DayNumber, days: number, sinceMidnightMs: number): Span => ({
    startMs: londonTimeMs(day, sinceMidnightMs),
    endMs: londonTimeMs(day + days, sinceMidnightMs),
  })
  return {
    spendingDay: span(spendingDay(atMs), 1, SPENDING_DAY_STARTS_MS),
    calendarDay: span(today, 1, 0),
    month: span(first, daysInMonth, 0),
  }
}
