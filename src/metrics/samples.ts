import { LOGIN_STATE_NAMES, type LoginStateName } from '../readings/login-state-name.ts'
import type { PastMonth, PastReading } from '../readings/past.ts'
import type { AccountReading, LoginReading, PotReading, Snapshot } from '../readings/snapshot.ts'
import type { CategoryAmount, Spending } from '../readings/spending.ts'

/** The value of one series. An unknown label is left out rather than empty. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Pure. Makes no sample of an unknown value. `withoutDuplicates` has made the labels distinct. */
export type Sampler = (snapshot: Snapshot) => Sample[]

type Labels = Sample['labels']

/** The only sample of a metric without labels. */
export function single(read: (snapshot: Snapshot) => number | undefined): Sampler {
  return (snapshot) => sample({}, read(snapshot))
}

/** One value of each account that has it. */
export function accountValue(
  labelsOf: (account: AccountReading) => Labels,
  read: (account: AccountReading) => number | undefined,
): Sampler {
  return ({ accounts }) => accounts.flatMap((account) => sample(labelsOf(account), read(account)))
}

/** Money of each account. @param minorOf its amount in minor units (pence). */
export function accountMoney(minorOf: (account: AccountReading) => number | undefined): Sampler {
  return accountValue(
    ({ accountId, currency }) => ({ account_id: accountId, currency }),
    (account) => majorOf(minorOf(account), account.currency),
  )
}

/** Money by category. @param read amounts in minor units (pence). */
export function categoryMoney(read: (spending: Spending) => readonly CategoryAmount[]): Sampler {
  return ({ accounts }) =>
    accounts.flatMap(({ accountId, currency, spending }) =>
      (spending ? read(spending) : []).flatMap(({ category, amountMinor }) =>
        sample({ account_id: accountId, currency, category }, majorOf(amountMinor, currency)),
      ),
    )
}

/** Transactions of this month by outcome; 0 for an outcome that none had. */
export function outcomeCounts({ accounts }: Snapshot): Sample[] {
  return accounts.flatMap(({ accountId, spending }) =>
    Object.entries(spending?.outcomesMonth ?? {}).map(([outcome, value]) => ({
      labels: { account_id: accountId, outcome },
      value,
    })),
  )
}

/** When the newest transaction of each account was made, in Unix seconds. */
export const lastTransaction: Sampler = accountValue(
  ({ accountId }) => ({ account_id: accountId }),
  ({ spending }) => secondsOf(spending?.newestAtMs),
)

/** Money of each pot. @param minorOf its amount in minor units (pence). */
export function potMoney(minorOf: (pot: PotReading) => number | undefined): Sampler {
  return ({ accounts }) =>
    accounts.flatMap(({ accountId, pots = [] }) =>
      pots.flatMap((pot) => {
        const { potId, potName, currency } = pot
        const labels = { account_id: accountId, currency, pot_id: potId, pot_name: potName }
        return sample(labels, majorOf(minorOf(pot), currency))
      }),
    )
}

/** 1 for each account, with its type, owner and name in the labels. */
export const accountInfo: Sampler = accountValue(
  ({ accountId, accountType, ownerType, accountName }) => ({
    account_id: accountId,
    account_type: accountType,
    ...(ownerType !== undefined && { owner_type: ownerType }),
    ...(accountName !== undefined && { account_name: accountName }),
  }),
  () => 1,
)

/** A value of each account's past. */
export function pastValue(read: (past: PastReading) => number | undefined): Sampler {
  return ({ pasts }) => pasts.flatMap((past) => sample({ account_id: past.accountId }, read(past)))
}

/** Money of each account's past. @param minorOf its amount in minor units (pence). */
export function pastMoney(minorOf: (past: PastReading) => number | undefined): Sampler {
  return ({ pasts }) => pasts.flatMap((past) => moneySample(past, {}, minorOf(past)))
}

/** Money of each month that is over. @param minorOf its amount in minor units (pence). */
export function monthMoney(minorOf: (month: PastMonth) => number | undefined): Sampler {
  return ({ pasts }) =>
    pasts.flatMap((past) =>
      past.months.flatMap((one) => moneySample(past, { month: one.month }, minorOf(one))),
    )
}

/** Spent by category in each month that is over. */
export function monthCategories({ pasts }: Snapshot): Sample[] {
  return pasts.flatMap((past) =>
    past.months.flatMap(({ month, spent }) =>
      spent.flatMap(({ category, amountMinor }) =>
        moneySample(past, { category, month }, amountMinor),
      ),
    ),
  )
}

/** As long as the currency is unknown, an amount is, too. */
function moneySample(
  { accountId, currency }: PastReading,
  labels: Labels,
  minor: number | undefined,
): Sample[] {
  if (currency === undefined) return []
  return sample({ account_id: accountId, currency, ...labels }, majorOf(minor, currency))
}

/** When something began, in Unix seconds. @param msOf in Unix milliseconds. */
export function pastTimestamp(msOf: (past: PastReading) => number | undefined): Sampler {
  return pastValue((past) => secondsOf(msOf(past)))
}

/** A value of each login whose user is known. Without `user_id` logins could not be told apart. */
export function loginValue(read: (login: LoginReading) => number | undefined): Sampler {
  return ({ logins }) =>
    logins.flatMap((login) =>
      login.userId === undefined ? [] : sample({ user_id: login.userId }, read(login)),
    )
}

/** A moment in each login's life, in Unix seconds. @param msOf in Unix milliseconds. */
export function loginTimestamp(msOf: (login: LoginReading) => number | undefined): Sampler {
  return loginValue((login) => secondsOf(msOf(login)))
}

/** All states of each login, so that on a change a series drops to 0 instead of ending. */
export function loginStates({ logins }: Snapshot): Sample[] {
  if (logins.length === 0) return statesOf({}, 'unauthorized')
  return logins.flatMap((login) => statesOf(userLabel(login), login.state))
}

/** `user_id`, unless the user is not known yet. */
export const userLabel = ({ userId }: { readonly userId?: string | undefined }): Labels =>
  userId === undefined ? {} : { user_id: userId }

function statesOf(labels: Labels, present: LoginStateName): Sample[] {
  return LOGIN_STATE_NAMES.map((state) => ({
    labels: { ...labels, state },
    value: state === present ? 1 : 0,
  }))
}

/** ISO 4217 exponents other than 2. Written out, since `Intl` follows CLDR: 0 for IQD, not 3. */
const CODES: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}
const EXPONENTS = new Map(
  Object.entries(CODES).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code) => [code, Number(exponent)] as const),
  ),
)

/** @param minor pence, for GBP. @returns major units: pounds. */
export function toMajor(minor: number, currency: string): number {
  return minor / 10 ** (EXPONENTS.get(currency) ?? 2) // dividing rounds right; `* 0.01` doesn't
}

const majorOf = (minor: number | undefined, currency: string): number | undefined =>
  minor === undefined ? undefined : toMajor(minor, currency)

const secondsOf = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms / 1000

function sample(labels: Labels, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }]
}
