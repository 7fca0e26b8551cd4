import { printable } from '../lib/printable.ts'

/** What was read, or everything that is wrong with it. */
export type Result<T> = { readonly value: T } | { readonly faults: readonly Fault[] }

/** Something wrong with the configuration. */
export interface Fault {
  /** Follows the name of what is wrong: `is empty`. Never quotes a value. */
  readonly message: string
  /** Missing until somebody adds it who knows where the value was given. */
  readonly origin?: Origin
}

/** Where a value was given, in the words of the person who gave it. */
export interface Origin {
  readonly layer: 'file' | 'environment' | 'flags' | 'nowhere'
  /** As written there: `poll_interval`, `MONZO_EXPORTER_POLL_INTERVAL`, `--poll-interval`. */
  readonly name: string
  /** As the person named it: `config.toml`. */
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number | undefined
  /** Counted from 1. */
  readonly column?: number
  /** Absolute; relative paths given here start from it. */
  readonly folder: string
}

/** A result with one fault, whose origin is not known yet. */
export const refuse = (message: string) => ({ faults: [{ message }] })

/** @returns `undefined` if there are faults. */
export const valueIn = <T>(result: Result<T>): T | undefined =>
  'value' in result ? result.value : undefined

/** @param origin where a fault that doesn't know its own origin comes from. */
export function faultsOf(result: Result<unknown>, origin?: Origin): readonly Fault[] {
  if ('value' in result) return []
  return origin ? result.faults.map((fault) => ({ origin, ...fault })) : result.faults
}

/** The origin of a setting that is missing. */
export const nowhere = (name: string): Origin => ({ layer: 'nowhere', name, folder: '' })

/** For use inside a sentence: `client_id (config.toml:2)`, `MONZO_EXPORTER_CLIENT_ID`. */
export function mention({ name, file, line }: Origin): string {
  if (file === undefined) return name
  return `${name} (${file}${line === undefined ? '' : `:${line}`})`
}

/** When one thing is given twice in one layer. */
export const besideFault = (origin: Origin, other: Origin): Fault => ({
  origin,
  message: `cannot stand beside ${mention(other)}: keep one of the two`,
})

/** The way compilers do it: `config.toml:7: poll_interval: expected …`. */
function renderFault({ origin, message }: Fault): string {
  const { name, file, line, column } = origin ?? nowhere('')
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return [place, name, message].filter((part) => part !== '').join(': ')
}

const ORDER: readonly Origin['layer'][] = ['file', 'environment', 'flags', 'nowhere']

/** One fault per line: config.toml from top to bottom, then environment, flags, what is missing. */
export function renderFaults(faults: readonly Fault[]): string {
  const rank = ({ origin }: Fault) => ORDER.indexOf(origin?.layer ?? 'nowhere')
  const lineOf = ({ origin }: Fault) => origin?.line ?? 0
  const sorted = faults.toSorted(
    (one, other) => rank(one) - rank(other) || lineOf(one) - lineOf(other),
  )
  const lines = sorted.map((fault) => printable(renderFault(fault)))
  if (lines.length > 1) lines.unshift(`${lines.length} faults in the configuration:`)
  return lines.join('\n')
}
