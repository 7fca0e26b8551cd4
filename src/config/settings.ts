import { LOG_FORMATS, LOG_LEVELS } from '../lib/log.ts'
import * as kind from './kinds.ts'

/** What documentation and the layers have to know of a setting, beside its kind. */
export interface About {
  /** Good as help, comment and reference: whole sentences. */
  readonly description: string
  /** Stands for the value in `--help`. */
  readonly valueName: string
  /** As TOML has it; absent when there is none. */
  readonly default?: string | boolean | readonly string[]
  /** Has a sibling `<key>_file`, and never shows in any text. */
  readonly isSecret?: true
  /** Relative to where it was given; comes out absolute. */
  readonly isPath?: true
  /** Comma-separated in environment and flags, an array in TOML. */
  readonly isList?: true
  /** `true` or `false`; flags also `--pots`, `--no-pots`. */
  readonly isBoolean?: true
  /** What nearly everybody sets: comes first wherever settings are listed. */
  readonly isEveryday?: true
  /** A running exporter takes a new value on SIGHUP; any other setting needs a restart. */
  readonly isLive?: true
}

/** One row of the table. */
export interface Setting<T> {
  readonly about: About
  readonly schema: kind.ValueSchema
  /** @param value as TOML has it; `undefined` when it was not given. */
  readonly read: (value: unknown) => kind.Read<T>
}

function optional<T>({ schema, read }: kind.Kind<T>, about: About): Setting<T | undefined> {
  return { about, schema, read: (value) => (value === undefined ? { value } : read(value)) }
}

function defaulted<T>(
  { schema, read }: kind.Kind<T>,
  value: NonNullable<About['default']>,
  about: About,
): Setting<T> {
  return { about: { ...about, default: value }, schema, read: (given = value) => read(given) }
}

function toggle(value: boolean, description: string, more: Pick<About, 'isLive'> = {}) {
  const about = { description, valueName: 'true|false', isBoolean: true } as const
  return defaulted(kind.boolean, value, { ...about, ...more })
}

/**
 * Every setting once. Environment name, flag, `--help`, JSON schema and reference page derive
 * from it, as does `config.toml.example` (tested).
 */
