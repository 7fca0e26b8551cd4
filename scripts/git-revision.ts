import { execFileSync } from 'node:child_process'

/** GIT_REVISION if set, else the short hash of the checked-out commit, else `unknown`. */
export function gitRevision(): string {
  const given = process.env['GIT_REVISION']
  if (given) return given
  return git('rev-parse', '--short=12', 'HEAD') ?? 'unknown'
}

/**
 * The time that everything in a package is dated, so that a commit always makes the same package:
 * SOURCE_DATE_EPOCH if set, else when the checked-out commit was made. In Unix seconds.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export const sourceDateEpoch = (): string =>
  process.env['SOURCE_DATE_EPOCH'] || (git('log', '-1', '--format=%ct') ?? '0')

/** @returns what git answers; `undefined` without git or outside of a checkout. */
function git(...args: readonly string[]): string | undefined {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('git', args, { stdio: [...stdio], encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
