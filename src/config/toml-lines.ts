import { parseJson } from '../lib/json.ts'

/** Longest first: a multi-line string begins like a short one. One that is not closed takes the rest. */
const TOKEN =
  /#[^\n]*|"""(?:[^"\\]|\\[\s\S]|"(?!""))*(?:"{3,5}|$)|'''[\s\S]*?(?:'{3,5}|$)|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\n|[[\]{}=]|[^\s#"'[\]{}=]+/g

/** A `key = value`, or the header of a table. */
export interface Statement {
  /** The keys that lead to it, those of its table first. */
  readonly path: readonly string[]
  /** Where it begins, counted from 1. */
  readonly line: number
}

/**
 * In the order of the file. The parser tells no lines.
 * @param toml must be valid as far as the statements matter.
 */
export function tomlStatements(toml: string): readonly Statement[] {
  const statements: Statement[] = []
  let table: readonly string[] = []
  let line = 1
  let [name, start, isList] = ['', 1, false] // of the statement that is being read
  let depth = 0 // open brackets of its value; a line break inside them doesn't end it
  let phase: 'start' | 'header' | 'key' | 'value' = 'start'
  for (const [token] of toml.matchAll(TOKEN)) {
    if (phase === 'value') {
      if (/^[[{]$/.test(token)) depth++
      else if (/^[\]}]$/.test(token)) depth = Math.max(0, depth - 1)
      else if (token === '\n' && depth === 0) phase = 'start'
    } else if (phase === 'start' && !/^[#\n]/.test(token)) {
      phase = token === '[' ? 'header' : 'key'
      ;[name, start, isList] = [token === '[' ? '' : token, line, false]
    } else if (phase === 'header' && token === '[') isList = true
    else if (phase === 'header' && token === ']') {
      table = partsOf(name)
      statements.push({ path: table, line: start })
      if (isList) table = [...table, `at line ${start}`] // each entry of the list is a new table
      phase = 'value'
    } else if (phase === 'key' && token === '=') {
      statements.push({ path: [...table, ...partsOf(name)], line: start })
      phase = 'value'
    } else if (phase !== 'start') name += token
    line += token.split('\n').length - 1
  }
  return statements
}

/** The parts of a dotted key, without their quotes. */
const partsOf = (name: string): readonly string[] =>
  (name.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^.\s"']+/g) ?? []).map((part) => {
    if (part.startsWith("'")) return part.slice(1, -1)
    return part.startsWith('"') ? String(parseJson(part) ?? part.slice(1, -1)) : part
  })

/** The line of each top-level key; of a table, the line of its first header. */
export function keyLines(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  for (const { path, line } of tomlStatements(toml))
    for (const key of path.slice(0, 1)) lines.set(key, lines.get(key) ?? line)
  return lines
}

/** As TOML writes it, so that a key with a line break can't pass for another line. */
export const showKey = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key))
