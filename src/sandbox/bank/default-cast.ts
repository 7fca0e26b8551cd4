import { DAY_MS, HOUR_MS } from '../../lib/clock.ts'
import { londonDay, londonTimeMs } from '../../lib/london.ts'
import type { Person } from './account.ts'
import { accountIdOf, inventAccount, inventPerson, inventPot, type NewAccount } from './cast.ts'
import { chanceOf, hashOf } from './chance.ts'
import { changingLife } from './changing-life.ts'
import { dailyLife } from './daily-life.ts'
import { createId } from './ids.ts'
import type { AccountPlan } from './ledger.ts'
import { before, type Life, quietLife, since, together, yearByYear } from './life.ts'
import { type Monthly, monthlyLife } from './monthly-life.ts'
import { occasions } from './occasions.ts'
import type { NewPot } from './pot.ts'
import { gifts, withHolidays } from './seasons.ts'
import { flexLife, rewardsLife, topUps } from './side-lives.ts'

/** The default address on the pages and for logins. */
export const SAM_EMAIL = 'sam@example.com'
const ROBIN_EMAIL = 'robin@example.com'
const HISTORY_DAYS = 184 // half a year
/** When accounts were opened and closed, in days before the start. */
const DAYS_AGO = {
  current: 1200, // more than three years, so that reading all of it takes several ranges
  prepaidOpened: 1190,
  prepaidClosed: 900,
  flex: 1000,
  joint: 610,
  loan: 640,
  rewards: 560,
  kitchenPot: 500,
}
const SLACK_MINOR = 30_000
const QUIET_YEAR = 1 // Robin was away all of the year before last

const SAMS_POTS: readonly NewPot[] = [
  { name: 'Holiday 🏖️', style: 'beach_ball', balanceMinor: 133_700, goalMinor: 200_000 },
  { name: 'Coin jar', style: 'piggy_bank', balanceMinor: 56_284, isRoundUp: true },
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
    createdMs: daysBefore(startMs, DAYS_AGO.current),
  })
  const { life } = base
  const pots = SAMS_POTS.map((pot, n) =>
    inventPot(seed, base.account.createdMs + n * 97 * DAY_MS, base.account.id, { ...pot, n }),
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
  const changing = since(londonDay(startMs) + 1, changingLife(life))
  const plan = together(daily, rare, monthlyLife(life, months), changing)
  const past = together(
    yearByYear(londonDay(startMs), (yearsAgo) =>
      together(
        withHolidays(life, dailyLife(life, { paymentsPerDay: [0, 3] })),
        monthlyLife(life, samsPastMonths(yearsAgo)),
      ),
    ),
    rare,
    gifts(life),
    since(
      londonDay(startMs) - DAYS_AGO.joint,
      monthlyLife(life, [{ date: 2, transfer: 'Joint account', amountMinor: -40_000 }]),
    ),
  )
  const habits = { historyDays: HISTORY_DAYS, slackMinor: SLACK_MINOR, isLively: true }
  return { ...base, plan, past, pots, ...habits }
}

const SAMS_PAY_MINOR = [344_000, 331_500, 319_000, 301_000]
const SAMS_RENT_MINOR = [-72_500, -69_500, -66_000, -66_000]

/** @param yearsAgo 0 is the last year. Pay and rent rise from year to year. */
const samsPastMonths = (yearsAgo: number): readonly Monthly[] => [
  { date: 25, salary: 'Sample & Sons Ltd', amountMinor: SAMS_PAY_MINOR[yearsAgo] ?? 301_000 },
  { date: 1, transfer: 'Rent', amountMinor: SAMS_RENT_MINOR[yearsAgo] ?? -66_000 },
  { date: 5, directDebit: 'Example Energy', amountMinor: -6_150, winterMinor: -11_900 },
  { date: 10, directDebit: 'Sampleton Council', amountMinor: -13_200 + 600 * yearsAgo },
  { date: 14, directDebit: 'Placeholder Mobile', amountMinor: -1_800 },
  { date: 16, flexRepayment: true, amountMinor: -4_250 },
]

function samsFlex({ seed, startMs, sam }: Cast): AccountPlan {
  const base = inventAccount(seed, startMs, {
    ownerIds: [sam.id],
    type: 'uk_monzo_flex',
    balanceMinor: -8_500,
    createdMs: daysBefore(startMs, DAYS_AGO.flex),
  })
  const plan = flexLife(base.life)
  return { ...base, plan, past: plan, historyDays: HISTORY_DAYS }
}

