import { choice, part } from './board.ts'

/** Monzo's types of accounts in the words of its app; others stay as they are. */
const TYPES: readonly (readonly [type: string, name: string])[] = [
  ['uk_retail', 'Current account'],
  ['uk_retail_joint', 'Joint account'],
  ['uk_retail_young', 'Account under 18'],
  ['uk_business', 'Business account'],
  ['uk_monzo_flex', 'Flex'],
  ['uk_rewards', 'Cashback'],
  ['uk_loan', 'Loan'],
]
const ID_END = '.*(.{4})' // as much of an account's id as tells two of them apart

/** An account's metric, with what the account is called in the label `account`. */
export const withAccount = (metric: string): string =>
  `${metric} * on (job, instance, account_id) group_left (account) \${names:raw}`

/** Pots, with their account behind the name if pots of other accounts are called the same. */
export function potsToldApart(pots: string): string {
  const shared = sharedByAccounts('pot_name', 'monzo_balance_in_pot')
  const ofAccounts = withAccount(`(${pots} and ${shared})`)
  return `(${pots} unless ${shared}) or label_join(${ofAccounts}, "pot_name", " · ", "pot_name", "account")`
}

/**
 * The same where only the account's id is known: imported days have no `instance`, and no info was
 * scraped in their time, so the names of the end of the time that is shown are used.
 */
export const withAccountOfNow = (metric: string): string =>
  `${metric} * on (account_id) group_left (account) \${names_now:raw}`

/** The names of accounts: as set in `account_names`, else by type. */
export const accountNames = () => part('names', `(${namesOfAccounts('monzo_account_info')})`)

/** Which accounts to look at, by these names. */
export const accountChoice = () =>
  choice(
    'account',
    'Account',
    `query_result(\${names:raw})`,
    '/\\baccount="(?<text>[^"]+)".*account_id="(?<value>[^"]+)"/',
  )

/** For `withAccountOfNow`. */
export const accountNamesOfNow = () =>
  part(
    'names_now',
    `(max by (account_id, account) (${namesOfAccounts('monzo_account_info @ end()')}))`,
  )

function namesOfAccounts(all: string): string {
  const shared = sharedByAccounts('account_type, account_name', all)
  const withIdEnd = replaced(`${all} and ${shared}`, 'id_end', ' …$1', 'account_id', ID_END)
  let named = replaced(
    `${all} unless ${shared} or ${withIdEnd}`,
    'account',
    '$1',
    'account_type',
    '(.*)',
  )
  for (const [type, name] of TYPES) named = replaced(named, 'account', name, 'account_type', type)
  named = replaced(named, 'account', '$1', 'account_name', '(.+)')
  return `label_join(${named}, "account", "", "account", "id_end")`
}

/** To match with those series whose labels are also those of another account's. */
const sharedByAccounts = (labels: string, series: string): string =>
  `on (${labels}) (count by (${labels}) (count by (${labels}, account_id) (${series})) > 1)`

const replaced = (query: string, to: string, value: string, from: string, regex: string): string =>
  `label_replace(${query}, "${to}", "${value}", "${from}", "${regex}")`
