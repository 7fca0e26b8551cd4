import { once } from 'node:events'
import type { Late } from '../app.ts'
import type { Clock } from '../lib/clock.ts'
import { type AppError, linesOf } from '../lib/errors.ts'
import { withPriority } from '../lib/journal.ts'
import type { LogLevel } from '../lib/log.ts'
import { printable } from '../lib/printable.ts'
import { asTyped } from './typed.ts'

/** Everything a command may use of the process; only `main.ts` touches the real one. */
export interface CommandContext {
  readonly args: readonly string[]
  /** What to type for `monzo-exporter` here, such as `node dist/main.js` in a clone. */
  readonly typed: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  /** Whether `stderr` leads to systemd's journal. */
  readonly isJournal: boolean
  /** Whether input and output are a terminal, so that a person can be asked questions. */
  readonly isTerminal: boolean
  /** The terminal's width in characters; absent if there is no terminal. */
  readonly columns?: number | undefined
  readonly clock: Clock
  readonly late: Late
  /** This process's id, shown to a person who finds the tokens file locked. */
  readonly pid: number
  readonly build: Build
  /** Aborts on SIGTERM and SIGINT. */
  readonly stopping: AbortSignal
  /** Yields one entry per SIGHUP, including those received before iteration began. */
  readonly hangups: AsyncIterableIterator<unknown>
}

/** The flags a command was given, by setting key, such as `poll_interval`. */
export type Flags = Readonly<Record<string, string | boolean>>

/** Identifies this build of the program. */
export interface Build {
  readonly version: string
  /** The git revision; `unknown` when not built. */
  readonly revision: string
  readonly nodeVersion: string
}

/** For commands that a person runs interactively: also resolves when the terminal is closed. */
export async function untilEnded({ stopping, hangups }: CommandContext): Promise<void> {
  if (!stopping.aborted) await Promise.race([once(stopping, 'abort'), hangups.next()])
}

/** Takes whole lines, with their ends. */
interface LineStream {
  write(text: string): unknown
}

/** Prints one line; whatever a part of it was meant to do to a terminal shows instead. */
export const say = (stream: LineStream, line: string): void => {
  stream.write(`${printable(line)}\n`)
}

/** Prints an expected failure, and what to do about it. */
export function sayError(stream: LineStream, error: AppError, context: CommandContext): void {
  const [first = '', ...more] = linesOf(error)
  for (const line of [`error: ${first}`, ...more, `hint: ${error.hint}`])
    say(stream, asTyped(line, context))
}

/** `stderr`, whose lines have the priority of this level where it leads to the journal. */
export const stderrAt = ({ stderr, isJournal }: CommandContext, level: LogLevel): LineStream =>
  isJournal ? { write: (text) => stderr.write(withPriority(level, text)) } : stderr
