import { dirname } from 'node:path'
import { parse } from '@iarna/toml'
import { createLayer, type Given, type Layer } from './layer.ts'
import type { Origin } from './origin.ts'
import { keyLines } from './toml-lines.ts'

/** A key that needs quotes in TOML is shown with them, so that a strange one can't fake a line. */
const showKey = (key: string) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))

/**
 * What a config.toml says. Line ends may be those of Windows, which the parser refuses in comments.
 * @param path absolute. @param file as the person named it.
 */
export function tomlLayer(text: string, path: string, file: string): Layer {
  const toml = text.replaceAll('\r\n', '\n')
  const origin: Origin = { layer: 'file', name: '', file, folder: dirname(path) }
  const table = parseToml(toml)
  if ('message' in table) {
    const { message, ...position } = table
    const faults = [{ origin: { ...origin, ...position }, message }]
    return { given: new Map(), faults, isUnreadable: true }
  }
  let lines: ReadonlyMap<string, number> | undefined
  const entries = Object.entries(table.values).map(([key, value]): [string, Given] => {
    const ofKey: Origin = {
      ...origin,
      name: showKey(key),
      get line() {
        lines ??= keyLines(toml) // only faults tell it
        return lines.get(key)
      },
    }
    return [key, { value, origin: ofKey }]
  })
  return createLayer(entries, (key) => key)
}

type Parsed =
  | { readonly values: object }
  | { readonly message: string; readonly line?: number; readonly column?: number }

/** The parser's own message quotes the lines around the fault, secrets included: it is dropped. */
function parseToml(toml: string): Parsed {
  try {
    return { values: parse(toml) }
  } catch (error) {
    const message = 'is not valid TOML here: texts stand in quotes, and every key stands once'
    return { message, ...positionOf(error, toml) }
  }
}

/** The parser counts lines from 0, columns from 0 except on the first line, and goes past the end. */
function positionOf(error: unknown, toml: string): { line?: number; column?: number } {
  if (!(error instanceof Error && 'line' in error && 'col' in error)) return {}
  const { line, col } = error
  if (typeof line !== 'number' || typeof col !== 'number') return {}
  const end = (toml.split('\n')[line] ?? '').length + 1
  return { line: line + 1, column: Math.min(line === 0 ? col : col + 1, end) }
}
