import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoInWords, errnoOf, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { removeLeftovers } from './leftovers.ts'
import type { StoredLogin } from './schemas.ts'
import { writeBeside } from './temporary-file.ts'
import { realTokensPath, renderTokens, signatureOf } from './token-file.ts'
import { trustIn } from './trust.ts'

/**
 * Replaces the file atomically; its mode is 0600 from its creation. Durable once this resolves.
 *
 * If only the rename fails, the temporary file is kept: it holds the newest tokens, and
 * `recoverLogins` finds it at the next start.
 * @returns the signature of what was written.
 * @throws {AppError} TOKENS_UNWRITABLE, saying in words why.
 */
export async function saveLogins(path: string, logins: readonly StoredLogin[]): Promise<string> {
  try {
    const target = await realTokensPath(path)
    const written = await writeBeside(target, renderTokens(logins), async (file) => {
      await keepOwner(target, file)
      return signatureOf(await file.stat({ bigint: true }))
    })
    try {
      await rename(written.path, target)
    } finally {
      await removeLeftovers(target, written.path)
    }
    await syncFolder(dirname(target))
    return written.used
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

export const unwritable = (path: string, cause: unknown): AppError =>
  cause instanceof AppError
    ? cause
    : new AppError('TOKENS_UNWRITABLE', `${path} can't be written: ${errnoInWords(cause)}`, {
        hint: isErrno(cause, 'EBUSY')
          ? `Mount the folder that holds it instead of the file alone; it tries again by itself.`
          : `${mendFolder(dirname(path), cause)}; it tries again by itself.`,
        cause,
      })

/**
 * After a run as root, the file must still belong to its owner; but not to somebody who could put a
 * file of their own in its place.
 */
async function keepOwner(target: string, file: FileHandle): Promise<void> {
  const [old, fresh] = await Promise.all([stat(target).catch(() => undefined), file.stat()])
  if (!old || (old.uid === fresh.uid && old.gid === fresh.gid)) return
  const trust = await trustIn(target, fresh.uid)
  if (trust.isOurs(old)) await file.chown(old.uid, old.gid).catch(() => undefined) // only root may
}

/** What a folder answers that can't be opened or synced, on file systems where a file can be. */
const NO_SYNC = new Set(['EPERM', 'EBADF', 'ENOSYS', 'EACCES', 'EINVAL', 'ENOTSUP'])

/** Does what can be done: a folder that can't be synced is no reason not to save. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path)
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    if (!NO_SYNC.has(errnoOf(error) ?? '')) throw error
  }
}
