import { LOGIN_STATE_NAMES, type LoginStateName } from '../readings/login-state-name.ts'
import type { AccountReading, LoginReading, PotReading, Snapshot } from '../readings/snapshot.ts'
import type { CategoryAmount, Spending } from '../readings/spending.ts'
import { toMajor } from './money.ts'

/** One series' value. A label that is unknown is left out, not empty. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Pure. Nothing unknown becomes a sample. Relies on `withoutDuplicates` for distinct labels. */
export type Sampler = (snapshot: Snapshot) => Sample[]

/** The only sample of a metric without labels. */
export function single(read: (snapshot: Snapshot) => number | undefined): Sampler {
  return (snapshot) => sample({}, read(snapshot))
}

/** Money of each account. @param minorOf its amount in minor units (pence). */
export function accountMoney(minorOf: (account: AccountReading) => number | undefined): Sampler {
  return ({ accounts }) =>
    accounts.flatMap((account) => {
      const { accountId, currency } = account
      return money({ account_id: accountId, currency }, minorOf(account), currency)
    })
}

/** Money by category. @param read amounts in minor units (pence). */
export function categoryMoney(read: (spending: Spending) => readonly CategoryAmount[]): Sampler {
  return ({ accounts }) =>
    accounts.flatMap(({ accountId, currency, spending }) =>
      (spending ? read(spending) : []).flatMap(({ category, amountMinor }) =>
        money({ account_id: accountId, currency, category }, amountMinor, currency),
      ),
    )
}

/** How many transactions of this month came to what, the outcomes that none had included. */
export function outcomeCounts({ accounts }: Snapshot): Sample[] {
  return accounts.flatMap(({ accountId, spending }) =>
    Object.entries(spending?.outcomesMonth ?? {}).map(([outcome, value]) => ({
      labels: { account_id: accountId, outcome },
      value,
    })),
  )
}

/** When something last happened in each account, in Unix seconds. */
export function lastTransaction({ accounts }: Snapshot): Sample[] {
  return accounts.flatMap(({ accountId, spending }) => {
    const ms = spending?.newestAtMs
    return sample({ account_id: accountId }, ms === undefined ? undefined : ms / 1000)
  })
}

/** Money of each pot. @param minorOf its amount in minor units (pence). */
export function potMoney(minorOf: (pot: PotReading) => number | undefined): Sampler {
  return ({ accounts }) =>
    accounts.flatMap(({ accountId, pots = [] }) =>
      pots.flatMap((pot) => {
        const { potId, potName, currency } = pot
        const labels = { account_id: accountId, currency, pot_id: potId, pot_name: potName }
        return money(labels, minorOf(pot), currency)
      }),
    )
}

/** 1 for each account, what it is in the labels. */
export function accountInfo({ accounts }: Snapshot): Sample[] {
  return accounts.map(({ accountId, accountType, ownerType }) => {
    const owner = ownerType === undefined ? {} : { owner_type: ownerType }
    return { labels: { account_id: accountId, account_type: accountType, ...owner }, value: 1 }
  })
}

/** A value of each login whose user is known: without `user_id` nobody could tell whose it is. */
export function loginValue(read: (login: LoginReading) => number | undefined): Sampler {
  return ({ logins }) =>
    logins.flatMap((login) =>
      login.userId === undefined ? [] : sample({ user_id: login.userId }, read(login)),
    )
}

/** A moment in each login's life, in Unix seconds. @param msOf in Unix milliseconds. */
export function loginTimestamp(msOf: (login: LoginReading) => number | undefined): Sampler {
  return loginValue((login) => {
    const ms = msOf(login)
    return ms === undefined ? undefined : ms / 1000
  })
}

/** Every state of every login, so that a series ends at 0 rather than vanishes on a change. */
export function loginStates({ logins }: Snapshot): Sample[] {
  if (logins.length === 0) return statesOf({}, 'unauthorized')
  return logins.flatMap(({ userId, state }) =>
    statesOf(userId === undefined ? {} : { user_id: userId }, state),
  )
}

function statesOf(labels: Sample['labels'], present: LoginStateName): Sample[] {
  return LOGIN_STATE_NAMES.map((state) => ({
    labels: { ...labels, state },
    value: state === present ? 1 : 0,
  }))
}

function money(labels: Sample['labels'], minor: number | undefined, currency: string): Sample[] {
  return sample(labels, minor === undefined ? undefined : toMajor(minor, currency))
}

function sample(labels: Sample['labels'], value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }]
}
