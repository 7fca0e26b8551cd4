import { type FileHandle, open, rm } from 'node:fs/promises'
import { errno } from '../lib/errno.ts'
import { isErrno } from '../lib/errors.ts'

const MOST = 100 // with more, something else is wrong

/** A file that was just made, and is still open. */
interface Created {
  readonly path: string
  readonly file: FileHandle
}

/**
 * Creates a file with a free name beside `target`, one that `leftovers.ts` knows; 0600 from its
 * creation. Never opens what is there already: in a folder that others may write to, that could be
 * a file of theirs, or a link.
 */
export async function createBeside(target: string): Promise<Created> {
  for (let n = 1; n < MOST; n++) {
    const path = `${target}.${n}`
    try {
      return { path, file: await open(path, 'wx', 0o600) }
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error
    }
  }
  throw errno('EEXIST')
}

/**
 * Writes and syncs a new file beside `target`, or leaves none.
 * @param use called with the file while it is open.
 * @returns its path, and what `use` returned.
 */
export async function writeBeside<T>(
  target: string,
  text: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<{ readonly path: string; readonly used: T }> {
  const { path, file } = await createBeside(target)
  try {
    try {
      const bytes = Buffer.from(text)
      // An almost full disk takes the first part; the next write says why not the rest.
      for (let at = 0; at < bytes.length; )
        at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten
      await file.sync()
      return { path, used: await use(file) }
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined)
    throw error
  }
}
