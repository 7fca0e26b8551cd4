import type { Fault, Origin } from './fault.ts'
import { hiddenCode, QUOTES } from './kinds.ts'
import { type Statement, showKey, tomlStatements } from './toml-lines.ts'

/**
 * What is wrong with a TOML file, and where. The parser's own message quotes the lines around the
 * fault, which may hold secrets; so this looks at the place where the parser stopped.
 * @param file the origin of the whole file.
 */
export function tomlFault(error: unknown, toml: string, file: Origin): Fault {
  const index = indexOf(error, toml)
  if (index === undefined) return { origin: file, message: 'is not valid TOML: look at its dates' }
  const [char = ''] = toml.slice(index)
  const before = toml.slice(0, index)
  const statements = tomlStatements(before + char)
  const last = statements.at(-1) ?? { path: [], line: 1 }
  const first = statements.find((one) => one !== last && nameOf(one) === nameOf(last))
  if (first)
    return {
      origin: { ...file, name: nameOf(last), line: last.line },
      message: `is set twice, first on line ${first.line}: keep one of the two`,
    }
  const lines = before.split('\n')
  const [statement, line] = [lines.slice(last.line - 1).join('\n'), lines.at(-1) ?? '']
  if (char === '' && hasOpenText(statement))
    return {
      origin: { ...file, name: nameOf(last), line: last.line },
      message: 'begins with three quotes that are not closed',
    }
  return {
    origin: { ...file, line: lines.length, column: line.length + 1 },
    message: reasonFor(char, line, statement.replace(STRING, '')),
  }
}

/** The parser counts from 1, and goes past the end of the text. */
function indexOf(error: unknown, toml: string): number | undefined {
  if (!(error instanceof Error && 'pos' in error && typeof error.pos === 'number')) return undefined
  return Math.min(error.pos - 1, toml.length)
}

const nameOf = ({ path }: Statement): string => path.map(showKey).join('.')

const STRING = /"""[\s\S]*?(?:"{3,5}|$)|'''[\s\S]*?(?:'{3,5}|$)|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#.*/g

/** Whether it ends within a text of several lines. */
function hasOpenText(statement: string): boolean {
  const text = statement.match(STRING)?.at(-1) ?? ''
  const quotes = text.slice(0, 3)
  return /^(?:"""|''')$/.test(quotes) && (text.length < 6 || !text.endsWith(quotes))
}

/**
 * @param char the one that did not fit; `''` at the end of the file. @param line up to there.
 * @param bare the statement up to there, without texts and comments.
 */
function reasonFor(char: string, line: string, bare: string): string {
  if (char === '\r' || line.includes('\r'))
    return 'has line ends that TOML does not allow: save the file with Unix or Windows line ends'
  const isAtEnd = char === '' || char === '\n'
  if (isAtEnd && /["']/.test(bare)) return 'has quotes that are not closed'
  if (/\\(?:u[\da-f]*)?$/i.test(line))
    return 'has a backslash, which means something else in double quotes: write it twice, or put the text in single quotes'
  const code = isAtEnd ? undefined : hiddenCode(char)
  if (code) return `has an invisible character here (${code}): remove it`
  if (!isAtEnd && !/["'`]/.test(char) && QUOTES.includes(char))
    return 'has typographic quotes here: use straight ones (")'
  if (countOf(bare, /[[{]/g) > countOf(bare, /[\]}]/g))
    return 'has a bracket before this that is not closed, or lacks a comma'
  if (/=\s*$/.test(line))
    return 'expected a value here: a text in quotes, or true or false in small letters'
  if (!/[=[]/.test(line)) return 'expected a setting here, as in poll_interval = "15s"'
  return isAtEnd
    ? 'is not valid TOML here'
    : 'has something after the value: a text stands in quotes as a whole, and quotes inside it need a backslash'
}

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0
