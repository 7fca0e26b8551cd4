import * as z from 'zod/mini'

/** An optional field that is missing or malformed is absent; it never invalidates the record. */
const extraInt = z.catch(z.optional(z.int()), undefined)
const extraText = z.catch(z.optional(z.string()), undefined)
const id = z.string().check(z.minLength(1), z.maxLength(100)) // Monzo's have less than 50 characters
const category = z.string().check(z.maxLength(100))
const currency = z.string().check(z.length(3))

/** `type` is an open set, and older replies have fewer keys. @see MONZO.md section 4 */
export const accountSchema = z.object({
  id,
  type: z.string(),
  closed: z.catch(z.boolean(), false),
  owner_type: extraText,
  created: extraText,
  currency: extraText,
})
export type Account = z.output<typeof accountSchema>

/** Amounts in **minor units** (pence for GBP). */
export const balanceSchema = z.object({
  balance: z.int(),
  currency,
  total_balance: extraInt,
  balance_including_flexible_savings: extraInt,
  /** Negative or 0. */
  spend_today: extraInt,
})
export type Balance = z.output<typeof balanceSchema>

/** Amounts in **minor units**. A deleted pot stays listed, with balance 0. */
export const potSchema = z.object({
  id,
  name: z.string(),
  balance: z.int(),
  currency,
  goal_amount: extraInt,
  deleted: z.catch(z.boolean(), false),
})
export type Pot = z.output<typeof potSchema>

/**
 * Amounts in **minor units** of the account's currency, even for payments in a foreign currency;
 * money out is negative. `settled` is empty while the transaction is pending; `decline_reason` is
 * present when it was declined.
 */
export const transactionSchema = z.object({
  id,
  created: z.iso.datetime({ offset: true }),
  amount: z.int(),
  category,
  include_in_spending: z.boolean(),
  settled: extraText,
  scheme: extraText,
  description: extraText,
  decline_reason: z.optional(z.unknown()),
  /** Amounts by category, if a person has split the transaction. */
  categories: z.catch(z.nullish(z.record(category, z.int())), undefined),
})
export type Transaction = z.output<typeof transactionSchema>

/** @see MONZO.md section 4 */
export const webhookSchema = z.object({ id, url: z.string() })
export type Webhook = z.output<typeof webhookSchema>

/** A program in Go, as Monzo's are, may send `null` for an empty list. */
const list = z.pipe(
  z.nullable(z.array(z.unknown())),
  z.transform((records) => records ?? []),
)
export const accountsSchema = z.object({ accounts: list })
export const potsSchema = z.object({ pots: list })
export const transactionsSchema = z.object({ transactions: list })
export const idSchema = z.object({ id })
export const webhooksSchema = z.object({ webhooks: list })
export const whoamiSchema = z.object({
  authenticated: z.literal(true),
  user_id: id,
})
/** A proxy's or firewall's own JSON may have a `code`, too, but not one like this. */
export const errorSchema = z.object({
  code: z.string().check(z.maxLength(200), z.regex(/^[a-z][a-z0-9_]*(?:\.\S*)?$/)),
})
