import { execFileSync } from 'node:child_process'

/** The commit being built, short; `unknown` outside a checkout, where GIT_REVISION can tell. */
export function gitRevision(): string {
  const told = process.env['GIT_REVISION']
  if (told) return told
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { stdio: [...stdio] })
      .toString()
      .trim()
  } catch {
    return 'unknown'
  }
}
