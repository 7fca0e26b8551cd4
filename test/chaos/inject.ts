import { execFileSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { examine, type Patient, type Tally } from './kills.ts'
import { skip } from './mounts.ts'

/** One thing that goes wrong with the files, as strace says it: `rename:error=EIO:when=2`. */
export interface Injection {
  readonly syscall: string
  readonly what: 'signal=SIGKILL' | `error=${string}`
  /** Which of the calls of that name: `3`, or `3+` for all from there on. */
  readonly when: string
}

export const inWords = ({ syscall, what, when }: Injection): string =>
  `${what.replace('signal=', '').replace('error=', '')} at ${syscall} ${when}`

/** @returns whether there is an strace that can inject; else the test is skipped. */
export function hasStrace(t: TestContext): boolean {
  try {
    execFileSync('strace', [
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'inject=fsync:when=1:error=EIO',
      'true',
    ])
    return true
  } catch {
    skip(t, 'strace is not installed, or may not trace')
    return false
  }
}

/** Node uses these for nothing but the tokens. */
const OURS_ALONE = ['pwrite64', 'fsync', 'rename', 'link']

/** Starts the keeper with that going wrong, with its own files only. */
export function startInjected(patient: Patient, { syscall, what, when }: Injection, times: number) {
  const { path, folder } = patient
  const files = [folder, path, `${path}.0`, `${path}.1`, `${path}.2`]
  const args = OURS_ALONE.includes(syscall) ? [] : files.flatMap((file) => ['-P', file])
  const inject = ['-e', `inject=${syscall}:${what}:when=${when}`]
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', ...args, ...inject]
  return patient.startKeeper(times, strace)
}

/** Every step of a refresh and its save, one after the other. */
export const EVERY_STEP: readonly Injection[] = [
  ...stepsOf('openat', 12),
  ...stepsOf('pwrite64', 3),
  ...stepsOf('fsync', 5),
  ...stepsOf('close', 12),
  ...stepsOf('link', 2),
  ...stepsOf('unlink', 3),
  ...stepsOf('rename', 5),
  ...stepsOf('getdents64', 6),
]
/** The ones around which something gets onto the disk that was not there before. */
export const SOME_STEPS: readonly Injection[] = [
  ...stepsOf('pwrite64', 2),
  ...stepsOf('fsync', 4),
  ...stepsOf('rename', 4),
]

function stepsOf(syscall: string, count: number): readonly Injection[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ syscall, what: 'signal=SIGKILL' as const, when: `${n + 1}` },
  }))
}

/** Kills a keeper at each of the steps; what the next one does shows what was lost. */
export async function killAtEach(
  patient: Patient,
  steps: readonly Injection[],
  tally: Tally,
): Promise<void> {
  await patient.logIn()
  const { refused, exchanges } = patient.wire
  for (const step of steps) {
    const keeper = await startInjected(patient, step, 1)
    await keeper.says('done')
    await keeper.kill()
    await patient.wire.quiet()
    tally.kills++
    if (!(await examine(patient, tally))) await patient.logIn()
    if (refused.length > 0) tally.violations.push(`before ${inWords(step)}: lost`)
    refused.length = 0
  }
  tally.refreshes += exchanges.length
  const last = await patient.startKeeper(1)
  await last.says('done')
  if (!last.output().includes('refreshed saved')) tally.violations.push(last.output())
}
