import * as z from 'zod/mini'

const token = z.string().check(z.minLength(1))
/** Also refuses what only looks right, such as an offset of 99 hours. */
const time = z.iso
  .datetime({ offset: true })
  .check(z.refine((text) => !Number.isNaN(Date.parse(text))))
const loginSchema = z.strictObject({
  user_id: z.optional(token),
  client_id: z.optional(token),
  access_token: token,
  refresh_token: token,
  expires_at: time,
  /** Seconds. */
  expires_in: z.optional(z.number().check(z.nonnegative())),
  authorized_at: z.optional(time),
})
/** One login as kept on disk. What the Rust exporter's file doesn't tell is absent until known. */
export type StoredLogin = z.output<typeof loginSchema>

/** tokens.json */
export const fileSchema = z.strictObject({ version: z.literal(1), logins: z.array(loginSchema) })
/** The Rust exporter's tokens.json. */
export const rustSchema = z.strictObject({
  access_token: token,
  refresh_token: token,
  expires_at: time,
})
/** tokens.json of any version, past or future. */
export const versionSchema = z.object({ version: z.number() })

/** Who holds the lock of a tokens.json. */
export const holderSchema = z.object({ id: z.string(), pid: z.number(), host: z.string() })
