import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from '@iarna/toml'
import { errnoInWords } from '../lib/errno.ts'
import { isErrno } from '../lib/errors.ts'
import { faultsOf, type Origin, type Result, refuse } from './fault.ts'
import { path } from './kinds.ts'
import type { Given, Layer } from './layers.ts'
import { CONFIG_KEY, envName, flagName } from './settings.ts'
import { tomlFault } from './toml-fault.ts'
import { keyLines, showKey } from './toml-lines.ts'

const DEFAULT_FILE = 'config.toml'

/** Where the name of the file can be given. */
interface FileSources {
  readonly flags: Readonly<Record<string, string | boolean>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute. */
  readonly cwd: string
}

/** What config.toml says. */
export interface ConfigFile {
  readonly layer: Layer
  /** Absolute. */
  readonly path: string
  /** Only the default file may be missing. */
  readonly isThere: boolean
}

/** The default file may be missing; one that somebody named must be there. */
export function readConfigFile({ flags, env, cwd }: FileSources): Result<ConfigFile> {
  const flag = flags[CONFIG_KEY]
  const named = flag ?? env[envName(CONFIG_KEY)]
  if (named === undefined) {
    const origin: Origin = { layer: 'file', name: '', file: DEFAULT_FILE, folder: cwd }
    return readFile(origin, DEFAULT_FILE, { value: undefined })
  }
  const origin: Origin =
    flag === undefined
      ? { layer: 'environment', name: envName(CONFIG_KEY), folder: cwd }
      : { layer: 'flags', name: flagName(CONFIG_KEY), folder: cwd }
  if (typeof named === 'boolean' || named.trim() === '')
    return { faults: [{ origin, message: 'is empty: name a file or leave it out' }] }
  const name = path.read(named)
  if ('faults' in name) return { faults: faultsOf(name, origin) }
  return readFile(origin, name.value)
}

/**
 * @param origin of the file's name. @param file its name, as the person gave it.
 * @param ifMissing as in `readTextFile`.
 */
function readFile(
  origin: Origin,
  file: string,
  ifMissing?: { readonly value: undefined },
): Result<ConfigFile> {
  const absolute = resolve(origin.folder, file)
  const text = readTextFile(absolute, ifMissing)
  if ('faults' in text) {
    const subject = origin.file === undefined ? `${file} ` : ''
    return { faults: text.faults.map(({ message }) => ({ origin, message: subject + message })) }
  }
  if (text.value === undefined) return { value: { layer: [], path: absolute, isThere: false } }
  const layer = readToml(text.value, { layer: 'file', name: '', file, folder: dirname(absolute) })
  return 'faults' in layer
    ? layer
    : { value: { layer: layer.value, path: absolute, isThere: true } }
}

const MAX_BYTES = 1024 * 1024 // the longest config.toml has a hundredth of that
const CHUNK_BYTES = 64 * 1024

/**
 * The text of a file that people write, without its byte-order mark. Synchronous: nothing else can
 * start before the configuration is read. A fault follows the file's name, and never quotes the file.
 * @param ifMissing the result when there is no such file; unless given, that is a fault.
 */
export function readTextFile<T = never>(
  path: string,
  ifMissing?: { readonly value: T },
): Result<string | T> {
  try {
    const bytes = readUpTo(MAX_BYTES + 1, path)
    if (bytes.length > MAX_BYTES) return refuse('is larger than 1 MiB: this must be the wrong file')
    // In UTF-16, every other byte of English text is 0, which is valid UTF-8.
    if (!isUtf8(bytes) || bytes.includes(0)) return refuse('is not UTF-8 text: save it as UTF-8')
    return { value: bytes.toString().replace(/^\uFEFF/, '') }
  } catch (error) {
    if (ifMissing && isErrno(error, 'ENOENT')) return ifMissing
    return refuse(`cannot be read: ${errnoInWords(error)}`)
  }
}

/** Not by the file's size: a pipe (`<(pass show monzo)`) has none, and /dev/zero no end. */
function readUpTo(maxBytes: number, path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const chunks: Buffer[] = []
    for (let length = 0; length < maxBytes; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const count = readSync(file, chunk)
      if (count === 0) break
      chunks.push(chunk.subarray(0, count))
      length += count
    }
    return Buffer.concat(chunks)
  } finally {
    closeSync(file)
  }
}

/** @param origin of the whole file. */
function readToml(text: string, origin: Origin): Result<Layer> {
  const toml = text.replaceAll('\r\n', '\n') // the parser refuses \r in comments
  let lines: ReadonlyMap<string, number> | undefined
  try {
    const layer = Object.entries(parse(toml)).map(([key, value]): Given => {
      const ofKey: Origin = {
        ...origin,
        name: showKey(key),
        get line() {
          lines ??= keyLines(toml) // only needed for faults
          return lines.get(key)
        },
      }
      return { key, origin: ofKey, result: { value } }
    })
    return { value: layer }
  } catch (error) {
    return { faults: [tomlFault(error, toml, origin)] }
  }
}
