import * as z from 'zod/mini'
import { isIpOrRange, parseAddress } from './address.ts'
import { parseDurationMs } from './duration.ts'
import {
  type Reading,
  readAccountId,
  readAuthKey,
  readBearerToken,
  readClientId,
  readClientSecret,
  readMonzoUrl,
  readRedirectUri,
} from './readings.ts'

// Every message is our own: it says what is expected, and never what was given.

/** Parsed to `{ ms }`, so that every use names its unit. */
export interface Duration {
  readonly ms: number
}

const NOT_TEXT = 'expected text in quotes'

/** Any text. That it isn't empty was checked before, where it was given. */
export const text = z.string({ error: NOT_TEXT })
export const boolean = z.boolean({ error: 'expected true or false' })

/** Text that means a `T`. @param expected what a number, say, is told. */
function reads<T>(read: (value: string) => Reading<T>, expected = NOT_TEXT) {
  const meant = z.transform((value: string, context): T => {
    const reading = read(value)
    if (typeof reading === 'object') return reading.value
    context.issues.push({ code: 'custom', message: reading, input: value })
    return z.NEVER
  })
  return z.pipe(z.string({ error: expected }), meant)
}

const listOf = <Item extends z.ZodMiniType>(item: Item, example: string) =>
  z.readonly(z.array(item, { error: `expected a list such as ${example}` }))

export const accountId = reads(readAccountId)
export const clientId = reads(readClientId)
export const clientSecret = reads(readClientSecret)
export const authKey = reads(readAuthKey)
export const bearerToken = reads(readBearerToken)
export const accessTokens = listOf(bearerToken, '["eyJhb…"]')
export const redirectUri = reads(readRedirectUri)
export const monzoUrl = reads(readMonzoUrl)

const HOST_PORT =
  'expected host:port such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every address)'

export const address = reads((value) => {
  const parsed = parseAddress(value)
  return parsed ? { value: parsed } : HOST_PORT
}, HOST_PORT)

export const proxies = listOf(
  reads((value) => (isIpOrRange(value) ? { value } : 'expected an IP address or a CIDR range')),
  '["10.0.0.1", "192.168.0.0/16"]',
)

/** @param minMs at least 1: no duration here may be 0. */
export function duration(minMs = 1) {
  const limit = minMs > 1 ? `at least ${minMs / 1000}s` : 'more than 0'
  const expected = `expected a duration such as "15s" or "1h30m", ${limit}`
  return reads<Duration>((value) => {
    const ms = parseDurationMs(value)
    const isUsable = ms !== undefined && ms >= minMs && Number.isSafeInteger(ms)
    return isUsable ? { value: { ms } } : expected
  }, expected)
}

export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, { error: `expected one of ${words.map((word) => `"${word}"`).join(', ')}` })
