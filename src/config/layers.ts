import { resolve } from 'node:path'
import {
  besideFault,
  type Fault,
  faultsOf,
  type Origin,
  type Result,
  refuse,
  valueIn,
} from './fault.ts'
import { path, quotesFault } from './kinds.ts'
import { isTable } from './names.ts'
import { nearestName } from './nearest.ts'
import { readSecretFile } from './secret-file.ts'
import {
  aboutSetting,
  CONFIG_KEY,
  envName,
  fileKey,
  flagName,
  type RawValues,
  SETTING_KEYS,
  SETTINGS,
  type SettingKey,
} from './settings.ts'

/** One value in a layer. */
export interface Given {
  /** A setting, `<secret>_file`, or a word that is neither. */
  readonly key: string
  readonly origin: Origin
  /** Its faults are told unless a higher layer wins. */
  readonly result: Result<unknown>
  /** A sentence for the person, told if this value wins. */
  readonly note?: string | undefined
}

/** All that one source says, not yet checked. Anything that makes such a list can be a layer. */
export type Layer = readonly Given[]

type Variables = Readonly<Record<string, string | undefined>>
const PREFIX = envName('')

/** @param cwd what paths in variables are relative to. */
export function environmentLayer(env: Variables, cwd: string): Layer {
  const given = new Map<string, Given>() // POTS and pots are one key: the last one counts
  for (const [name, value] of Object.entries(env)) {
    const key = name.slice(PREFIX.length).toLowerCase()
    if (value === undefined || !name.startsWith(PREFIX) || key === CONFIG_KEY) continue
    const origin: Origin = { layer: 'environment', name, folder: cwd }
    given.set(key, { key, origin, result: { value } })
  }
  return [...given.values()]
}

/**
 * Kubernetes announces every Service of a namespace to its containers. For one that is named
 * `monzo-exporter`, the variables look like ours: `MONZO_EXPORTER_PORT=tcp://…`.
 * @returns the variables without those.
 * @see https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
export function withoutServiceLinks(env: Variables): Variables {
  return Object.fromEntries(Object.entries(env).filter((variable) => !isServiceLink(...variable)))
}

function isServiceLink(name: string, value = ''): boolean {
  return (
    /_SERVICE_(?:HOST|PORT(?:_[A-Z\d_]+)?)$/.test(name) ||
    /_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value))
  )
}

/** @param flags by key, as parsed. @param cwd what paths in flags are relative to. */
export function flagLayer(flags: Readonly<Record<string, string | boolean>>, cwd: string): Layer {
  return Object.entries(flags)
    .filter(([key]) => key !== CONFIG_KEY)
    .map(([key, value]) => {
      return {
        key,
        origin: { layer: 'flags', name: flagName(key), folder: cwd },
        result: { value },
      }
    })
}

/** What all layers together say. */
export interface Resolved {
  /** Secrets have been read from their files, and paths are absolute. */
  readonly values: RawValues
  /** Has every setting that was given, even if its value can't be used. */
  readonly origins: ReadonlyMap<SettingKey, Origin>
  readonly faults: readonly Fault[]
  /** Of the values that win. */
  readonly notes: readonly string[]
}

/** @param layers lowest first: later ones win. */
export function resolveLayers(layers: readonly Layer[]): Resolved {
  const values: Partial<Record<SettingKey, unknown>> = {}
  const origins = new Map<SettingKey, Origin>()
  const faults = layers.flat().flatMap(unknownKeyFault)
  const notes: string[] = []
  for (const key of SETTING_KEYS) {
    const entries = layers.map((layer) => entriesOf(key, layer))
    const [winner] = entries.findLast((found) => found.length > 0) ?? []
    if (!winner) continue
    origins.set(key, winner.origin)
    if (winner.note !== undefined) notes.push(winner.note)
    // An empty auth_key is a fault even where a higher layer wins.
    const counting = key === 'auth_key' ? entries.flat() : [winner]
    const empty = counting.filter((entry) => isEmpty(key, entry))
    faults.push(...entries.flatMap(doubleFaults), ...empty.map(emptyFault))
    if (empty.includes(winner)) continue
    const result = readEntry(key, winner)
    faults.push(...faultsOf(result, winner.origin))
    values[key] = valueIn(result)
  }
  return { values, origins, faults, notes }
}

/** Every key that a layer may use. */
const KNOWN_KEYS: readonly string[] = SETTING_KEYS.flatMap((key) =>
  aboutSetting(key).isSecret ? [key, fileKey(key)] : [key],
)

const isKnownKey = (key: string): boolean => KNOWN_KEYS.includes(key)

function unknownKeyFault({ key, origin }: Given): readonly Fault[] {
  if (isKnownKey(key)) return []
  const near = nearestName(key, KNOWN_KEYS)
  const advice =
    near === undefined
      ? 'config.toml.example has them all'
      : `did you mean ${spelled(near, origin)}?`
  return [{ origin, message: `is not a setting: ${advice}` }]
}

/** A key as it is written in that layer. */
function spelled(key: string, { layer }: Origin): string {
  if (layer === 'environment') return envName(key)
  return layer === 'flags' ? flagName(key) : key
}

/** Where one layer sets a setting: more than one place is a fault. A secret's file comes last. */
function entriesOf(key: SettingKey, layer: Layer): readonly Given[] {
  const keys = aboutSetting(key).isSecret ? [key, fileKey(key)] : [key]
  return keys.flatMap((name) => layer.filter((given) => given.key === name))
}

function doubleFaults([first, ...others]: readonly Given[]): readonly Fault[] {
  return first ? others.map(({ origin }) => besideFault(origin, first.origin)) : []
}

/** An empty list or table is a value, unless it is one of secrets: then its variable was filled from nothing. */
function isEmpty(key: SettingKey, { result }: Given): boolean {
  const value = valueIn(result)
  if (typeof value !== 'string') return false
  const items = SETTINGS[key].fromText(value)
  if (Array.isArray(items)) return items.length === 0 && aboutSetting(key).isSecret === true
  if (isTable(items)) return false
  return value.trim() === ''
}

const EMPTY_ADVICE: Readonly<Record<Origin['layer'], string>> = {
  file: 'remove the line or give a value',
  environment: 'unset it or give a value',
  flags: 'leave it out or give a value',
  nowhere: 'give a value',
}

const emptyFault = ({ origin }: Given): Fault => ({
  origin,
  message: `is empty: ${EMPTY_ADVICE[origin.layer]}`,
})

/** The value as TOML would hold it, read from its file if it is in one. */
function readEntry(key: SettingKey, { key: name, origin, result }: Given): Result<unknown> {
  if ('faults' in result) return result
  const swallowed = isTable(result.value) && Object.keys(result.value).find(isKnownKey)
  if (swallowed)
    return refuse(
      `has ${swallowed} in it, which is a setting of its own: put [${key}] and its names at the end of the file`,
    )
  const read = name === key ? result : readNamedFile(result.value, origin)
  if ('faults' in read || typeof read.value !== 'string') return read
  const stray = quotesFault(read.value) // before a list is split, and a path made absolute
  if (stray !== undefined) return refuse(stray)
  if (aboutSetting(key).isPath) return resolvePath(read.value, origin)
  return { value: SETTINGS[key].fromText(read.value) }
}

function resolvePath(name: unknown, { folder }: Origin): Result<string> {
  const read = path.read(name)
  return 'value' in read ? { value: resolve(folder, read.value) } : read
}

function readNamedFile(name: unknown, { folder }: Origin): Result<string> {
  const read = path.read(name)
  return 'value' in read ? readSecretFile(read.value, folder) : read
}
