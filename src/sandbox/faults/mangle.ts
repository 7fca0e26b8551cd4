/** The fields without which a record can't be read; Monzo promises these. */
const PROMISED = new Set([
  ...['accounts', 'id', 'closed', 'created', 'description', 'type', 'currency'],
  ...['balance', 'total_balance', 'spend_today'],
  ...['pots', 'name', 'deleted'],
  ...['transactions', 'transaction', 'amount', 'category', 'settled', 'decline_reason'],
  ...['include_in_spending', 'scheme'],
  ...['access_token', 'expires_in', 'refresh_token', 'token_type', 'user_id', 'client_id'],
  ...['code', 'message', 'webhooks', 'webhook', 'url', 'account_id', 'authenticated', 'ping'],
])

/** Text for every number, a number for every text, and so on: the keys are right, nothing else. */
export function withWrongTypes(value: unknown): unknown {
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'string') return value.length
  if (typeof value === 'boolean') return value ? 'yes' : null
  return mapped(value, (fields) =>
    fields.map(([name, inner]) => [name, withWrongTypes(inner)] as const),
  )
}

/** Every object gets two fields that nobody has heard of. */
export const withNewFields = (value: unknown): unknown =>
  mapped(
    value,
    (fields) => [
      ...fields.map(([name, inner]) => [name, withNewFields(inner)] as const),
      ['sandbox_new_field', { nested: [1, 'two', null] }] as const,
      ['sandbox_new_flag', true] as const,
    ],
    withNewFields,
  )

/** Every object loses what Monzo does not promise. */
export const withoutExtras = (value: unknown): unknown =>
  mapped(
    value,
    (fields) =>
      fields
        .filter(([name]) => PROMISED.has(name))
        .map(([name, inner]) => [name, withoutExtras(inner)] as const),
    withoutExtras,
  )

type Field = readonly [name: string, value: unknown]

function mapped(
  value: unknown,
  change: (fields: readonly Field[]) => readonly Field[],
  each: (value: unknown) => unknown = withWrongTypes,
): unknown {
  if (Array.isArray(value)) return value.map(each)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(change(Object.entries(value)))
}
