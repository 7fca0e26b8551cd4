import { once } from 'node:events'
import type { Late } from '../app.ts'
import type { Clock } from '../lib/clock.ts'

/** All that a command sees of the process: `main.ts` alone touches the real one. */
export interface CommandContext {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  /** Whether a person sits there, who can be asked and sees the question. */
  readonly isTerminal: boolean
  /** Of the terminal, in characters; absent where there is none. */
  readonly columns?: number | undefined
  readonly clock: Clock
  readonly late: Late
  /** Of this process; shown to anyone who finds the tokens file locked. */
  readonly pid: number
  readonly build: Build
  /** Aborts on SIGTERM and SIGINT. */
  readonly stopping: AbortSignal
  /** Gives one entry for each SIGHUP, also for those that came before anybody asked. */
  readonly hangups: AsyncIterableIterator<unknown>
}

/** What a command was given, by key: `poll_interval`. */
export type Flags = Readonly<Record<string, string | boolean>>

/** Which program this is. */
export interface Build {
  readonly version: string
  /** Of git; `unknown` outside a build. */
  readonly revision: string
  readonly nodeVersion: string
}

/** For what a person runs to look at: also ends when the terminal is closed. */
export async function untilEnded({ stopping, hangups }: CommandContext): Promise<void> {
  if (!stopping.aborted) await Promise.race([once(stopping, 'abort'), hangups.next()])
}

export const say = (stream: NodeJS.WritableStream, line: string): void => {
  stream.write(`${line}\n`)
}
