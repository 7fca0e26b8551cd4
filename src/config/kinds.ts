import { basePathOf, isLoopback } from '../lib/url.ts'
import { isIpOrRange, parseAddress } from './address.ts'
import { faultsOf, type Result, refuse } from './fault.ts'

/** What the values of a setting can be. */
export interface Kind<T> {
  /** For editors. Less strict than `read`. */
  readonly schema: ValueSchema
  /**
   * Turns text from a variable, a flag or a secret's file into what TOML would hold. Text that
   * can't be turned comes back as it is, for `read` to refuse.
   */
  readonly fromText: (text: string) => unknown
  /** @param value as TOML holds it. Faults say what is expected, never what was given. */
  readonly read: (value: unknown) => Result<T>
}

/** The part of JSON schema that settings need. */
interface ValueSchema {
  readonly type: 'string' | 'boolean' | 'array' | 'object'
  readonly items?: ValueSchema
  readonly additionalProperties?: ValueSchema
  readonly enum?: readonly string[]
}

/** An object, so that every use names its unit. */
export interface Duration {
  readonly ms: number
}

/** Straight ones, and those that word processors make of them. */
export const QUOTES = '"\'`‘’‚‛“”„‟«»‹›'
const IN_QUOTES = new RegExp(`^\\\\?[${QUOTES}].*[${QUOTES}]$`, 's') // JSON and YAML put a backslash before it
/** Other spaces than those of ASCII, control and format characters, and fillers. */
const INVISIBLE = /(?![\t-\r ])[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u

/** The quotes that a shell would have removed. @returns what to say, if there are any. */
export const quotesFault = (text: string): string | undefined =>
  IN_QUOTES.test(text)
    ? "has quotes around it that count as part of the value: remove them (a shell would, docker's --env-file does not)"
    : undefined

/** @returns the number of the first character that doesn't show: `U+200B`. */
export function hiddenCode(text: string): string | undefined {
  const code = INVISIBLE.exec(text)?.[0].codePointAt(0)
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** What copying has left on a text that a program is to read. */
function strayFault(text: string): string | undefined {
  const code = hiddenCode(text)
  if (code)
    return `has an invisible character in it (${code}): type the value instead of copying it`
  const isPadded = text !== text.trim()
  return isPadded ? 'begins or ends with a space or a line break: remove it' : quotesFault(text)
}

/**
 * Text that a program reads, not a person.
 * @param expected the fault of a value that is not text, such as a number.
 */
export function textKind<T>(
  read: (text: string) => Result<T>,
  expected = 'expected text in quotes',
): Kind<T> {
  return {
    schema: { type: 'string' },
    fromText: (text) => text,
    read(value) {
      if (typeof value !== 'string') return refuse(expected)
      const stray = strayFault(value)
      return stray === undefined ? read(value) : refuse(stray)
    },
  }
}

/** @param example shown when the value is not a list. */
export function listOf<T>(kind: Kind<T>, example: string): Kind<readonly T[]> {
  return {
    schema: { type: 'array', items: kind.schema },
    // What begins with a bracket is a list as TOML or JSON has it, for `read` to refuse.
    fromText: (text) => (/^\s*\[.*\]\s*$/s.test(text) ? text : itemsIn(text)),
    read(value) {
      if (!Array.isArray(value))
        return refuse(
          `expected a list such as ${example}, or outside of config.toml its entries alone, separated by commas`,
        )
      const items = value.map(kind.read)
      const faults = items.flatMap((item, n) =>
        faultsOf(item).map(({ message }) => ({ message: `entry ${n + 1}: ${message}` })),
      )
      if (faults.length > 0) return { faults }
      return { value: items.flatMap((item) => ('value' in item ? [item.value] : [])) }
    },
  }
}

export const itemsIn = (text: string): readonly string[] =>
  text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '')

export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  const expected = `expected one of ${words.map((word) => `"${word}"`).join(', ')}`
  const kind = textKind((text) => {
    const word = words.find((known) => known === text)
    return word === undefined ? refuse(expected) : { value: word }
  }, expected)
  return { ...kind, schema: { type: 'string', enum: words } }
}

