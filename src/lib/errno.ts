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

/** The beginning of a hint after a failed write: what to do about the folder, or its disk. */
export function mendFolder(folder: string, error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return `Make the folder ${folder}, which does not exist`
    case 'ENOSPC':
    case 'EDQUOT':
      return `Make room on the disk of ${folder}`
    case 'EIO':
      return `Check the disk of ${folder}, which may be failing`
    case 'EMFILE':
    case 'ENFILE':
      return 'Allow this program to open more files (ulimit -n)'
    default:
      return `Make ${folder} writable for this program`
  }
}

/** A system error in words, with its code: `the disk is full (ENOSPC)`. */
export function errnoInWords(error: unknown): string {
  const code = errnoOf(error) ?? 'unknown error'
  const words = WORDS[code]
  return words ? `${words} (${code})` : code
}
