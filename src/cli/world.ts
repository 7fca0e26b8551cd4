/** All that a command sees of the process: `main.ts` alone touches the real one. */
export interface World {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly build: Build
  /** Aborts on SIGTERM and SIGINT. */
  readonly stopping: AbortSignal
}

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
