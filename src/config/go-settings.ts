import { type Origin, type Result, refuse } from './fault.ts'
import { quotesFault } from './kinds.ts'
import type { Layer } from './layers.ts'
import { goDefaultOf, MIN_POLL_S, type SettingKey } from './settings.ts'

/** A flag of the Go exporter (tlwr/monzo-exporter), its variable, and what it sets here. */
export interface GoSetting {
  /** `--scrape-interval` */
  readonly flag: string
  /** `METRICS_SCRAPE_INTERVAL` */
  readonly variable: string
  /** Absent if it has no effect. */
  readonly key?: SettingKey
  /** Stands for the value in `--help`. */
  readonly valueName: string
  /** A whole sentence. */
  readonly description: string
  /** Turns its text into that of our setting. */
  readonly read: (text: string) => Result<string>
  /** A sentence about a text that was not taken as it is, without its subject. */
  readonly noteOn?: (text: string) => string | undefined
  /** The Go exporter treated an empty text as not given. */
  readonly mayBeEmpty: boolean
}

const asIs = (text: string): Result<string> => ({ value: text })

function readPort(text: string): Result<string> {
  const isPort = /^\+?\d{1,5}$/.test(text) && Number(text) <= 65_535
  return isPort ? { value: `:${Number(text)}` } : refuse('expected a port: 0 to 65535')
}

/** The Go exporter took any whole number, and did not pause at all for 0 or less. */
function readSeconds(text: string): Result<string> {
  const seconds = Number(text)
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(seconds)
    ? { value: `${Math.max(seconds, MIN_POLL_S)}s` }
    : refuse('expected a whole number of seconds, such as 30')
}

const noteOnSeconds = (text: string): string | undefined =>
  Number(text) < MIN_POLL_S ? `is below ${MIN_POLL_S} seconds and was raised to that.` : undefined

const portOf = (key: SettingKey): string => goDefaultOf(key).replace(':', '')

/** All of them. Their defaults stand in the table of settings, as `goDefault`. */
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
    description: `As --server-addr, on every address of this machine; ${portOf('server_addr')} unless set.`,
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
    description: `As --poll-interval, a number of seconds; ${goDefaultOf('poll_interval').replace('s', '')} unless set, ${MIN_POLL_S} at least.`,
    read: readSeconds,
    noteOn: noteOnSeconds,
    mayBeEmpty: false,
  },
  {
    flag: '--metrics-port',
    variable: 'METRICS_PORT',
    key: 'metrics_addr',
    valueName: 'PORT',
    description: `As --metrics-addr, on every address of this machine; ${portOf('metrics_addr')} unless set.`,
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

/** How the command line hands over a flag: `scrape_interval`. */
const flagKey = ({ flag }: GoSetting): string => flag.replace(/^--/, '').replaceAll('-', '_')

export const isGoFlag = (key: string): boolean =>
  GO_SETTINGS.some((setting) => flagKey(setting) === key)

/** @param name a flag or a variable, as a person wrote it. */
export const goSettingOf = (name: string): GoSetting | undefined =>
  GO_SETTINGS.find(({ flag, variable }) => name === flag || name === variable)

/** The Go exporter's own flag or variable for a setting of ours. */
export function goNameOf(key: SettingKey, layer: 'environment' | 'flags'): string | undefined {
  const setting = GO_SETTINGS.find((row) => row.key === key)
  return layer === 'flags' ? setting?.flag : setting?.variable
}

/** What was given by the Go exporter's flags and variables. */
export interface GoLayers {
  readonly environment: Layer
  readonly flags: Layer
  /** All that were used, flags first, even those without effect. If there are any, it is Go mode. */
  readonly names: readonly string[]
}

/** One use of a flag or a variable. */
interface Use {
  readonly setting: GoSetting
  readonly origin: Origin
  readonly text: string
}

/** @param flags by key (`scrape_interval`); flags of our own may be among them. */
export function readGoLayers(
  flags: Readonly<Record<string, string | boolean>>,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): GoLayers {
  const inFlags = GO_SETTINGS.flatMap((setting): readonly Use[] => {
    const value = flags[flagKey(setting)]
    const origin: Origin = { layer: 'flags', name: setting.flag, folder: cwd }
    return value === undefined ? [] : [{ setting, origin, text: String(value) }]
  })
  const inEnvironment = GO_SETTINGS.flatMap((setting): readonly Use[] => {
    const text = env[setting.variable] ?? ''
    const origin: Origin = { layer: 'environment', name: setting.variable, folder: cwd }
    return text === '' ? [] : [{ setting, origin, text }] // as in the Go exporter
  })
  return {
    environment: inEnvironment.flatMap(givenBy),
    flags: inFlags.flatMap(givenBy),
    names: [...inFlags, ...inEnvironment].map(({ origin }) => origin.name),
  }
}

function givenBy({ setting, origin, text }: Use): Layer {
  const { key, mayBeEmpty, read, noteOn } = setting
  if (key === undefined || (text === '' && mayBeEmpty)) return []
  const note = noteOn?.(text)
  const stray = quotesFault(text)
  return [
    {
      key,
      origin,
      // layers.ts refuses empty texts, and says what to do about them.
      result:
        stray !== undefined ? refuse(stray) : text.trim() === '' ? { value: text } : read(text),
      note: note && `${origin.name} ${note}`,
    },
  ]
}

/** These names are so general that another program may have set them. */
const GENERAL = ['METRICS_PORT', 'METRICS_SCRAPE_INTERVAL']

/** What to tell a person who used these flags and variables of the Go exporter. */
export function goNotes(names: readonly string[]): readonly string[] {
  const idle = names.find((name) => /REFRESH[-_]INTERVAL$/i.test(name))
  const notes =
    idle === undefined ? [] : [`${idle} has no effect: tokens are refreshed when it is time.`]
  if (names.length === 0 || names.some((name) => !GENERAL.includes(name))) return notes
  // The redirect URL must not change unnoticed.
  return [
    ...notes,
    `${names[0]} is a setting of the Go exporter, so that program's defaults hold: unset it unless you mean that.`,
  ]
}
