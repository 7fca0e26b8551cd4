import { resolve } from 'node:path'
import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts'
import type { Names } from '../lib/names.ts'
import * as credential from './credentials.ts'
import { type Fault, faultsOf, type Origin, type Result } from './fault.ts'
import * as kind from './kinds.ts'
import { accountNames, categoryNames } from './names.ts'

/** What documentation and layers need to know of a setting, besides its kind. */
export interface About {
  /** Whole sentences, for `--help`, comments and the reference page. */
  readonly description: string
  /** Stands for the value in `--help`. */
  readonly valueName: string
  /** As TOML has it; absent when there is none. A path is relative to config.toml. */
  readonly default?: Default
  /** The default in Go mode, if that is another. */
  readonly goDefault?: Default
  /** Has a sibling `<key>_file`, and never shows in any text. */
  readonly isSecret?: true
  /** Relative to where it was given; comes out absolute. */
  readonly isPath?: true
  /** Set by nearly everybody, so it is listed first. */
  readonly isEveryday?: true
  /** A running exporter takes a new value on SIGHUP; any other setting needs a restart. */
  readonly isLive?: true
}

type Default = string | boolean | readonly string[] | Names

/** One row of the table. */
export interface Setting<T> extends kind.Kind<T> {
  readonly about: About
}

/** May be absent. */
function optional<T>(of: kind.Kind<T>, about: About): Setting<T | undefined> {
  return { ...of, about, read: (value) => (value === undefined ? { value } : of.read(value)) }
}

function defaulted<T>(of: kind.Kind<T>, value: Default, about: About): Setting<T> {
  return { ...of, about: { default: value, ...about } }
}

function toggle(
  value: boolean,
  description: string,
  more: Pick<About, 'isLive' | 'isEveryday' | 'goDefault'> = {},
): Setting<boolean> {
  return defaulted(kind.boolean, value, { description, valueName: 'true|false', ...more })
}

/** The shortest `poll_interval`, in seconds: three calls a poll are 36 of the 60 a minute that we allow ourselves. */
export const MIN_POLL_S = 5

/**
 * Every setting once. Environment name, flag, `--help`, JSON schema and reference page derive
 * from it, as does `config.toml.example` (tested).
 */
