import { pino } from 'pino'
import { withPriority } from './journal.ts'
import type { Log, LogOptions } from './log.ts'
import { printable } from './printable.ts'
import { renderLogLine } from './text-log-line.ts'

/** Belt and braces: no field of these names is ever written, however deep it sits. */
const SECRET_KEYS = ['access_token', 'refresh_token', 'client_secret', 'auth_key', 'authorization']
const REDACT = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])

/** Writes to the stream it is handed, in this thread: the one binary has no file for a worker. */
export function createLog({ level, format, stream, isJournal = false }: LogOptions): Log {
  const options = {
    level,
    base: null,
    redact: REDACT,
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const write = (line: string): void => {
    const text = format === 'json' ? renderJson(line) : renderLogLine(line, isJournal)
    const [, written = 'info'] = /^\{"level":"(\w+)"/.exec(line) ?? []
    stream.write(isJournal ? withPriority(written, text) : text)
  }
  return pino(options, { write })
}

/** JSON escapes most of what a terminal obeys, but not all of it. */
const renderJson = (line: string): string => `${printable(line.trimEnd())}\n`

/** An error's name, code, message and causes. The stack only of bugs: it tells a person nothing. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  const cause = error.cause === undefined ? undefined : describeError(error.cause)
  const stack = error.name === 'AppError' || code !== undefined ? undefined : error.stack
  return { type: error.name, code, message: error.message, cause, stack }
}
