import { parseJson } from '../lib/json.ts'

/** Longest first: a multi-line string begins like a short one. */
const TOKEN =
  /#[^\n]*|"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\n|[[\]{}=]|[^\s#"'[\]{}=]+/g

/**
 * On which line each key of the top level stands, counted from 1; a table by its first header.
 * @param toml must be valid: the parser has read it, but keeps no lines.
 */
export function keyLines(toml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  const add = (key: string, line: number) => lines.set(key, lines.get(key) ?? line)
  let line = 1
  let depth = 0 // of brackets in a value: a line break inside them ends nothing
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