export const SETTINGS = {
  account_id: optional(credential.accountId, {
    description: 'Export this account only; without it, every open account of every login.',
    valueName: 'ID',
    isEveryday: true,
  }),
  client_id: optional(credential.clientId, {
    description:
      'Id of your Monzo OAuth client, from https://developers.monzo.com (Clients, New OAuth Client, with Confidentiality set to Confidential).',
    valueName: 'ID',
    isEveryday: true,
  }),
  client_secret: optional(credential.clientSecret, {
    description: 'Secret of that client.',
    valueName: 'SECRET',
    isSecret: true,
    isEveryday: true,
  }),
  /** Absent in Go mode with access tokens: see `withDefaults`. */
  server_addr: optional(kind.address, {
    default: '127.0.0.1:8080',
    goDefault: ':8080',
    description:
      'Where to listen for pages, logins and /stats: host:port, with IPv6 in brackets; ":8080" is every address.',
    valueName: 'HOST:PORT',
    isEveryday: true,
  }),
  redirect_uri: defaulted(kind.redirectUri, 'http://127.0.0.1:8080', {
    description:
      'Address at which browsers reach the exporter. Register it at Monzo with "/callback" added; leave that out here.',
    valueName: 'URL',
    isEveryday: true,
  }),
  auth_key: optional(credential.authKey, {
    description:
      'Protects the login page, so that nobody else can log in to your exporter; random at every start unless set.',
    valueName: 'KEY',
    isSecret: true,
    isEveryday: true,
    isLive: true,
  }),
  tokens_file: defaulted(kind.path, 'tokens.json', {
    description: 'Where logins are kept.',
    valueName: 'FILE',
    isPath: true,
  }),
  access_tokens: defaulted(credential.accessTokens, [], {
    description:
      "Access tokens from Monzo's playground, instead of an OAuth client; they expire after about six hours.",
    valueName: 'TOKENS',
    isSecret: true,
  }),
  metrics_addr: optional(kind.address, {
    goDefault: ':9036',
    description: 'A second address that serves metrics and health, and nothing else.',
    valueName: 'HOST:PORT',
  }),
  stats_token: optional(credential.bearerToken, {
    description: 'When set, metrics are only served to "Authorization: Bearer" with this token.',
    valueName: 'TOKEN',
    isSecret: true,
    isLive: true,
  }),
  tls_cert_file: optional(kind.path, {
    description:
      'Certificate (PEM, with its chain) to serve HTTPS directly, at metrics_addr too; needs tls_key_file. Then a scrape config needs "scheme: https".',
    valueName: 'FILE',
    isPath: true,
  }),
  tls_key_file: optional(kind.path, {
    description: 'Private key (PEM) of that certificate; needs tls_cert_file.',
    valueName: 'FILE',
    isPath: true,
  }),
  poll_interval: defaulted(kind.duration(MIN_POLL_S * 1000), '15s', {
    goDefault: '30s',
    description: `Time between two polls of Monzo, at least ${MIN_POLL_S}s.`,
    valueName: 'DURATION',
    isLive: true,
  }),
  stale_after: defaulted(kind.duration(), '5m', {
    description:
      'Balances older than this disappear; unless it is set, at least twice poll_interval.',
    valueName: 'DURATION',
    isLive: true,
  }),
  pots: toggle(true, 'Read pots.', { isLive: true }),
  transactions: toggle(true, 'Read transactions, for spending by category.', { isLive: true }),
  legacy_metrics: toggle(
    false,
    'Export the metrics of the Go exporter (tlwr/monzo-exporter), too.',
    {
      goDefault: true,
    },
  ),
  webhooks: toggle(
    false,
    'Let Monzo announce transactions at redirect_uri, so that balances change at once.',
  ),
  reminder: toggle(
    false,
    'Show a reminder in the Monzo app seven days and one day before the login ends.',
    { isLive: true },
  ),
  history: toggle(
    false,
    'Keep the transactions of the past, all of which Monzo shows only in the five minutes after a login.',
    { isEveryday: true },
  ),
  history_folder: defaulted(kind.path, 'history', {
    description: 'Where history is kept, one file for each account.',
    valueName: 'FOLDER',
    isPath: true,
  }),
  account_names: defaulted(
    accountNames,
    {},
    {
      description:
        'Names for accounts, such as { acc_0000Example = "Joint" }: the label account_name of monzo_account_info.',
      valueName: 'ID=NAME,…',
      isLive: true,
    },
  ),
  category_names: defaulted(
    categoryNames,
    {},
    {
      description:
        'Names for categories, such as { category_0000Example = "Cats" }; categories with the same name are added up.',
      valueName: 'ID=NAME,…',
      isLive: true,
    },
  ),
  trusted_proxies: defaulted(kind.proxies, [], {
    description: 'Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.',
    valueName: 'ADDRESSES',
    isLive: true,
  }),
  log_level: defaulted(kind.oneOf(LOG_LEVELS), 'info', {
    description: `Least severe messages to log: ${LOG_LEVELS.join(', ')}.`,
    valueName: 'LEVEL',
    isLive: true,
  }),
  log_format: defaulted(kind.oneOf(LOG_FORMATS), 'text', {
    description: 'How to log: text for people, json for machines.',
    valueName: 'FORMAT',
    isLive: true,
  }),
  monzo_api_url: defaulted(kind.monzoUrl, 'https://api.monzo.com', {
    description: "Monzo's API; only a simulated Monzo needs a different one.",
    valueName: 'URL',
  }),
  monzo_auth_url: defaulted(kind.monzoUrl, 'https://auth.monzo.com', {
    description: "Monzo's login pages; only a simulated Monzo needs different ones.",
    valueName: 'URL',
  }),
}

type Table = typeof SETTINGS
export type SettingKey = keyof Table
type ValueOf<Key extends SettingKey> = Table[Key] extends Setting<infer T> ? T : never
type OptionalKey = {
  [Key in SettingKey]: undefined extends ValueOf<Key> ? Key : never
}[SettingKey]
/** All settings after reading. */
type Values = {
  readonly [Key in Exclude<SettingKey, OptionalKey>]: ValueOf<Key>
} & { readonly [Key in OptionalKey]?: ValueOf<Key> }

/** The whole configuration, read and checked. Keys are those of TOML. */
export interface Config extends Values {
  /** The Go exporter's flags or variables were used, so its defaults hold. Not a setting itself. */
  readonly go_mode: boolean
}

