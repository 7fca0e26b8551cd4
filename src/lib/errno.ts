const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  EBUSY: 'it is busy (a single bind-mounted file? mount its folder instead)',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something else has that name',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTEMPTY: 'something is in it that does not belong there',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTSUP: 'the file system does not support it',
  ENXIO: 'it is not a regular file',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EXDEV: 'it crosses file systems',
}

/** A system error's code, such as `ENOSPC`; `undefined` for an error without a code. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** A system error of our own making. */
export const errno = (code: string): Error => Object.assign(new Error(code), { code })

const NO_ROOM = (folder: string) => `Make room on the disk of ${folder}`
const TOO_MANY_FILES = () => 'Allow this program to open more files (ulimit -n)'
const MEND: Readonly<Record<string, (folder: string) => string>> = {
  ENOENT: (folder) => `Make the folder ${folder}, which does not exist`,
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EIO: (folder) => `Check the disk of ${folder}, which may be failing`,
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
}

/** The beginning of a hint after a failed write: what to do about the folder, or its disk. */
export function mendFolder(folder: string, error: unknown): string {
  const mend = MEND[errnoOf(error) ?? '']
  return mend?.(folder) ?? `Make ${folder} writable for this program`
}

/** A system error in words, with its code: `the disk is full (ENOSPC)`. */
export function errnoInWords(error: unknown): string {
  const code = errnoOf(error) ?? 'unknown error'
  const words = WORDS[code]
  return words ? `${words} (${code})` : code
}
