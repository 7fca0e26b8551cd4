import { execFileSync } from 'node:child_process'

/** GIT_REVISION if set, else the short hash of the checked-out commit, else `unknown`. */
export function gitRevision(): string {
  const given = process.env['GIT_REVISION']
  if (given) return given
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { stdio: [...stdio] })
      .toString()
      .trim()
  } catch {
    return 'unknown'
  }
}
