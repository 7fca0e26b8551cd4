import { resolve } from 'node:path'
import type { Layer } from './layer.ts'
import type { Fault, Origin } from './origin.ts'
import { CONFIG_KEY, envName, flagName } from './settings.ts'
import { readTextFile } from './text-file.ts'
import { tomlLayer } from './toml-file.ts'

const DEFAULT_FILE = 'config.toml'

/** Who says which file to read. */
interface FileSources {
  readonly flags: Readonly<Record<string, string | boolean>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** What config.toml says, and where it is; without `path` there is none. */
export interface FileLayer extends Layer {
  readonly path?: string
}

/** A missing file is fine as long as nobody named it. */
export function readFileLayer({ flags, env, cwd }: FileSources): FileLayer {
  const flag = flags[CONFIG_KEY]
  const variable = envName(CONFIG_KEY)
  const isFlag = flag !== undefined
  const named = isFlag ? flag : env[variable]
  const file = typeof named === 'string' ? named : DEFAULT_FILE
  const origin: Origin =
    named === undefined
      ? { layer: 'file', name: '', file, folder: cwd }
      : isFlag
        ? { layer: 'flags', name: flagName(CONFIG_KEY), folder: cwd }
        : { layer: 'environment', name: variable, folder: cwd }
  if (typeof named === 'boolean' || file.trim() === '')
    return unreadable({ origin, message: 'is empty: name a file or leave it out' })
  const path = resolve(cwd, file)
  const content = readTextFile(path)
  if ('text' in content) return { ...tomlLayer(content.text, path, file), path }
  if (content.isMissing && named === undefined) return { given: new Map(), faults: [] }
  const subject = named === undefined ? '' : `${file} `
  return unreadable({ origin, message: `${subject}${content.problem}` })
}

const unreadable = (fault: Fault): FileLayer => ({
  given: new Map(),
  faults: [fault],
  isUnreadable: true,
})
