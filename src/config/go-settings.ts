import type { SettingKey } from './settings.ts'

/** What a text of the Go exporter's is in our terms. */
type GoReading =
  | {
      readonly value: string
      /** A sentence for the person, if this value comes to be used. */
      readonly note?: (name: string) => string
    }
  /** What is wrong with it. Never quotes it. */
  | { readonly problem: string }

/** A flag of the Go exporter (tlwr/monzo-exporter), its variable, and what it sets here. */
export interface GoSetting {
  /** `--scrape-interval` */
  readonly flag: string
  /** `METRICS_SCRAPE_INTERVAL` */
  readonly variable: string
  /** Absent: accepted, and without effect. */
  readonly key?: SettingKey
  /** Stands for the value in `--help`. */
  readonly valueName: string
  /** A whole sentence. */
  readonly description: string
  readonly read: (text: string) => GoReading
  /** The Go exporter took an empty one for none. */
  readonly mayBeEmpty: boolean
}

const MIN_INTERVAL_S = 5 // what poll_interval allows

const asIs = (text: string): GoReading => ({ value: text })

function readPort(text: string): GoReading {
  const isPort = /^\+?\d{1,5}$/.test(text) && Number(text) <= 65_535
  return isPort ? { value: `:${Number(text)}` } : { problem: 'expected a port: 0 to 65535' }
}

/** Any whole number worked there: 0 and less never paused at all. */
function readSeconds(text: string): GoReading {
  const seconds = Number(text)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(seconds))
    return { problem: 'expected a whole number of seconds, such as 30' }
  if (seconds >= MIN_INTERVAL_S) return { value: `${seconds}s` }
  return {
    value: `${MIN_INTERVAL_S}s`,
    note: (name) => `${name} is below ${MIN_INTERVAL_S} seconds and was raised to that.`,
  }
}

/** Every one of them. Names and defaults are that program's; the meaning is a setting of ours. */
export const GO_SETTINGS: readonly GoSetting[] = [
  {
    flag: '--monzo-oauth-client-id',
    variable: 'MONZO_OAUTH_CLIENT_ID',
    key: 'client_id',
    valueName: 'ID',
    description: 'The same as --client-id.',
    read: asIs,
    mayBeEmpty: true,
  },
  {
    flag: '--monzo-oauth-client-secret',
    variable: 'MONZO_OAUTH_CLIENT_SECRET',
    key: 'client_secret',
    valueName: 'SECRET',
    description: 'The same as --client-secret.',
    read: asIs,
    mayBeEmpty: true,
  },
  {
    flag: '--monzo-oauth-external-url',
    variable: 'MONZO_OAUTH_EXTERNAL_URL',
    key: 'redirect_uri',
    valueName: 'URL',
    description:
      'The same as --redirect-uri, but "/token/callback" stands behind it in what is registered at Monzo.',
    read: asIs,
    mayBeEmpty: true,
  },
  {
    flag: '--monzo-oauth-port',
    variable: 'MONZO_OAUTH_PORT',
    key: 'server_addr',
    valueName: 'PORT',
    description: 'As --server-addr, on every address of this machine; 8080 unless set.',
    read: readPort,
    mayBeEmpty: false,
  },
  {
    flag: '--monzo-access-tokens',
    variable: 'MONZO_ACCESS_TOKENS',
    key: 'access_tokens',
    valueName: 'TOKENS',
    description: 'The same as --access-tokens.',
    read: asIs,
    mayBeEmpty: true,
  },
  {
    flag: '--scrape-interval',
    variable: 'METRICS_SCRAPE_INTERVAL',
    key: 'poll_interval',
    valueName: 'SECONDS',
    description: 'As --poll-interval, a number of seconds; 30 unless set, 5 at least.',
    read: readSeconds,
    mayBeEmpty: false,
  },
  {
    flag: '--metrics-port',
    variable: 'METRICS_PORT',
    key: 'metrics_addr',
    valueName: 'PORT',
    description: 'As --metrics-addr, on every address of this machine; 9036 unless set.',
    read: readPort,
    mayBeEmpty: false,
  },
  {
    flag: '--monzo-oauth-refresh-interval',
    variable: 'MONZO_OAUTH_REFRESH_INTERVAL',
    valueName: 'SECONDS',
    description: 'Accepted, but without effect: tokens are refreshed when it is time.',
    read: asIs,
    mayBeEmpty: true,
  },
]

/** What that program did unless told otherwise. Below every layer, above our own defaults. */
export const GO_DEFAULTS: Readonly<Partial<Record<SettingKey, string | boolean>>> = {
  server_addr: ':8080',
  metrics_addr: ':9036',
  poll_interval: '30s',
  legacy_metrics: true,
}

/** How the command line hands over a flag: `scrape_interval`. */
export const flagKey = ({ flag }: GoSetting): string => flag.replace(/^--/, '').replaceAll('-', '_')

/** @param name a flag or a variable, as a person wrote it. */
export const goSettingOf = (name: string): GoSetting | undefined =>
  GO_SETTINGS.find(({ flag, variable }) => name === flag || name === variable)

/** What a key is called where a setting of the Go exporter was used: by a person who knows that. */
export function goNameOf(key: SettingKey, layer: 'environment' | 'flags'): string | undefined {
  const setting = GO_SETTINGS.find((row) => row.key === key)
  return layer === 'flags' ? setting?.flag : setting?.variable
}
