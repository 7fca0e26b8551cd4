import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/** A program that is started to be killed. */
export interface Child {
  /** All that it has printed. */
  output(): string
  /** Resolves when it has printed that, or ended. */
  says(text: string): Promise<void>
  signal(name: NodeJS.Signals): void
  /** kill -9. */
  kill(): Promise<void>
  /** Resolves with its exit code; `null` when it was killed. */
  readonly ended: Promise<number | null>
}

export interface StartOptions {
  /** A program that starts it, such as strace. */
  readonly through?: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts `node` with these arguments. */
export function startNode(
  t: Pick<TestContext, 'after'>,
  nodeArgs: readonly string[],
  { through = [], cwd, env = {} }: StartOptions = {},
): Child {
  const [command = '', ...args] = [...through, process.execPath, ...nodeArgs]
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing that would be a setting; one thread does all the files' work.
    env: { PATH: process.env['PATH'], UV_THREADPOOL_SIZE: '1', ...env },
    detached: true, // a group of its own: killing strace alone would let go what it runs
    ...(cwd !== undefined && { cwd }),
  })
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null)
  let output = ''
  let wake = () => {}
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk
      wake()
    })
  child.on('exit', () => wake())
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid ?? 0), name)
    } catch {
      // it is dead already
    }
  }
  const kill = async () => {
    signal('SIGKILL')
    await ended
  }
  t.after(kill)
  return {
    output: () => output,
    async says(text) {
      while (!output.includes(text) && child.exitCode === null && child.signalCode === null)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    },
    signal,
    kill,
    ended,
  }
}
