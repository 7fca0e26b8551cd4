import { pino } from 'pino'
import { renderLogLine } from './text-log-line.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export const LOG_FORMATS = ['text', 'json'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
type LogFormat = (typeof LOG_FORMATS)[number]

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void
/** Structured fields first, then one sentence. Tokens are never among the fields. */
export type Log = Readonly<Record<LogLevel, Write>>

/** Belt and braces: no field of these names is ever written, however deep it sits. */
const SECRET_KEYS = ['access_token', 'refresh_token', 'client_secret', 'auth_key', 'authorization']
const REDACT = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`])

/** Takes whole lines, with their ends. */
interface LogStream {
  write(line: string): unknown
}

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly stream: LogStream
}

/** A log whose level and format can change while others hold it. */
export interface LiveLog {
  readonly log: Log
  use(options: Omit<LogOptions, 'stream'>): void
}

/** As `createLog`, for whoever may want it otherwise later. Made when the first line comes. */
export function createLiveLog({ stream, ...first }: LogOptions): LiveLog {
  let options = first
  let made: Log | undefined
  const current = () => {
    made ??= createLog({ ...options, stream })
    return made
  }
  return {
    log: {
      debug: (fields, message) => current().debug(fields, message),
      info: (fields, message) => current().info(fields, message),
      warn: (fields, message) => current().warn(fields, message),
      error: (fields, message) => current().error(fields, message),
    },
    use(next) {
      options = next
      made = undefined
    },
  }
}

/** Writes to the stream it is handed, in this thread: the one binary has no file for a worker. */
export function createLog({ level, format, stream }: LogOptions): Log {
  const options = {
    level,
    base: null,
    redact: REDACT,
    serializers: { err: describeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const asText = { write: (line: string) => void stream.write(renderLogLine(line)) }
  return pino(options, format === 'json' ? stream : asText)
}

/** An error's name, code, message and causes. The stack only of bugs: it tells a person nothing. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  const cause = error.cause === undefined ? undefined : describeError(error.cause)
  const stack = error.name === 'AppError' || code !== undefined ? undefined : error.stack
  return { type: error.name, code, message: error.message, cause, stack }
}
