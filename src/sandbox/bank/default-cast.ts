import { DAY_MS } from '../../lib/clock.ts'
import type { Person } from './account.ts'
import { accountIdOf, inventAccount, inventPerson, inventPot } from './cast.ts'
import { chanceOf, hashOf } from './chance.ts'
import { dailyLife } from './daily-life.ts'
import { createId } from './ids.ts'
import type { AccountPlan } from './ledger.ts'
import { type Life, together } from './life.ts'
import { type Monthly, monthlyLife } from './monthly-life.ts'
import { occasions } from './occasions.ts'
import type { NewPot } from './pot.ts'
import { flexLife, rewardsLife } from './side-lives.ts'

/** The default address on the pages and for logins. */
export const SAM_EMAIL = 'sam@example.com'
const ROBIN_EMAIL = 'robin@example.com'
const HISTORY_DAYS = 184 // half a year
const LONG_AGO_MS = Date.UTC(2018, 2, 1, 9, 0, 0, 123)

const SAMS_POTS: readonly NewPot[] = [
  { name: 'Holiday 🏖️', style: 'beach_ball', balanceMinor: 133_700, goalMinor: 200_000 },
  { name: 'Coin jar', style: 'piggy_bank', balanceMinor: 6_284, isRoundUp: true },
  { name: 'Bills', balanceMinor: 31_250 },
  { name: 'Rainy day', balanceMinor: 50_000, goalMinor: 300_000 },
  { name: 'Rainy day', balanceMinor: 1_205 },
  { name: 'חיסכון לטיול', balanceMinor: 20_000 },
  { name: 'Deposit "2030" <house>', balanceMinor: 812_345, lockedUntilMs: Date.UTC(2030, 3, 20) },
  { name: 'Old bike', isDeleted: true },
  { name: 'Holiday 🏖️', isDeleted: true, goalMinor: 50_000 },
]
const JOINT_POTS: readonly NewPot[] = [
  { name: 'Kitchen', balanceMinor: 240_000, goalMinor: 600_000 },
]

const HOLIDAY = 0
const COIN_JAR = 1
const BILLS = 2

/** The people and accounts of a new sandbox: Sam and Robin, with an account that they share. */
export function defaultCast(
  seed: number,
  startMs: number,
): { readonly people: readonly Person[]; readonly accounts: readonly AccountPlan[] } {
  const sam = inventPerson(seed, { email: SAM_EMAIL, name: 'Sam Sample' })
  const robin = inventPerson(seed, { email: ROBIN_EMAIL, name: 'Robin Sample' })
  const cast = { seed, startMs, sam, robin }
  return {
    people: [sam, robin],
    accounts: [
      samsFlex(cast),
      samsCurrent(cast),
      ...samsOthers(cast),
      jointAccount(cast),
      robinsCurrent(cast),
    ],
  }
}

/** Who the accounts below belong to, and what their ids and history depend on. */
interface Cast {
  readonly seed: number
  readonly startMs: number
  readonly sam: Person
  readonly robin: Person
}

function samsCurrent({ seed, startMs, sam, robin }: Cast): AccountPlan {
  const type = 'uk_retail'
  const base = inventAccount(seed, startMs, {
    ownerIds: [sam.id],
    type,
    balanceMinor: 184_217,
    createdMs: LONG_AGO_MS,
  })
  const { life } = base
  const pots = SAMS_POTS.map((pot, n) =>
    inventPot(seed, LONG_AGO_MS + n * 97 * DAY_MS, base.account.id, { ...pot, n }),
  )
  const potId = (n: number): string => pots[n]?.id ?? ''
  const months: readonly Monthly[] = [
    { date: 25, salary: 'Sample & Sons Ltd', amountMinor: 344_000 },
    { date: 1, transfer: 'Rent', amountMinor: -72_500 },
    { date: 2, transfer: 'Joint account', amountMinor: -40_000 },
    { date: 5, directDebit: 'Example Energy', amountMinor: -8_640 },
    { date: 5, potId: potId(BILLS), trigger: 'committed_spending', amountMinor: 8_640 },
    { date: 8, potId: potId(BILLS), trigger: 'user', amountMinor: -8_640 },
    { date: 10, directDebit: 'Sampleton Council', amountMinor: -13_200 },
    { date: 14, directDebit: 'Placeholder Mobile', amountMinor: -1_800 },
    { date: 16, flexRepayment: true, amountMinor: -4_250 },
    { date: 26, potId: potId(HOLIDAY), trigger: 'user', amountMinor: -15_000 },
  ]
  const daily = dailyLife(life, {
    paymentsPerDay: [2, 6],
    roundUpPotId: potId(COIN_JAR),
    customCategory: createId('category', chanceOf(seed, 'category', sam.id)),
  })
  const friend = { name: robin.name, userId: robin.id }
  const rare = occasions(life, { friend, savingsPotId: potId(HOLIDAY) })
  const plan = together(daily, rare, monthlyLife(life, months))
  return { ...base, plan, pots, historyDays: HISTORY_DAYS, isLively: true }
}