export const SETTINGS = {
  account_id: optional(kind.accountId, {
    description: 'Export this account only; without it, every open account of every login.',
    valueName: 'ID',
    isEveryday: true,
  }),
  client_id: optional(kind.clientId, {
    description:
      'Id of your Monzo OAuth client, from https://developers.monzo.com (Clients, New OAuth Client, with Confidentiality set to Confidential).',
    valueName: 'ID',
    isEveryday: true,
  }),
  client_secret: optional(kind.clientSecret, {
    description: 'Secret of that client.',
    valueName: 'SECRET',
    isSecret: true,
    isEveryday: true,
  }),
  server_addr: defaulted(kind.address, '127.0.0.1:8080', {
    description:
      'Where to listen for pages, logins and /stats: host:port, with IPv6 in brackets; ":8080" is every address.',
    valueName: 'HOST:PORT',
    isEveryday: true,
  }),
  redirect_uri: defaulted(kind.redirectUri, 'http://127.0.0.1:8080', {
    description:
      'Public base URL of the exporter. Register it at Monzo with "/callback" behind it; leave that out here.',
    valueName: 'URL',
    isEveryday: true,
  }),
  auth_key: optional(kind.authKey, {
    description:
      'Guards /authorize, so that nobody else can log in to your exporter; random at every start unless set.',
    valueName: 'KEY',
    isSecret: true,
    isEveryday: true,
    isLive: true,
  }),
  tokens_file: defaulted(kind.text, 'tokens.json', {
    description: 'Where logins are kept.',
    valueName: 'FILE',
    isPath: true,
  }),
  access_tokens: defaulted(kind.accessTokens, [], {
    description:
      "Access tokens from Monzo's playground, instead of an OAuth client; they end after about six hours.",
    valueName: 'TOKENS',
    isSecret: true,
    isList: true,
  }),
  metrics_addr: optional(kind.address, {
    description: 'A second address that serves metrics and health, and nothing else.',
    valueName: 'HOST:PORT',
  }),
  stats_token: optional(kind.bearerToken, {
    description: 'When set, metrics are only served to "Authorization: Bearer" with this token.',
    valueName: 'TOKEN',
    isSecret: true,
    isLive: true,
  }),
  tls_cert_file: optional(kind.text, {
    description: 'Certificate (PEM, with its chain) to serve HTTPS directly; needs tls_key_file.',
    valueName: 'FILE',
    isPath: true,
  }),
  tls_key_file: optional(kind.text, {
    description: 'Private key (PEM) of that certificate; needs tls_cert_file.',
    valueName: 'FILE',
    isPath: true,
  }),
  poll_interval: defaulted(kind.duration(5000), '15s', {
    description: 'Time between two polls of Monzo, at least 5s.',
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
  transactions: toggle(true, 'Read transactions, for spending by category.', {
    isLive: true,
  }),
  legacy_metrics: toggle(false, 'Export the names of the Go exporter (tlwr/monzo-exporter) too.'),
  webhooks: toggle(
    false,
    'Let Monzo announce transactions at redirect_uri, so that balances change at once.',
  ),
  reminder: toggle(
    false,
    'Post a reminder into the Monzo app seven days and one day before the login ends.',
    { isLive: true },
  ),
  trusted_proxies: defaulted(kind.proxies, [], {
    description: 'Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.',
    valueName: 'ADDRESSES',
    isList: true,
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
    description: "Monzo's API; only a simulated Monzo needs another.",
    valueName: 'URL',
  }),
  monzo_auth_url: defaulted(kind.monzoUrl, 'https://auth.monzo.com', {
    description: "Monzo's login pages; only a simulated Monzo needs others.",
    valueName: 'URL',
  }),
}

type Table = typeof SETTINGS
export type SettingKey = keyof Table
type ValueOf<Key extends SettingKey> = Table[Key] extends Setting<infer T> ? T : never
type OptionalKey = {
  [Key in SettingKey]: undefined extends ValueOf<Key> ? Key : never
}[SettingKey]
/** What all settings mean, those that have no value left out. */
type Values = {
  readonly [Key in Exclude<SettingKey, OptionalKey>]: ValueOf<Key>
} & { readonly [Key in OptionalKey]?: ValueOf<Key> }

/** The whole configuration, validated once at start-up; keys as in TOML. */
export interface Config extends Omit<Values, 'server_addr'> {
  /** Absent where nobody could want it: playground tokens in Go mode, which never opened it. */
  readonly server_addr?: Values['server_addr']
  /** Settings were given in the Go exporter's words, so its habits hold. No setting itself. */
  readonly go_mode: boolean
}

const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SETTINGS, key)
/** In the order of the table. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(SETTINGS).filter(isSettingKey)

export const aboutSetting = (key: SettingKey): About => SETTINGS[key].about

/** What is wrong with the value of one setting. */
export interface Flaw {
  readonly key: SettingKey
  readonly message: string
}

/** Reads a whole configuration. @param given values as TOML has them. */
export function readSettings(
  given: Readonly<Partial<Record<SettingKey, unknown>>>,
): { readonly values: Values } | { readonly flaws: readonly Flaw[] } {
  const flaws: Flaw[] = []
  const values: Partial<Record<SettingKey, unknown>> = {}
  for (const key of SETTING_KEYS) {
    const read = SETTINGS[key].read(given[key])
    if ('flaws' in read) flaws.push(...read.flaws.map((message) => ({ key, message })))
    else if (read.value !== undefined) values[key] = read.value
  }
  return areAllRead(values, flaws) ? { values } : { flaws }
}

/** Each value was read by its own row, and none is missing. */
const areAllRead = (_values: object, flaws: readonly Flaw[]): _values is Values =>
  flaws.length === 0

export const envName = (key: string): string => `MONZO_EXPORTER_${key.toUpperCase()}`
export const flagName = (key: string): string => `--${key.replaceAll('_', '-')}`
/** The sibling of a secret, which names the file that holds it. */
export const fileKey = (key: SettingKey): string => `${key}_file`
/** Not a setting: it names the file that has them. */
export const CONFIG_KEY = 'config'

/** One flag, as the command line has to be told of it. */
export interface FlagOption {
  /** Under which `loadConfig` wants its value: `poll_interval`, `client_secret_file`. */
  readonly key: string
  /** `--poll-interval` */
  readonly flag: string
  /** Without it the value may still be given: `--pots` is short for `--pots=true`. */
  readonly takesValue: boolean
  /** Stands for the value in `--help`: `DURATION`. */
  readonly valueName: string
  /** Also `--no-pots`, short for `--pots=false`. */
  readonly negatable: boolean
  readonly description: string
  /** As it would be typed; absent when there is none. */
  readonly default?: string
  readonly isSecret: boolean
  readonly isEveryday: boolean
}

/** Every flag that sets something. `--config` is not among them. */
export function flagOptions(): readonly FlagOption[] {
  return SETTING_KEYS.flatMap((key) => {
    const about = aboutSetting(key)
    const { isBoolean = false, isSecret = false, isEveryday = false, default: value } = about
    const typed = String(value ?? '') // a list joins by commas
    const option: FlagOption = {
      key,
      flag: flagName(key),
      takesValue: !isBoolean,
      valueName: about.valueName,
      negatable: isBoolean,
      description: about.description,
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
