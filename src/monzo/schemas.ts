import * as z from 'zod/mini'

/** An extra that is missing or odd is absent; it never costs the record. */
const extraInt = z.catch(z.optional(z.int()), undefined)
const extraText = z.catch(z.optional(z.string()), undefined)
const currency = z.string().check(z.length(3))

/** @see MONZO.md section 4: `type` is an open set, older replies have fewer keys. */
export const accountSchema = z.object({
  id: z.string().check(z.minLength(1)),
  type: z.string(),
  closed: z.catch(z.boolean(), false),
  owner_type: extraText,
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
  id: z.string().check(z.minLength(1)),
  name: z.string(),
  balance: z.int(),
  currency,
  goal_amount: extraInt,
  deleted: z.catch(z.boolean(), false),
})
export type Pot = z.output<typeof potSchema>

export const accountsSchema = z.object({ accounts: z.array(z.unknown()) })
export const potsSchema = z.object({ pots: z.array(z.unknown()) })
export const whoamiSchema = z.object({
  authenticated: z.literal(true),
  user_id: z.string().check(z.minLength(1)),
})
export const errorSchema = z.object({ code: z.string() })
