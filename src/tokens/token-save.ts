import { chown, lstat, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { decodeText } from '../lib/decode-text.ts'
import { errno, errnoInWords, errnoOf, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import type { StoredLogin } from './schemas.ts'
import { parseTokens, realTokensPath, renderTokens } from './token-file.ts'

/**
 * Replaces the file atomically; its mode is 0600 from its creation. Durable once this resolves.
 *
 * If only the rename fails, the temporary file is kept: it holds the newest tokens, and
 * `recoverLogins` finds it at the next start.
 * @throws {AppError} TOKENS_UNWRITABLE, saying in words why.
 */
export async function saveLogins(path: string, logins: readonly StoredLogin[]): Promise<void> {
  try {
    const target = await realTokensPath(path)
    const temporary = await writeBeside(target, renderTokens(logins))
    await keepOwner(target, temporary)
    try {
      await rename(temporary, target)
    } finally {
      await removeLeftovers(target, temporary)
    }
    await syncFolder(dirname(target))
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

export const unwritable = (path: string, cause: unknown): AppError =>
  new AppError('TOKENS_UNWRITABLE', `${path} can't be written: ${errnoInWords(cause)}`, {
    hint: isErrno(cause, 'EBUSY')
      ? `Mount the folder that holds it instead of the file alone; it tries again by itself.`
      : `${mendFolder(dirname(path), cause)}; it tries again by itself.`,
    cause,
  })

/**
 * Writes and syncs a new file with a name that `removeLeftovers` knows.
 *
 * Not the tokens file itself: write-file-atomic 7 calls write(2) once and doesn't notice a short
 * write. On an almost full disk it would replace the file with the first part of the tokens.
 * @returns its path.
 */
export async function writeBeside(target: string, text: string): Promise<string> {
  const path = await freeName(target)
  const bytes = Buffer.from(text)
  try {
    await writeFileAtomic(path, bytes, { mode: 0o600 })
    if ((await stat(path)).size !== bytes.byteLength) throw errno('ENOSPC')
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
  return path
}

const MAX_LEFTOVERS = 100 // with more, something else is wrong

/** Called under the lock, so no other process takes the same name. */
async function freeName(target: string): Promise<string> {
  for (let n = 1; n < MAX_LEFTOVERS; n++) {
    const path = `${target}.${n}`
    if (!(await lstat(path).catch(() => undefined))) return path
  }
  throw errno('EEXIST')
}

/** After a run as root, the file must still belong to its owner. */
async function keepOwner(target: string, temporary: string): Promise<void> {
  const [old, fresh] = await Promise.all([stat(target).catch(() => undefined), stat(temporary)])
  if (old && (old.uid !== fresh.uid || old.gid !== fresh.gid))
    await chown(temporary, old.uid, old.gid).catch(() => undefined) // only root may
}

/** What a folder answers that can't be opened or synced, on file systems where a file can be. */
const NO_SYNC = new Set(['EPERM', 'EBADF', 'ENOSYS', 'EACCES', 'EINVAL', 'ENOTSUP'])

/** Does what can be done: a folder that can't be synced is no reason not to save. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path)
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    if (!NO_SYNC.has(errnoOf(error) ?? '')) throw error
  }
}

/** Ours, and write-file-atomic's temporary file of that: `1`, `1.1873623451`. */
const LEFTOVER = /^\d+(?:\.\d+)?$/

/** Temporary files beside tokens.json that a kill -9 or a failed rename left behind. */
async function leftoversOf(target: string): Promise<readonly string[]> {
  const prefix = `${basename(target)}.`
  const names = await readdir(dirname(target)).catch(() => [])
  return names
    .filter((name) => name.startsWith(prefix) && LEFTOVER.test(name.slice(prefix.length)))
    .map((name) => join(dirname(target), name))
}

/** Removes them, since they hold tokens. Call under the lock. Best effort: the folder may be read-only. */
export async function removeLeftovers(path: string, keep?: string): Promise<void> {
  for (const leftover of await leftoversOf(await realTokensPath(path)))
    if (leftover !== keep) await rm(leftover, { force: true }).catch(() => undefined)
}

/**
 * Tokens that were written to a temporary file but not yet renamed when a kill -9 came. The tokens
 * in tokens.json are used up in that case. Call under the lock.
 * @returns `undefined` when there is nothing newer than the file.
 */
export async function recoverLogins(path: string): Promise<readonly StoredLogin[] | undefined> {
  const target = await realTokensPath(path)
  const file = await stat(target).catch(() => undefined)
  let newest: { logins: readonly StoredLogin[]; mtimeMs: number } | undefined
  for (const leftover of await leftoversOf(target)) {
    const found = await readLeftover(leftover)
    if (!found || found.ino === file?.ino) continue
    // ctime is when the file was put in place, by us or by a person; mtime may be older.
    if (found.mtimeMs < Math.max(file?.ctimeMs ?? 0, newest?.mtimeMs ?? 0)) continue
    newest = found
  }
  return newest?.logins
}

/** @returns `undefined` unless it is whole. */
async function readLeftover(path: string) {
  try {
    const { mtimeMs, ino } = await stat(path)
    return { logins: parseTokens(decodeText(await readFile(path)), path), mtimeMs, ino }
  } catch {
    return undefined
  }
}
