import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errno } from '../lib/errno.ts'

/**
 * Opens a file for reading, and hands it on with its stats. Unlike a plain read, it never waits for
 * the other end of a pipe, and has no effect on a device.
 * @param isLinkFollowed whether the path may be a symbolic link; else that is ELOOP.
 * @throws the system's error; EISDIR, or ENXIO for anything else than a regular file.
 */
export async function withRegularFile<T>(
  path: string,
  isLinkFollowed: boolean,
  use: (file: FileHandle, stats: Stats) => Promise<T>,
): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY
  const file = await open(path, isLinkFollowed ? flags : flags | constants.O_NOFOLLOW)
  try {
    const stats = await file.stat()
    if (stats.isDirectory()) throw errno('EISDIR')
    if (!stats.isFile()) throw errno('ENXIO')
    return await use(file, stats)
  } finally {
    await file.close()
  }
}
