/** A customer of the simulated Monzo. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly firstName: string
}

/** An account's present details. Its money is in the ledger. */
export interface Account {
  readonly id: string
  /** Any text; Monzo's own are `uk_retail`, `uk_retail_joint`, `uk_monzo_flex`, `uk_loan`… */
  readonly type: string
  readonly currency: string
  readonly ownerIds: readonly string[]
  readonly createdMs: number
  readonly isClosed: boolean
  readonly description: string
  /** Absent on accounts that nobody can pay into directly. */
  readonly bankDetails?: { readonly accountNumber: string; readonly sortCode: string } | undefined
}

/** What the API offers for accounts of one type. */
export interface AccountKind {
  /** Starts the description of accounts that aren't named after their owners. */
  readonly prefix?: string
  readonly productType: string
  readonly ownerType: string
  readonly hasBankDetails: boolean
  /** If false, `/balance` is refused. */
  readonly hasBalance: boolean
  readonly transactions: 'listed' | 'none' | 'refused'
}

const CURRENT: AccountKind = {
  productType: 'standard',
  ownerType: 'personal',
  hasBankDetails: true,
  hasBalance: true,
  transactions: 'listed',
}

const KINDS: Readonly<Record<string, AccountKind>> = {
  uk_retail: CURRENT,
  uk_retail_joint: { ...CURRENT, ownerType: 'joint' },
  uk_business: { ...CURRENT, ownerType: 'business', productType: 'business' },
  uk_retail_young: { ...CURRENT, productType: 'young' },
  uk_prepaid: { ...CURRENT, hasBankDetails: false, productType: 'prepaid' },
  uk_rewards: {
    ...CURRENT,
    prefix: 'rewardsoptin',
    productType: 'rewards',
    hasBankDetails: false,
  },
  uk_monzo_flex: { ...CURRENT, prefix: 'monzoflex', productType: 'flex', hasBankDetails: false },
  uk_loan: {
    prefix: 'loan',
    productType: 'loan',
    ownerType: 'unknown',
    hasBankDetails: false,
    hasBalance: false,
    transactions: 'none',
  },
  uk_monzo_flex_backing_loan: {
    prefix: 'monzoflexbackingloan',
    productType: 'flex',
    ownerType: 'personal',
    hasBankDetails: false,
    hasBalance: false,
    transactions: 'refused',
  },
}

/** Unknown types behave like a current account without bank details. */
const UNKNOWN: AccountKind = { ...CURRENT, hasBankDetails: false, productType: 'unknown' }

export const kindOf = (account: { readonly type: string }): AccountKind =>
  KINDS[account.type] ?? UNKNOWN