/** The name of a file. It may hold whatever the name of a folder above it does. */
export const path: Kind<string> = {
  schema: { type: 'string' },
  fromText: (text) => text,
  read(value) {
    if (typeof value !== 'string') return refuse('expected the name of a file, in quotes')
    const stray = quotesFault(value)
    if (stray !== undefined) return refuse(stray)
    if (/\p{Cc}/u.test(value))
      return refuse(
        'has a line break, a tab or another control character in it: in double quotes, TOML wants each backslash twice',
      )
    if (value !== value.trim() || hiddenCode(value.slice(0, 1) + value.slice(-1)))
      return refuse('begins or ends with a space or an invisible character: remove it')
    return /^(?:~|\$\{?\w)/.test(value)
      ? refuse('begins with "~" or "$", which only a shell replaces: write the whole path')
      : { value }
  },
}

export const boolean: Kind<boolean> = {
  schema: { type: 'boolean' },
  fromText: (value) => (/^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value),
  read: (value) => (typeof value === 'boolean' ? { value } : refuse('expected true or false')),
}

const HOST_PORT =
  'expected host:port such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every address)'

/** For texts that look right to whoever wrote them. */
const IN_BRACKETS = 'has an IPv6 address without brackets: write it as in [::1]:8080'
const NO_PORT = 'has a port above 65535, the highest there is'
const isBareIpv6 = (host: string): boolean => /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/i.test(host)
const isTooHigh = (port: string): boolean => /^\d+$/.test(port) && Number(port) > 65_535

export const address = textKind((value) => {
  const parsed = parseAddress(value)
  if (parsed) return { value: parsed }
  if (isBareIpv6(value)) return refuse(IN_BRACKETS)
  if (isTooHigh(value.split(':').at(-1) ?? '')) return refuse(NO_PORT)
  return refuse(HOST_PORT)
}, HOST_PORT)

export const proxies = listOf(
  textKind((value) =>
    isIpOrRange(value) ? { value } : refuse('expected an IP address or a CIDR range'),
  ),
  '["10.0.0.1", "192.168.0.0/16"]',
)

const UNITS_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1]
const DURATION =
  /^(?=\d)(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/

/**
 * Reads a duration as Prometheus writes it: `15s`, `5m`, `1h30m`.
 * @returns milliseconds, or `undefined` if the text is not a duration.
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (`<duration>`)
 */
export function parseDurationMs(value: string): number | undefined {
  const counts = DURATION.exec(value)?.slice(1)
  return counts?.reduce((sum, count, i) => sum + Number(count ?? 0) * (UNITS_MS[i] ?? 0), 0)
}

/** @param minMs at least 1, as no setting may be 0. */
export function duration(minMs = 1): Kind<Duration> {
  const limit = minMs > 1 ? `at least ${minMs / 1000}s` : 'more than 0'
  const expected = `expected a duration such as "15s" or "1h30m", ${limit}`
  return textKind((value) => {
    const ms = parseDurationMs(value)
    const isUsable = ms !== undefined && ms >= minMs && Number.isSafeInteger(ms)
    return isUsable ? { value: { ms } } : refuse(expected)
  }, expected)
}

/** Its `pathname` has no `/` at the end, unless that is all of it. */
function readWebUrl(value: string): Result<URL> {
  const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(value) ?? []
  if (authority === undefined)
    return refuse('expected an address that starts with "http://" or "https://"')
  if (/[\s\\]/.test(value)) return refuse('has a space or a backslash in it')
  if (/[?#]/.test(value)) return refuse('must not have a query ("?") or a fragment ("#")')
  if (authority.includes('@')) return refuse('must not have a user name or a password')
  if (isBareIpv6(authority)) return refuse(IN_BRACKETS)
  const [, port] = /:([^\]]*)$/.exec(authority) ?? []
  if (port !== undefined && isTooHigh(port)) return refuse(NO_PORT)
  if (port !== undefined && !/^\d*[1-9]\d*$/.test(port))
    return refuse('has something other than a port after ":": expected a number such as 8080')
  if (!URL.canParse(value)) return refuse('has an invalid host name or IP address')
  const url = new URL(value)
  url.pathname = basePathOf(url)
  return { value: url }
}

export const redirectUri = textKind((value) => {
  const result = readWebUrl(value)
  return 'value' in result && result.value.pathname.endsWith('/callback')
    ? refuse(
        'must not end in "/callback": drop it here, as the exporter adds it (at Monzo it stays)',
      )
    : result
})

export const monzoUrl = textKind((value) => {
  const result = readWebUrl(value)
  if ('faults' in result) return result
  return result.value.protocol === 'https:' || isLoopback(result.value.hostname)
    ? result
    : refuse('must start with "https://" unless it is on this machine: tokens are sent there')
})
