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
  const own = ownUid ?? (stats && (await ownUidBeside(target)))
  if (!stats || own === undefined) return { warning: undefined, ownUid: own, isOurs: () => true }
  const isTheirs = stats.uid !== own && stats.uid !== ROOT
  const isOpen = (stats.mode & WRITE_BY_OTHERS) !== 0
  if (!isTheirs && !isOpen) return { warning: undefined, ownUid: own, isOurs: () => true }
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  const who = isTheirs ? `belongs to another user (uid ${stats.uid})` : `has mode ${mode}`
  const steps = [...(isTheirs ? [`chown ${own} ${folder}`] : []), `chmod 700 ${folder}`]
  return {
    warning: {
      what: `Others may write to the folder of ${basename(target)}, which ${who}: they can remove logins, or keep new ones from being saved.`,
      todo: `Make it yours alone: ${steps.join(' && ')}`,
    },
    strangerUid: isTheirs ? stats.uid : undefined,
    ownUid: own,
    isOurs: ({ uid }) => uid === own || uid === ROOT,
  }
}

/** What the system answers where this program may not write. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ELOOP'])

/**
 * Whose our files are there. Asked by making one, since a file system may have its own idea of that
 * (NFS that maps all users to one, FAT).
 */
async function ownUidBeside(target: string): Promise<number | undefined> {
  try {
    const { path, file } = await createBeside(target)
    try {
      return (await file.stat()).uid
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  } catch (error) {
    if (NOT_WRITABLE.has(errnoOf(error) ?? '')) return undefined
    // A full disk must not make us trust everybody.
    return (await stat('/proc/self').catch(() => undefined))?.uid
  }
}
