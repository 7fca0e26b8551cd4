import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { skip } from './mounts.ts'

/** The person who runs the exporter: without an entry in /etc/passwd, as in the image. */
export const OWNER = 65_532
/** Somebody else on the same machine. */
export const OTHER = 65_533
/** A group that both are in. */
export const GROUP = 65_500

/** @returns whether tests can run programs as other users; else the test is skipped. */
export function canBeOthers(t: TestContext): boolean {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/setpriv')) return true
  skip(t, 'only root can run programs as other users, with setpriv (Debian package util-linux)')
  return false
}

/** What starts a program as that user. */
export const as = (uid: number): readonly string[] => [
  'setpriv',
  `--reuid=${uid}`,
  `--regid=${uid}`,
  `--groups=${GROUP}`,
]

/** Runs a line of shell as that user. */
export function runAs(uid: number, line: string, cwd: string): void {
  const [command = '', ...args] = [...as(uid), 'sh', '-ec', line]
  execFileSync(command, args, { cwd, stdio: 'pipe' })
}

/** Gives a folder to somebody. */
export function own(path: string, uid: number, mode: number): void {
  chownSync(path, uid, GROUP)
  chmodSync(path, mode)
}
