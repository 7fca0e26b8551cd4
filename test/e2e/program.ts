import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from './harness.ts'

const MAIN = resolve('dist/main.js')

export interface Program {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves with the first match in what it prints on standard output. */
  says(pattern: RegExp): Promise<readonly string[]>
  /** @returns its exit code, or the signal that ended it. */
  ended(): Promise<number | string | null>
  /** Presses Ctrl-C. @returns as {@link ended}. */
  interrupt(): Promise<number | string | null>
}

interface ProgramOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether it is a shell's job: all that it starts ends with it, and gets its Ctrl-C. */
  readonly isJob?: boolean
}

/** Starts a program in a folder, and ends it with the test. */
export function startProgram(
  t: TestContext,
  command: string,
  args: readonly string[],
  { cwd, isJob: detached = false, ...options }: ProgramOptions = {},
): Program {
  const env = { PATH: process.env['PATH'], ...options.env }
  const child = spawn(command, args, { env, cwd, detached, stdio: ['ignore', 'pipe', 'pipe'] })
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(detached ? -Number(child.pid) : Number(child.pid), name)
    } catch {} // it has ended
  }
  t.after(() => signal('SIGKILL'))
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  return {
    child,
    stdout: () => out,
    stderr: () => err,
    ended: () => ended,
    interrupt() {
      signal('SIGINT')
      return ended
    },
    async says(pattern) {
      let match: readonly string[] | null = null
      await eventually(() => {
        match = pattern.exec(out)
        if (!match) throw new Error(`not said: ${pattern}\n${out}\n${err}`)
      })
      return match ?? []
    },
  }
}

/** @returns where the exporter is that `npm run build` makes. */
export function builtMain(): string {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is not there: run `npm run build` first.')
  return MAIN
}

/** The exporter as a process of its own: as built, or the executable that TESTS_EXPORTER names. */
export function startMain(
  t: TestContext,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Program {
  const [command, ...first] = mainCommand()
  return startProgram(t, command, [...first, ...args], options)
}

export function mainCommand(): readonly [command: string, ...args: string[]] {
  const executable = process.env['TESTS_EXPORTER']
  return executable ? [executable] : [process.execPath, builtMain()]
}

/** @returns where it is; skips the test, saying why, when its Debian package is not installed. */
export function findProgram(
  t: TestContext,
  name: string,
  debianPackage: string,
): string | undefined {
  const path = ['/usr/bin', '/usr/sbin', '/bin']
    .map((folder) => join(folder, name))
    .find(existsSync)
  if (path) return path
  const message = `${name} is not installed (Debian package ${debianPackage})`
  if (process.env['TESTS_NO_SKIP']) throw new Error(message)
  t.skip(message)
  return undefined
}
