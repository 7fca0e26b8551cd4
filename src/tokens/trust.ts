import type { Stats } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { errnoOf } from '../lib/errno.ts'
import { createBeside } from './temporary-file.ts'

const ROOT = 0
const WRITE_BY_OTHERS = 0o022 // group and world; an access list for somebody shows as the group's bits
/** The permissions of everybody but the owner. */
export const OTHERS = 0o077

/** How far the folder of a tokens file, and the files in it, can be trusted. */
export interface Trust {
  /** That others may write to the folder, and what to do about it; `undefined` when only we and root may. */
  readonly warning: { readonly what: string; readonly todo: string } | undefined
  /** Whose folder it is, if neither ours nor root's. */
  readonly strangerUid?: number | undefined
  /** Whose files are ours there; `undefined` where we can make none. */
  readonly ownUid: number | undefined
  /** Whether files have modes there; FAT and NTFS have none. */
  readonly keepsModes: boolean
  /** Whether only we, or root, can have put a file there: where nobody else may write, any. */
  isOurs(stats: Pick<Stats, 'uid'>): boolean
}

/**
 * @param target the tokens file's real path.
 * @param ownUid as an earlier call has found it out.
 */
export async function trustIn(target: string, ownUid?: number): Promise<Trust> {
  const folder = dirname(target)
  const stats = await stat(folder).catch(() => undefined)
  const beside = ownUid === undefined && stats ? await tryBeside(target) : undefined
  const own = ownUid ?? beside?.uid
  const keepsModes = beside?.keepsModes ?? true
  const ours = { warning: undefined, ownUid: own, keepsModes, isOurs: () => true }
  if (!stats || own === undefined) return ours
  const isTheirs = stats.uid !== own && stats.uid !== ROOT
  const isOpen = (stats.mode & WRITE_BY_OTHERS) !== 0
  if (!isTheirs && !isOpen) return ours
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  const who = isTheirs ? `belongs to another user (uid ${stats.uid})` : `has mode ${mode}`
  const steps = [...(isTheirs ? [`chown ${own} ${folder}`] : []), `chmod 700 ${folder}`]
  return {
    warning: {
      what: `Others may write to the folder of ${basename(target)}, which ${who}: they can remove logins, or keep new ones from being saved.`,
      todo: keepsModes ? `Make it yours alone: ${steps.join(' && ')}` : NO_MODES,
    },
    strangerUid: isTheirs ? stats.uid : undefined,
    ownUid: own,
    keepsModes,
    isOurs: ({ uid }) => uid === own || uid === ROOT,
  }
}

/** For a folder or file that can't be closed to others. */
export const NO_MODES =
  'Its disk keeps no permissions (FAT and NTFS have none): name a tokens_file on another one.'

/** What the system answers where this program may not write. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ELOOP'])

/**
 * Whose our files are there, and whether only we may read them. Asked by making one, since a file
 * system may have its own idea of both (NFS that maps all users to one, FAT).
 */
async function tryBeside(
  target: string,
): Promise<{ uid: number; keepsModes: boolean } | undefined> {
  try {
    const { path, file } = await createBeside(target)
    try {
      const { uid, mode } = await file.stat()
      return { uid, keepsModes: (mode & OTHERS) === 0 }
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  } catch (error) {
    if (NOT_WRITABLE.has(errnoOf(error) ?? '')) return undefined
    // A full disk must not make us trust everybody.
    const self = await stat('/proc/self').catch(() => undefined)
    return self && { uid: self.uid, keepsModes: true }
  }
}