function samsFlex({ seed, startMs, sam }: Cast): AccountPlan {
  const base = inventAccount(seed, startMs, {
    ownerIds: [sam.id],
    type: 'uk_monzo_flex',
    balanceMinor: -8_500,
    createdMs: Date.UTC(2021, 8, 17, 9, 16, 11, 358),
  })
  return { ...base, plan: flexLife(base.life), historyDays: HISTORY_DAYS }
}

function samsOthers({ seed, startMs, sam }: Cast): readonly AccountPlan[] {
  const ownerIds = [sam.id]
  const prepaid = { ownerIds, type: 'uk_prepaid', isClosed: true, createdMs: Date.UTC(2017, 5, 2) }
  const loan = { ownerIds, type: 'uk_loan', createdMs: Date.UTC(2024, 1, 12, 10, 30, 0, 70) }
  const rewards = {
    ownerIds,
    type: 'uk_rewards',
    balanceMinor: 1_310,
    createdMs: Date.UTC(2024, 6),
  }
  const rewarded = inventAccount(seed, startMs, rewards)
  return [
    inventAccount(seed, startMs, prepaid),
    { ...rewarded, plan: rewardsLife(rewarded.life), historyDays: HISTORY_DAYS },
    inventAccount(seed, startMs, loan),
  ]
}

function jointAccount({ seed, startMs, sam, robin }: Cast): AccountPlan {
  const joint = { ownerIds: [sam.id, robin.id], type: 'uk_retail_joint', balanceMinor: 61_980 }
  const base = inventAccount(seed, startMs, { ...joint, createdMs: Date.UTC(2020, 9, 3, 17, 1) })
  const months: readonly Monthly[] = [
    { date: 2, transfer: sam.name, amountMinor: 40_000 },
    { date: 3, transfer: robin.name, amountMinor: 40_000 },
    { date: 6, directDebit: 'Sampleton Water', amountMinor: -4_120 },
    { date: 12, directDebit: 'Foobar Broadband', amountMinor: -3_499 },
    { date: 20, directDebit: 'Home Insurance Co', amountMinor: -2_310 },
  ]
  const robins: Life = { ...base.life, seed: hashOf(seed, 'robin'), userId: robin.id }
  const plan = together(
    dailyLife(base.life, { paymentsPerDay: [0, 1] }),
    dailyLife(robins, { paymentsPerDay: [0, 1] }),
    monthlyLife(base.life, months),
  )
  const pots = JOINT_POTS.map((pot, n) =>
    inventPot(seed, Date.UTC(2023, 0, 8), base.account.id, { ...pot, n }),
  )
  return { ...base, plan, pots, historyDays: HISTORY_DAYS }
}

function robinsCurrent(cast: Cast): AccountPlan {
  const { seed, startMs, sam, robin } = cast
  return currentAccount(seed, startMs, robin, { friend: sam, historyDays: HISTORY_DAYS })
}

/** A plain current account with pay, rent and an ordinary life. */
export function currentAccount(
  seed: number,
  startMs: number,
  owner: Person,
  options: { readonly friend?: Person; readonly historyDays: number },
): AccountPlan {
  const { friend, historyDays } = options
  const account = { ownerIds: [owner.id], type: 'uk_retail', balanceMinor: 95_640 }
  const base = inventAccount(seed, startMs, { ...account, createdMs: LONG_AGO_MS })
  const months: readonly Monthly[] = [
    { date: 28, salary: 'Town of Sampleton', amountMinor: 268_000 },
    { date: 1, transfer: 'Rent', amountMinor: -65_000 },
    { date: 3, transfer: 'Joint account', amountMinor: -40_000 },
    { date: 9, directDebit: 'Placeholder Gym', amountMinor: -2_599 },
    { date: 18, directDebit: 'Dolor Streaming', amountMinor: -1_099 },
  ]
  const ties = friend ? { friend: { name: friend.name, userId: friend.id } } : {}
  const plan = together(
    dailyLife(base.life, { paymentsPerDay: [2, 5] }),
    occasions(base.life, ties),
    monthlyLife(base.life, months),
  )
  const pot = inventPot(seed, LONG_AGO_MS, accountIdOf(seed, account), {
    name: 'Savings',
    balanceMinor: 42_000,
    n: 0,
  })
  return { ...base, plan, pots: [pot], historyDays, isLively: true }
}
