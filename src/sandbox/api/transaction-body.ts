import type { Account } from '../bank/account.ts'
import type { Entry, Merchant } from '../bank/entry.ts'
import { monzoTime } from '../bank/monzo-time.ts'

const BOOKED_AFTER_MS = 250 // `updated` is slightly later than `settled`

/**
 * A transaction as the API returns it.
 * @param nowMs decides whether it has settled yet.
 */
export function transactionBody(
  entry: Entry,
  account: Account,
  nowMs: number,
  isMerchantExpanded: boolean,
): Readonly<Record<string, unknown>> {
  const { amountMinor, local, merchant, settledMs } = entry
  const isSettled = settledMs !== undefined && settledMs <= nowMs
  const bookedMs = isSettled ? settledMs + BOOKED_AFTER_MS : entry.createdMs
  const isEveryday = entry.isInSpending && entry.declineReason === undefined
  return {
    id: entry.id,
    created: monzoTime(entry.createdMs),
    description: entry.description,
    amount: amountMinor,
    fees: {},
    currency: account.currency,
    merchant: merchant ? (isMerchantExpanded ? merchantBody(merchant) : merchant.id) : null,
    notes: entry.notes,
    metadata: entry.metadata,
    labels: null,
    attachments: null,
    international: null,
    category: entry.category,
    categories: entry.categories,
    is_load: entry.isLoad ?? false,
    settled: isSettled ? monzoTime(settledMs) : '',
    local_amount: local?.amountMinor ?? amountMinor,
    local_currency: local?.currency ?? account.currency,
    updated: monzoTime(Math.max(entry.updatedMs ?? 0, bookedMs)),
    account_id: account.id,
    user_id: entry.userId,
    counterparty: entry.counterparty ?? {},
    scheme: entry.scheme,
    dedupe_id: `sandbox:${entry.scheme}:${entry.id}`,
    originator: entry.scheme === 'mastercard' ? false : entry.isOriginator,
    include_in_spending: entry.isInSpending,
    can_be_excluded_from_breakdown: isEveryday,
    can_be_made_subscription: isEveryday,
    can_split_the_bill: isEveryday,
    can_add_to_tab: isEveryday,
    can_match_transactions_in_categorization: isEveryday,
    amount_is_pending: false,
    atm_fees_detailed: null,
    parent_account_id: '',
    ...(entry.declineReason === undefined ? {} : { decline_reason: entry.declineReason }),
  }
}

function merchantBody(merchant: Merchant): Readonly<Record<string, unknown>> {
  return {
    id: merchant.id,
    group_id: merchant.groupId,
    name: merchant.name,
    logo: '',
    emoji: merchant.emoji,
    category: merchant.category,
    online: merchant.isOnline,
    atm: merchant.isAtm,
    address: {
      short_formatted: '1 Example Street, Sampleton',
      city: 'Sampleton',
      region: '',
      country: merchant.country,
      postcode: 'SA1 1PL',
      latitude: 51.5,
      longitude: -0.12,
      approximate: true,
    },
    disable_feedback: false,
    suggested_tags: '',
    metadata: {},
  }
}