function samsOthers({ seed, startMs, sam }: Cast): readonly AccountPlan[] {
  const ownerIds = [sam.id]
  const account = (type: string, daysAgo: number, more: Partial<NewAccount> = {}) =>
    inventAccount(seed, startMs, {
      ...{ ownerIds, type, createdMs: daysBefore(startMs, daysAgo), ...more },
    })
  const prepaid = account('uk_prepaid', DAYS_AGO.prepaidOpened, { isClosed: true })
  const untilClosed = before(
    londonDay(startMs) - DAYS_AGO.prepaidClosed,
    together(topUps(prepaid.life), dailyLife(prepaid.life, { paymentsPerDay: [0, 1] })),
  )
  const rewards = account('uk_rewards', DAYS_AGO.rewards, { balanceMinor: 4_310 })
  const cashback = rewardsLife(rewards.life)
  return [
    { ...prepaid, past: untilClosed },
    { ...rewards, plan: cashback, past: cashback, historyDays: HISTORY_DAYS },
    account('uk_loan', DAYS_AGO.loan),
  ]
}

function jointAccount({ seed, startMs, sam, robin }: Cast): AccountPlan {
  const joint = { ownerIds: [sam.id, robin.id], type: 'uk_retail_joint', balanceMinor: 61_980 }
  const createdMs = daysBefore(startMs, DAYS_AGO.joint)
  const base = inventAccount(seed, startMs, { ...joint, createdMs })
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
    inventPot(seed, daysBefore(startMs, DAYS_AGO.kitchenPot), base.account.id, { ...pot, n }),
  )
  return { ...base, plan, past: plan, pots, historyDays: HISTORY_DAYS, slackMinor: SLACK_MINOR }
}

function robinsCurrent(cast: Cast): AccountPlan {
  const { seed, startMs, sam, robin } = cast
  const options = { friend: sam, historyDays: HISTORY_DAYS, quietYear: QUIET_YEAR }
  return currentAccount(seed, startMs, robin, options)
}

/**
 * A plain current account with pay, rent and an ordinary life.
 * @param options `quietYear`: nothing happened in the year that ended so many years ago.
 */
export function currentAccount(
  seed: number,
  startMs: number,
  owner: Person,
  options: {
    readonly friend?: Person
    readonly historyDays: number
    readonly quietYear?: number
  },
): AccountPlan {
  const { friend, historyDays, quietYear } = options
  const account = { ownerIds: [owner.id], type: 'uk_retail', balanceMinor: 95_640 }
  const createdMs = daysBefore(startMs, DAYS_AGO.current)
  const base = inventAccount(seed, startMs, { ...account, createdMs })
  const months: readonly Monthly[] = [
    { date: 28, salary: 'Town of Sampleton', amountMinor: 268_000 },
    { date: 1, transfer: 'Rent', amountMinor: -65_000 },
    { date: 3, transfer: 'Joint account', amountMinor: -40_000 },
    { date: 9, directDebit: 'Placeholder Gym', amountMinor: -2_599 },
    { date: 18, directDebit: 'Dolor Streaming', amountMinor: -1_099 },
  ]
  const ties = friend ? { friend: { name: friend.name, userId: friend.id } } : {}
  const rare = occasions(base.life, ties)
  const plan = together(
    dailyLife(base.life, { paymentsPerDay: [2, 5] }),
    rare,
    monthlyLife(base.life, months),
  )
  const past = yearByYear(londonDay(startMs), (yearsAgo) =>
    yearsAgo === quietYear
      ? quietLife
      : together(
          withHolidays(base.life, dailyLife(base.life, { paymentsPerDay: [0, 3] })),
          rare,
          gifts(base.life),
          monthlyLife(
            base.life,
            months.map((item) => inPast(item, yearsAgo)),
          ),
        ),
  )
  const pot = inventPot(seed, createdMs, accountIdOf(seed, account), {
    name: 'Savings',
    balanceMinor: 42_000,
    n: 0,
  })
  const pots = [pot]
  return { ...base, plan, past, pots, historyDays, slackMinor: SLACK_MINOR, isLively: true }
}

/** Pay and bills were lower in earlier years, by 4 % a year. */
const inPast = <T extends Monthly>(item: T, yearsAgo: number): T => ({
  ...item,
  amountMinor: Math.round((item.amountMinor * 0.96 ** yearsAgo) / 50) * 50,
})

/** At nine in the morning in London. */
const daysBefore = (startMs: number, days: number): number =>
  londonTimeMs(londonDay(startMs) - days, 9 * HOUR_MS) + 123
