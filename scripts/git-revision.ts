import { execFileSync } from 'node:child_process'

/** The commit being built, short; `unknown` outside a checkout. */
export function gitRevision(): string {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { stdio: [...stdio] })
      .toString()
      .trim()
  } catch {
    return 'unknown'
  }
}
