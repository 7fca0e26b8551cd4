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

/** What a value means, or every sentence on what is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly flaws: readonly string[] }

/** @returns `undefined` if it is flawed. */
export const meaningOf = <T>(read: Read<T>): T | undefined =>
  'value' in read ? read.value : undefined

/** What the values of a setting can be. */
export interface Kind<T> {
  /** @param value as TOML has it. */
  readonly read: (value: unknown) => Read<T>
  readonly schema: ValueSchema
}

/** The same as JSON schema has it, which is less strict. */
export interface ValueSchema {
  readonly type: 'string' | 'boolean' | 'array'
  readonly items?: ValueSchema
  readonly enum?: readonly string[]
}

/** Parsed to `{ ms }`, so that every use names its unit. */
export interface Duration {
  readonly ms: number
}

const NOT_TEXT = 'expected text in quotes'

/** Text that means a `T`. @param expected what a number, say, is told. */
function reads<T>(read: (value: string) => Reading<T>, expected = NOT_TEXT): Kind<T> {
  return {
    schema: { type: 'string' },
    read(value) {
      const reading = typeof value === 'string' ? read(value) : expected
      return typeof reading === 'string' ? { flaws: [reading] } : reading
    },
  }
}

/** @param example what something else than a list is told. */
function listOf<T>(kind: Kind<T>, example: string): Kind<readonly T[]> {
  return {
    schema: { type: 'array', items: kind.schema },
    read(value) {
      if (!Array.isArray(value)) return { flaws: [`expected a list such as ${example}`] }
      const items = value.map(kind.read)
      const flaws = items.flatMap((item, n) =>
        'flaws' in item ? item.flaws.map((flaw) => `entry ${n + 1}: ${flaw}`) : [],
      )
      if (flaws.length > 0) return { flaws }
      return { value: items.flatMap((item) => ('value' in item ? [item.value] : [])) }
    },
  }
}

export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  const expected = `expected one of ${words.map((word) => `"${word}"`).join(', ')}`
  const read = (value: unknown): Read<Word> => {
    const word = words.find((known) => known === value)
    return word === undefined ? { flaws: [expected] } : { value: word }
  }
  return { schema: { type: 'string', enum: words }, read }
}

/** Any text. That it isn't empty was checked before, where it was given. */
export const text = reads((value) => ({ value }))
export const boolean: Kind<boolean> = {
  schema: { type: 'boolean' },
  read: (value) => (typeof value === 'boolean' ? { value } : { flaws: ['expected true or false'] }),
}

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
