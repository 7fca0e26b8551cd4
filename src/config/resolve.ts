import { resolve } from 'node:path'
import type { Given, Layer } from './layer.ts'
import { type Fault, mention, type Origin } from './origin.ts'
import { readSecretFile } from './secret-file.ts'
import { type About, aboutSetting, fileKey, SETTING_KEYS, type SettingKey } from './settings.ts'

/** What all layers together say. */
export interface Resolved {
  /** As TOML would have them: lists are arrays, secrets read from their files, paths absolute. */
  readonly values: Readonly<Partial<Record<SettingKey, unknown>>>
  /** Has every key that was given, be its value usable or not. */
  readonly origins: ReadonlyMap<SettingKey, Origin>
  readonly faults: readonly Fault[]
  /** What their layers have to say of the values that count. */
  readonly notes: readonly string[]
}

/** @param layers later ones win. */
export function resolveLayers(layers: readonly Layer[]): Resolved {
  const values: Partial<Record<SettingKey, unknown>> = {}
  const origins = new Map<SettingKey, Origin>()
  const faults = layers.flatMap((layer) => layer.faults)
  const notes: string[] = []
  for (const key of SETTING_KEYS) {
    const about = aboutSetting(key)
    const winner = winningEntry(key, about, layers)
    if (!winner) continue
    origins.set(key, winner.origin)
    faults.push(...layers.flatMap((layer) => doubled(key, about, layer)))
    faults.push(...emptyEntries(key, about, winner, layers))
    if (winner.note !== undefined) notes.push(winner.note)
    if (isEmpty(winner.value, about)) continue
    const result = readEntry(winner)
    if ('message' in result) faults.push({ origin: winner.origin, message: result.message })
    else values[key] = normalize(result.value, about, winner.origin)
  }
  return { values, origins, faults, notes }
}

/** Where a setting was given: its value, or for a secret the name of the file that holds it. */
interface Entry extends Given {
  readonly isInFile: boolean
}

function entriesOf(key: SettingKey, { isSecret }: About, { given }: Layer): readonly Entry[] {
  const plain = given.get(key)
  const inFile = isSecret && given.get(fileKey(key))
  return [
    ...(plain ? [{ ...plain, isInFile: false }] : []),
    ...(inFile ? [{ ...inFile, isInFile: true }] : []),
  ]
}

function winningEntry(key: SettingKey, about: About, layers: readonly Layer[]): Entry | undefined {
  const layer = layers.findLast(({ given }) => given.has(key) || given.has(fileKey(key)))
  return layer && entriesOf(key, about, layer)[0]
}

function doubled(key: SettingKey, about: About, layer: Layer): readonly Fault[] {
  const [plain, inFile] = entriesOf(key, about, layer)
  if (!plain || !inFile) return []
  const message = `cannot stand beside ${mention(plain.origin)}: keep one of the two`
  return [{ origin: inFile.origin, message }]
}

const EMPTY_ADVICE: Readonly<Record<Origin['layer'], string>> = {
  file: 'remove the line or give a value',
  environment: 'unset it or give a value',
  flags: 'leave it out or give a value',
  nowhere: 'give a value',
}

/** The winner's emptiness counts; but an empty `auth_key` is never right, even if overridden. */
function emptyEntries(
  key: SettingKey,
  about: About,
  winner: Entry,
  layers: readonly Layer[],
): readonly Fault[] {
  const entries =
    key === 'auth_key' ? layers.flatMap((layer) => entriesOf(key, about, layer)) : [winner]
  return entries
    .filter(({ value }) => isEmpty(value, about))
    .map(({ origin }) => ({ origin, message: `is empty: ${EMPTY_ADVICE[origin.layer]}` }))
}

/** An empty list is a value, except of secrets: there the variable was filled from nothing. */
function isEmpty(value: unknown, { isList, isSecret }: About): boolean {
  if (typeof value !== 'string' || (isList && !isSecret)) return false
  return (isList ? value.replaceAll(',', '') : value).trim() === ''
}

/** Its value, from its file if it is in one, or what is wrong with it. */
function readEntry({ value, origin, isInFile, problem }: Entry) {
  if (problem !== undefined) return { message: problem }
  if (!isInFile) return { value }
  if (typeof value !== 'string') return { message: 'expected the name of a file' }
  return readSecretFile(value, origin.folder)
}

/** Text becomes what TOML would have held. What can't be read stays, for its kind to refuse. */
function normalize(value: unknown, { isList, isBoolean, isPath }: About, origin: Origin): unknown {
  if (typeof value !== 'string') return value
  if (isPath) return resolve(origin.folder, value)
  if (isBoolean && /^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  if (!isList) return value
  const items = value.split(/[,\n]/).map((item) => item.trim())
  return items.filter((item) => item !== '')
}
