/** The fields that Monzo promises, and without which a record can't be read. */
const PROMISED = new Set([
  ...['accounts', 'id', 'closed', 'created', 'description', 'type', 'currency'],
  ...['balance', 'total_balance', 'spend_today'],
  ...['pots', 'name', 'deleted'],
  ...['transactions', 'transaction', 'amount', 'category', 'settled', 'decline_reason'],
  ...['include_in_spending', 'scheme'],
  ...['access_token', 'expires_in', 'refresh_token', 'token_type', 'user_id', 'client_id'],
  ...['code', 'message', 'webhooks', 'webhook', 'url', 'account_id', 'authenticated', 'ping'],
])

/** Replaces every number by text, every text by a number, and so on; keeps the keys. */
export function withWrongTypes(value: unknown): unknown {
  if (typeof value === 'number') return `${value}`
  if (typeof value === 'string') return value.length
  if (typeof value === 'boolean') return value ? 'yes' : null
  return mapped(value, (fields) =>
    fields.map(([name, inner]) => [name, withWrongTypes(inner)] as const),
  )
}

/** Adds two unknown fields to every object. */
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

/** Removes the fields that Monzo does not promise from every object. */
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