/** Values as TOML has them, not yet read. */
export type RawValues = Readonly<Partial<Record<SettingKey, unknown>>>

const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SETTINGS, key)
/** In the order of the table. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS).filter(isSettingKey)

export const aboutSetting = (key: SettingKey): About => SETTINGS[key].about

/** What Go mode begins with, as text; `''` if nothing. */
export const goDefaultOf = (key: SettingKey): string => String(aboutSetting(key).goDefault ?? '')

/**
 * Adds the default of every setting that was not given.
 * @param folder absolute; default paths are relative to it.
 */
export function withDefaults(given: RawValues, isGoMode: boolean, folder: string): RawValues {
  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const key of SETTING_KEYS) {
    const { default: own, goDefault = own, isPath } = aboutSetting(key)
    const value = isGoMode ? goDefault : own
    values[key] = given[key] ?? (isPath && value ? resolve(folder, String(value)) : value)
  }
  const hasTokens = given.access_tokens !== undefined && !isEmptyList(given.access_tokens)
  // With access tokens, the Go exporter did not open the port for logins.
  if (isGoMode && hasTokens) values.server_addr = given.server_addr
  return values
}

export const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/**
 * Reads a whole configuration.
 * @param values with the defaults. @param origins of those that were given.
 */
export function readSettings(
  values: RawValues,
  origins: ReadonlyMap<SettingKey, Origin>,
): Result<Values> {
  const faults: Fault[] = []
  const read: Partial<Record<SettingKey, unknown>> = {}
  for (const key of SETTING_KEYS) {
    const result = SETTINGS[key].read(values[key])
    faults.push(...faultsOf(result, origins.get(key)))
    if ('value' in result && result.value !== undefined) read[key] = result.value
  }
  if (!isComplete(read, faults)) return { faults }
  return { value: origins.has('stale_after') ? read : { ...read, stale_after: staleAfter(read) } }
}

/** Each value was read by its own row, and without faults none is missing. */
const isComplete = (_read: object, faults: readonly Fault[]): _read is Values => faults.length === 0

/** By default, balances outlive a failed poll. */
const staleAfter = ({ stale_after, poll_interval }: Values): kind.Duration => ({
  ms: Math.max(stale_after.ms, 2 * poll_interval.ms),
})

export const envName = (key: string): string => `MONZO_EXPORTER_${key.toUpperCase()}`
export const flagName = (key: string): string => `--${key.replaceAll('_', '-')}`
/** The sibling of a secret, which names the file that holds it. */
export const fileKey = (key: SettingKey): string => `${key}_file`
/** Not a setting: it names the file that has them. */
export const CONFIG_KEY = 'config'

/** One flag, as the command line and `--help` need it. */
export interface FlagOption {
  /** What `loadConfig` calls it: `poll_interval`, `client_secret_file`. */
  readonly key: string
  /** `--poll-interval` */
  readonly flag: string
  /** False if its value may be left out: `--pots` is short for `--pots=true`. */
  readonly takesValue: boolean
  /** Stands for the value in `--help`: `DURATION`. */
  readonly valueName: string
  /** There is also `--no-pots`, short for `--pots=false`. */
  readonly negatable: boolean
  readonly description: string
  /** As one would type it; absent when there is none. */
  readonly default?: string
  readonly isSecret: boolean
  readonly isEveryday: boolean
}

/** Every flag that sets something; `--config` does not. */
export function flagOptions(): readonly FlagOption[] {
  return SETTING_KEYS.flatMap((key) => {
    const { valueName, description, isSecret = false, isEveryday = false } = aboutSetting(key)
    const isBoolean = SETTINGS[key].schema.type === 'boolean'
    const { default: value = '' } = aboutSetting(key)
    const typed = typeof value === 'object' ? '' : String(value) // those are empty
    const option: FlagOption = {
      key,
      flag: flagName(key),
      takesValue: !isBoolean,
      valueName,
      negatable: isBoolean,
      description,
      ...(typed === '' ? {} : { default: typed }),
      isSecret,
      isEveryday,
    }
    return isSecret ? [option, fileOption(option, fileKey(key))] : [option]
  })
}

function fileOption(option: FlagOption, key: string): FlagOption {
  const description = `A file that holds ${option.key}.`
  return { ...option, key, flag: flagName(key), valueName: 'FILE', description, isSecret: false }
}
