import type { DayNumber } from '../../lib/london.ts'
import { chanceOf } from './chance.ts'
import type { Entry } from './entry.ts'
import type { Writer } from './entry-maker.ts'

/** What decides everything that happens in one account: the same life, the same entries. */
export interface Life {
  readonly seed: number
  readonly userId: string
  readonly accountId: string
}

/** What happens on a day. Pure, and independent of other days, so that any day can be told alone. */
export type DayPlan = (day: DayNumber) => readonly Entry[]

/** @param scene tells several writers of the same day apart. */
export const writerOf = (life: Life, day: DayNumber, scene: string): Writer => ({
  chance: chanceOf(life.seed, life.accountId, day, scene),
  userId: life.userId,
  accountId: life.accountId,
})

/** Nothing ever happens: closed accounts, and unknown ones. */
export const quietLife: DayPlan = () => []

/** Several plans in one account. */
export const together =
  (...plans: readonly DayPlan[]): DayPlan =>
  (day) =>
    plans.flatMap((plan) => plan(day))
