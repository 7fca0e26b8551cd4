import { flagKey, GO_SETTINGS } from './go-settings.ts'
import { nearestName } from './nearest.ts'
import type { Fault, Origin } from './origin.ts'
import { aboutSetting, CONFIG_KEY, envName, fileKey, flagName, SETTING_KEYS } from './settings.ts'

/** A value as its layer has it, and where. */
export interface Given {
  readonly value: unknown
  readonly origin: Origin
  /** What its layer found wrong with it; told if no higher layer mends it. Never quotes it. */
  readonly problem?: string
  /** A sentence for the person if it comes to be used. */
  readonly note?: string | undefined
}

/** What one source says, not yet looked into. Anything that fills these keys can be a layer. */
export interface Layer {
  /** By key of the table, or `<secret>_file`. */
  readonly given: ReadonlyMap<string, Given>
  readonly faults: readonly Fault[]
  /** Its source could not be read, so nobody can tell what is missing. */
  readonly isUnreadable?: true
}

/** Every name that a layer may use: the table's keys, and `<secret>_file`. */
const KNOWN_KEYS: readonly string[] = SETTING_KEYS.flatMap((key) =>
  aboutSetting(key).isSecret ? [key, fileKey(key)] : [key],
)

/** @param spell writes a key as this layer does, for the suggestion. */
export function createLayer(
  entries: Iterable<readonly [key: string, given: Given]>,
  spell: (key: string) => string,
): Layer {
  const given = new Map<string, Given>()
  const faults: Fault[] = []
  for (const [key, entry] of entries) {
    if (KNOWN_KEYS.includes(key)) {
      given.set(key, entry)
      continue
    }
    const near = nearestName(key, KNOWN_KEYS)
    const advice = near === undefined ? 'config.toml.example has them all' : `meant ${spell(near)}?`
    faults.push({ origin: entry.origin, message: `is no setting: ${advice}` })
  }
  return { given, faults }
}

const PREFIX = envName('')

/** @param cwd what paths in variables are relative to. */
export function environmentLayer(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Layer {
  const entries: [string, Given][] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith(PREFIX) || isServiceLink(name, value)) continue
    const key = name.slice(PREFIX.length).toLowerCase()
    if (key !== CONFIG_KEY)
      entries.push([key, { value, origin: { layer: 'environment', name, folder: cwd } }])
  }
  return createLayer(entries, envName)
}

/**
 * Kubernetes tells every container of every Service in its namespace. Of one named
 * `monzo-exporter` it does so in variables that look like ours: `MONZO_EXPORTER_PORT=tcp://…`.
 * @see https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
export function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(?:HOST|PORT(?:_[A-Z\d_]+)?)$/.test(name) ||
    /_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value))
  )
}

const GO_FLAG_KEYS: ReadonlySet<string> = new Set(GO_SETTINGS.map(flagKey))

/**
 * @param flags by key, as the command line gave them; the Go exporter's are left to its own layer.
 * @param cwd as for the environment.
 */
export function flagLayer(flags: Readonly<Record<string, string | boolean>>, cwd: string): Layer {
  const entries = Object.entries(flags)
    .filter(([key]) => key !== CONFIG_KEY && !GO_FLAG_KEYS.has(key))
    .map(([key, value]): [string, Given] => {
      return [key, { value, origin: { layer: 'flags', name: flagName(key), folder: cwd } }]
    })
  return createLayer(entries, flagName)
}
