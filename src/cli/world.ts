import type { Clock } from '../lib/clock.ts'
import type { LoadLate } from '../load-late.ts'

/** All that a command sees of the process: `main.ts` alone touches the real one. */
export interface World {
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
  readonly loadLate: LoadLate
  /** Of this process, for whoever finds its tokens file locked. */
  readonly pid: number
  readonly build: Build
  /** Aborts on SIGTERM and SIGINT. */
  readonly stopping: AbortSignal
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

export const say = (stream: NodeJS.WritableStream, line: string): void => {
  stream.write(`${line}\n`)
}
