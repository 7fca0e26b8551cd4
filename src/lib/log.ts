export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export const LOG_FORMATS = ['text', 'json'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
type LogFormat = (typeof LOG_FORMATS)[number]

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void
/** Structured fields first, then one sentence. Tokens are never among the fields. */
export type Log = Readonly<Record<LogLevel, Write>>

/** Takes whole lines, with their ends. */
interface LogStream {
  write(line: string): unknown
}

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly stream: LogStream
  /** Whether the stream leads to systemd's journal, which takes priorities and has its own times. */
  readonly isJournal?: boolean
}

/** A log whose level and format can change while others hold it. */
export interface LiveLog {
  readonly log: Log
  use(options: Pick<LogOptions, 'level' | 'format'>): void
  /** Resolves when every line so far is written. */
  settled(): Promise<void>
}

/** Imports pino with the first line, for which a start need not wait; lines keep their order. */
export function createLiveLog(first: LogOptions): LiveLog {
  let options = first
  let loading: Promise<void> | undefined
  let createLog: ((options: LogOptions) => Log) | undefined
  let made: Log | undefined
  const waiting: (() => void)[] = []

  const load = async (): Promise<void> => {
    const pinoLog = await import('./pino-log.ts')
    createLog = pinoLog.createLog
    for (const write of waiting.splice(0)) write()
  }
  const writer =
    (level: LogLevel): Write =>
    (fields, message) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(options.level)) return
      if (createLog) {
        made ??= createLog(options)
        made[level](fields, message)
        return
      }
      waiting.push(() => log[level](fields, message))
      loading ??= load()
    }
  const log: Log = {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  }
  return {
    log,
    use(next) {
      options = { ...options, ...next }
      made = undefined
    },
    settled: async () => loading,
  }
}
