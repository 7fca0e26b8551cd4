import { parseJson } from '../lib/json.ts'

/** Longest first: a multi-line string begins like a short one. */
const TOKEN =
  /#[^\n]*|"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\n|[[\]{}=]|[^\s#"'[\]{}=]+/g

/**
 * The line of each top-level key, counted from 1; of a table, the line of its first header.
 * @param toml must be valid. The parser has checked that, but it doesn't tell lines.
 */
export function keyLines(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  const add = (key: string, line: number) => lines.set(key, lines.get(key) ?? line)
  let line = 1
  let depth = 0 // open brackets of a value; a line break inside them doesn't end it
  let isInTable = false
  let expected: 'key' | 'table' | 'rest' = 'key'
  for (const [token] of toml.matchAll(TOKEN)) {
    if (expected === 'rest') {
      if (/^[[{]$/.test(token)) depth++
      else if (/^[\]}]$/.test(token))
        depth = Math.max(0, depth - 1) // a header's own bracket
      else if (token === '\n' && depth === 0) expected = 'key'
    } else if (token === '[') {
      expected = 'table'
      isInTable = true
    } else if (!/^[#\n]/.test(token)) {
      if (expected === 'table' || !isInTable) add(keyOf(token), line)
      expected = 'rest'
    }
    line += token.split('\n').length - 1
  }
  return lines
}

/** The first part of a dotted key, without its quotes. */
function keyOf(token: string): string {
  if (token.startsWith("'")) return token.slice(1, -1)
  if (token.startsWith('"')) return String(parseJson(token) ?? token.slice(1, -1))
  return token.split('.')[0] ?? token
}
