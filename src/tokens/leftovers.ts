import type { Stats } from 'node:fs'
import { lstat, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { decodeText } from '../lib/decode-text.ts'
import { withRegularFile } from './regular-file.ts'
import type { StoredLogin } from './schemas.ts'
import { parseTokens, realTokensPath } from './token-file.ts'
import { OTHERS, type Trust, trustIn } from './trust.ts'

/** `1`, and `1.1873623451` of older exporters, which used write-file-atomic. */
const LEFTOVER = /^\d+(?:\.\d+)?$/

/** Temporary files beside tokens.json that a kill -9 or a failed rename left behind. */
async function leftoversOf(target: string): Promise<readonly string[]> {
  const prefix = `${basename(target)}.`
  const names = await readdir(dirname(target)).catch(() => [])
  return names
    .filter((name) => name.startsWith(prefix) && LEFTOVER.test(name.slice(prefix.length)))
    .map((name) => join(dirname(target), name))
}

/**
 * Removes them, since they hold tokens; those of others are left alone. Call under the lock. Best
 * effort: the folder may be read-only.
 */
export async function removeLeftovers(path: string, keep?: string): Promise<void> {
  const target = await realTokensPath(path)
  const leftovers = await leftoversOf(target)
  if (leftovers.length === 0) return
  const trust = await trustIn(target)
  for (const leftover of leftovers) {
    const stats = await lstat(leftover).catch(() => undefined)
    if (leftover !== keep && stats && trust.isOurs(stats))
      await rm(leftover, { force: true }).catch(() => undefined)
  }
}

/**
 * Tokens that were written to a temporary file but not yet renamed when a kill -9 came. The tokens
 * in tokens.json are used up in that case. Call under the lock.
 * @returns `undefined` when there is nothing newer than the file.
 */
export async function recoverLogins(path: string): Promise<readonly StoredLogin[] | undefined> {
  const target = await realTokensPath(path)
  const leftovers = await leftoversOf(target)
  if (leftovers.length === 0) return undefined
  const trust = await trustIn(target)
  const file = await stat(target).catch(() => undefined)
  let newest: { logins: readonly StoredLogin[]; mtimeMs: number } | undefined
  for (const leftover of leftovers) {
    const found = await readLeftover(leftover, trust)
    if (!found || found.ino === file?.ino) continue
    // ctime is when the file was put in place, by us or by a person; mtime may be older.
    if (found.mtimeMs < Math.max(file?.ctimeMs ?? 0, newest?.mtimeMs ?? 0)) continue
    newest = found
  }
  return newest?.logins
}

/** @returns `undefined` unless it is ours, and whole. */
async function readLeftover(path: string, trust: Trust) {
  try {
    return await withRegularFile(path, false, async (file, stats) => {
      if (!isOurs(stats, trust)) return undefined
      const { mtimeMs, ino } = stats
      return { logins: parseTokens(decodeText(await file.readFile()), path), mtimeMs, ino }
    })
  } catch {
    return undefined
  }
}

/** What we leave has mode 0600, if there are modes. Where others may write, a file of another mode is none of it. */
const isOurs = (stats: Stats, { isOurs, warning, keepsModes }: Trust): boolean =>
  isOurs(stats) && (warning === undefined || !keepsModes || (stats.mode & OTHERS) === 0)
