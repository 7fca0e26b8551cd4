import { chanceOf } from './chance.ts'
import { createId } from './ids.ts'

/** A pot's present state. Amounts in minor units. */
export interface Pot {
  readonly id: string
  readonly accountId: string
  /** Free text, and not unique. */
  readonly name: string
  readonly style: string
  /** `default`, `flexible_savings`, `instant_access`… */
  readonly type: string
  readonly productId: string
  readonly balanceMinor: number
  readonly goalMinor?: number | undefined
  readonly createdMs: number
  readonly updatedMs: number
  /** Deleted pots are still listed, with balance 0. */
  readonly isDeleted: boolean
  readonly lockedUntilMs?: number | undefined
  readonly isRoundUp: boolean
}

/** The account behind a pot, which pot transfers name and `/accounts` does not list. */
export const potAccountIdOf = (potId: string): string =>
  createId('acc', chanceOf('pot account', potId))

/** A pot to open. Only the name is required. */
export type NewPot = Partial<Omit<Pot, 'id' | 'accountId'>> & { readonly name: string }
