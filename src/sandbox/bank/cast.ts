import { DAY_MS } from '../../lib/clock.ts'
import { londonDay } from '../../lib/london.ts'
import { type Account, kindOf, type Person } from './account.ts'
import { between, chanceOf } from './chance.ts'
import { crowdedLife } from './crowded-life.ts'
import { createId } from './ids.ts'
import type { AccountPlan } from './ledger.ts'
import { quietLife } from './life.ts'
import type { NewPot, Pot } from './pot.ts'

/** A person to invent. */
export interface NewPerson {
  readonly email: string
  readonly name: string
}

/** An account to open. By default it is open and empty, and nothing happens in it. */
export interface NewAccount {
  readonly ownerIds: readonly string[]
  /** Any text. */
  readonly type: string
  /** Distinguishes accounts of the same owner and type. */
  readonly label?: string
  readonly balanceMinor?: number
  /** Default: 400 days ago. With a balance, that is when it was paid in. */
  readonly createdMs?: number
  readonly isClosed?: boolean
  readonly currency?: string
  /** Gives it that many transactions, evenly from `createdMs` on. Default 0. */
  readonly transactions?: number
}

const OPENED_BEFORE_MS = 400 * DAY_MS // so that what was paid in then is in no recent month

/** @returns the same person, with the same id, for the same seed and e-mail. */
export const inventPerson = (seed: number, { email, name }: NewPerson): Person => ({
  id: createId('user', chanceOf(seed, 'user', email)),
  email,
  name,
  firstName: name.split(' ')[0] ?? name,
})

/** @returns the same id for the same seed, owners, type and label. */
export const accountIdOf = (seed: number, account: NewAccount): string =>
  createId('acc', chanceOf(seed, 'acc', account.type, account.label ?? '', ...account.ownerIds))

/** An account without simulated transactions. */
export function inventAccount(seed: number, startMs: number, account: NewAccount): AccountPlan {
  const id = accountIdOf(seed, account)
  const numbers = chanceOf(seed, 'bank details', id)
  const { hasBankDetails } = kindOf(account)
  const made: Account = {
    id,
    type: account.type,
    currency: account.currency ?? 'GBP',
    ownerIds: account.ownerIds,
    createdMs: account.createdMs ?? startMs - OPENED_BEFORE_MS,
    isClosed: account.isClosed ?? false,
    description: descriptionOf(account, id),
    bankDetails: hasBankDetails
      ? { accountNumber: `${between(numbers, 10_000_000, 99_999_999)}`, sortCode: '040004' }
      : undefined,
  }
  const life = { seed, userId: account.ownerIds[0] ?? '', accountId: id }
  const { balanceMinor = 0, transactions = 0 } = account
  const crowded = {
    firstDay: londonDay(made.createdMs) + 1,
    endDay: londonDay(startMs),
    count: balanceMinor === 0 ? transactions : transactions - 1, // the balance was paid in
  }
  return {
    account: made,
    life,
    plan: quietLife,
    startMs,
    balanceMinor,
    pots: [],
    historyDays: 0,
    past: transactions > 0 ? crowdedLife(life, crowded) : quietLife,
    slackMinor: transactions > 0 ? Number.POSITIVE_INFINITY : 0,
    isLively: false,
  }
}

/** @param pot `n` distinguishes pots of the same name. */
export function inventPot(
  seed: number,
  nowMs: number,
  accountId: string,
  pot: NewPot & { readonly n: number },
): Pot {
  const { n, ...told } = pot
  return {
    style: '',
    type: 'default',
    productId: 'default',
    balanceMinor: 0,
    createdMs: nowMs,
    updatedMs: nowMs,
    isDeleted: false,
    isRoundUp: false,
    ...told,
    id: createId('pot', chanceOf(seed, 'pot', accountId, n)),
    accountId,
  }
}

function descriptionOf({ ownerIds, type }: NewAccount, id: string): string {
  const { prefix } = kindOf({ type })
  if (prefix !== undefined) return id.replace('acc_', `${prefix}_`)
  if (ownerIds.length > 1) return `Joint account between ${ownerIds.join(' and ')}`
  return ownerIds[0] ?? ''
}
