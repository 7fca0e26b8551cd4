import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'

/** Nothing that the exporter could take for a setting. */
const ENV = { PATH: process.env['PATH'] }
const MAX_SAID = 10_000 // characters: an error and its stack

export interface StartOptions {
  readonly cwd: string
  /** A program that runs by itself, instead of this Node. */
  readonly command?: string
  readonly env?: Readonly<Record<string, string>>
  /** Take messages; see `ask`. */
  readonly isTold?: boolean
}

/** Every process that a measurement starts, so that none outlives it. */
export class Processes {
  readonly #running = new Set<ChildProcess>()

  /** Starts a program on this Node, unless another command is given. What it says on stderr is shown if it fails. */
  start(args: readonly string[], options: StartOptions): ChildProcess {
    const { cwd, command = process.execPath, isTold = false } = options
    const env = { ...ENV, ...options.env }
    const [program = '', ...rest] = args
    const child = isTold
      ? fork(program, rest, { cwd, env, execArgv: [], silent: true })
      : spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#running.add(child)
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MAX_SAID)
    })
    child.once('exit', (code) => {
      this.#running.delete(child)
      if (code) process.stderr.write(said)
    })
    return child
  }

  /** Resolves when it is gone; with SIGTERM it may finish what it does. */
  async stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.stop(child)))
  }
}

/** Sends one message, and resolves to the answer. */
export async function ask<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const settled = new AbortController()
  const { signal } = settled
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new Error('a process ended before it answered')
  })
  try {
    const answer = once(child, 'message', { signal })
    child.send(message)
    const [first] = await Promise.race([answer, gone])
    return first
  } finally {
    settled.abort()
  }
}

/** What a process keeps in memory, in MiB. */
export interface Memory {
  /** Resident, pages of the Node binary included. */
  readonly rss: number
  /** Of that, what no file holds: heap and stacks. */
  readonly anonymous: number
  /** The most that was ever resident. */
  readonly peak: number
}

export async function memoryOf({ pid }: ChildProcess): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
  return { rss: mib('VmRSS'), anonymous: mib('RssAnon'), peak: mib('VmHWM') }
}

/** What a process has done so far, in all of its threads. */
export interface Work {
  /** User and system time. */
  readonly cpuMs: number
  /**
   * How often a thread has given up its core to wait for something, and so was woken up again if it
   * still runs. A thread that sleeps through a minute adds none; one timer that fires adds one, or a
   * few if helper threads of Node are woken too.
   */
  readonly wakeUps: number
}

/** Not from /proc/<pid>/stat: that counts in steps of 10 ms, more than an idle minute may take. */
export async function workOf({ pid }: ChildProcess): Promise<Work> {
  const threads = await readdir(`/proc/${pid}/task`)
  const works = await Promise.all(
    threads.map(async (thread) => {
      const folder = `/proc/${pid}/task/${thread}`
      const [onCpuNs] = (await readFile(`${folder}/schedstat`, 'utf8')).split(' ')
      const status = await readFile(`${folder}/status`, 'utf8')
      const switches = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]
      return { cpuMs: Number(onCpuNs) / 1e6, wakeUps: Number(switches) }
    }),
  )
  return {
    cpuMs: works.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    wakeUps: works.reduce((sum, { wakeUps }) => sum + wakeUps, 0),
  }
}

/** @returns what it has done since. */
export async function workSince(child: ChildProcess, before: Work): Promise<Work> {
  const now = await workOf(child)
  return { cpuMs: now.cpuMs - before.cpuMs, wakeUps: now.wakeUps - before.wakeUps }
}
