import { flagKey, GO_SETTINGS, type GoSetting } from './go-settings.ts'
import { type Given, isServiceLink, type Layer } from './layer.ts'
import { mention, type Origin } from './origin.ts'

/** What one source says in the Go exporter's words. Fills our keys, as any other layer. */
export interface GoLayer extends Layer {
  /** The names that were used there, those without effect included; if any, that is Go mode. */
  readonly used: readonly string[]
}

interface Words {
  readonly layer: 'environment' | 'flags'
  readonly nameOf: (setting: GoSetting) => string
  readonly textOf: (setting: GoSetting) => string | undefined
  readonly cwd: string
}

function goLayer({ layer, nameOf, textOf, cwd }: Words): GoLayer {
  const given = new Map<string, Given>()
  const used: string[] = []
  for (const setting of GO_SETTINGS) {
    const text = textOf(setting)
    if (text === undefined) continue
    const name = nameOf(setting)
    used.push(name)
    const isNone = text === '' && setting.mayBeEmpty
    if (setting.key === undefined || isNone) continue
    const origin: Origin = { layer, name, folder: cwd }
    const reading = setting.read(text)
    if ('problem' in reading) given.set(setting.key, { ...reading, value: text, origin })
    else given.set(setting.key, { value: reading.value, note: reading.note?.(name), origin })
  }
  return { given, faults: [], used }
}

/** An empty variable is none, as it was there. */
export function goEnvironmentLayer(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): GoLayer {
  return goLayer({
    layer: 'environment',
    nameOf: ({ variable }) => variable,
    textOf: ({ variable }) => {
      const text = env[variable]
      return text === undefined || text === '' || isServiceLink(variable, text) ? undefined : text
    },
    cwd,
  })
}

/** @param flags by key (`scrape_interval`), among flags of our own. */
export function goFlagLayer(
  flags: Readonly<Record<string, string | boolean>>,
  cwd: string,
): GoLayer {
  return goLayer({
    layer: 'flags',
    nameOf: ({ flag }) => flag,
    textOf: (setting) => {
      const value = flags[flagKey(setting)]
      return value === undefined ? undefined : String(value)
    },
    cwd,
  })
}

/** Both ways to say a thing in one source. Neither can win over the other: that is a fault. */
export function joinLayers(own: Layer, go: GoLayer): Layer {
  const faults = [...own.faults]
  for (const [key, { origin }] of go.given) {
    const other = own.given.get(key)
    const message = `cannot stand beside ${other && mention(other.origin)}: keep one of the two`
    if (other) faults.push({ origin, message })
  }
  return { ...own, given: new Map([...go.given, ...own.given]), faults }
}

const GENERIC = ['METRICS_PORT', 'METRICS_SCRAPE_INTERVAL']

/** What a person should know of the Go exporter's words, beside what their values say. */
export function goNotes(used: readonly string[]): readonly string[] {
  const idle = used.find((name) => /REFRESH[-_]INTERVAL$/i.test(name))
  const notes =
    idle === undefined ? [] : [`${idle} has no effect: tokens are refreshed when it is time.`]
  if (used.length === 0 || used.some((name) => !GENERIC.includes(name))) return notes
  // Somebody else's variable, perhaps: it must not change the redirect URL unnoticed.
  return [
    ...notes,
    `${used[0]} is a setting of the Go exporter, so that program's defaults hold: unset it unless you mean that.`,
  ]
}
