import type { DayNumber } from '../../lib/london.ts'
import { chanceOf } from './chance.ts'
import type { Entry } from './entry.ts'
import type { Writer } from './entry-maker.ts'

/** Identifies the simulated life in one account: the same values give the same entries. */
export interface Life {
  readonly seed: number
  readonly userId: string
  readonly accountId: string
}

/** The entries of one day. Pure, and independent of other days. */
export type DayPlan = (day: DayNumber) => readonly Entry[]

/** @param scene distinguishes several writers of the same day. */
export const writerOf = (life: Life, day: DayNumber, scene: string): Writer => ({
  chance: chanceOf(life.seed, life.accountId, day, scene),
  userId: life.userId,
  accountId: life.accountId,
})

/** The plan's entries on the days from `first` on. */
export const since =
  (first: DayNumber, plan: DayPlan): DayPlan =>
  (day) =>
    day >= first ? plan(day) : []

/** The plan's entries on the days before `end`. */
export const before =
  (end: DayNumber, plan: DayPlan): DayPlan =>
  (day) =>
    day < end ? plan(day) : []

/** Another plan for each year before `today`: 0 is the last twelve months, 1 those before. */
export function yearByYear(today: DayNumber, planOf: (yearsAgo: number) => DayPlan): DayPlan {
  const plans = new Map<number, DayPlan>()
  return (day) => {
    const yearsAgo = Math.max(0, Math.floor((today - day) / 365))
    const plan = plans.get(yearsAgo) ?? planOf(yearsAgo)
    plans.set(yearsAgo, plan)
    return plan(day)
  }
}

/** No entries: for closed accounts and those of unknown types. */
export const quietLife: DayPlan = () => []

/** Combines several plans for one account. */
export const together =
  (...plans: readonly DayPlan[]): DayPlan =>
  (day) =>
    plans.flatMap((plan) => plan(day))
