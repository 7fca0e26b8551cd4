/** Somebody who banks with Monzo. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly firstName: string
}

/** An account as it stands now; its money is in the ledger. */
export interface Account {
  readonly id: string
  /** Open set: `uk_retail`, `uk_retail_joint`, `uk_monzo_flex`, `uk_loan`… */
  readonly type: string
  readonly currency: string
  readonly ownerIds: readonly string[]
  readonly createdMs: number
  readonly isClosed: boolean
  readonly description: string
  /** Absent on accounts that nobody can pay into directly. */
  readonly bankDetails?: { readonly accountNumber: string; readonly sortCode: string } | undefined
}

/** What kinds of accounts answer, and with what. */
export interface AccountKind {
  /** Begins the description of accounts that aren't named after their owners. */
  readonly prefix?: string
  readonly productType: string
  readonly ownerType: string
  readonly hasBankDetails: boolean
  /** Without one, `/balance` is refused. */
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

/** Types nobody has heard of behave like a current account without bank details. */
const UNKNOWN: AccountKind = { ...CURRENT, hasBankDetails: false, productType: 'unknown' }

/** What its type says about it. */
export const kindOf = (account: { readonly type: string }): AccountKind =>
  KINDS[account.type] ?? UNKNOWN
