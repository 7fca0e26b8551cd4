/** Where a value was given, as a person would look for it. */
export interface Origin {
  readonly layer: 'file' | 'environment' | 'flags' | 'nowhere'
  /** As written there: `poll_interval`, `MONZO_EXPORTER_POLL_INTERVAL`, `--poll-interval`. */
  readonly name: string
  /** As the person named it: `config.toml`. */
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number | undefined
  readonly column?: number
  /** Absolute; what relative paths are relative to. */
  readonly folder: string
}

/** Something wrong with the configuration. The message never quotes a value. */
export interface Fault {
  readonly origin: Origin
  readonly message: string
}

/** The origin of what should have been given and was not. */
export const nowhere = (name: string): Origin => ({ layer: 'nowhere', name, folder: '' })

/** For use inside a sentence: `client_id (config.toml:2)`, `MONZO_EXPORTER_CLIENT_ID`. */
export function mention({ name, file, line }: Origin): string {
  if (file === undefined) return name
  return `${name} (${file}${line === undefined ? '' : `:${line}`})`
}

/** As compilers do: `config.toml:7: poll_interval: expected …`. */
function renderFault({ origin: { name, file, line, column }, message }: Fault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return [place, name, message].filter((part) => part !== '').join(': ')
}

const ORDER: readonly Origin['layer'][] = ['file', 'environment', 'flags', 'nowhere']

/** One fault a line, in the order in which a person goes through them: file by line, then the rest. */
export function renderFaults(faults: readonly Fault[]): string {
  const rank = ({ layer }: Origin) => ORDER.indexOf(layer)
  const sorted = faults.toSorted(
    ({ origin: one }, { origin: other }) =>
      rank(one) - rank(other) || (one.line ?? 0) - (other.line ?? 0),
  )
  const lines = sorted.map(renderFault)
  if (lines.length > 1) lines.unshift(`${lines.length} faults in the configuration:`)
  return lines.join('\n')
}
