import { type BigIntStats, constants, lstatSync, lutimesSync, rmdirSync } from 'node:fs'
import { lstat, lutimes, mkdir, open, rmdir, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errno } from '../lib/errno.ts'
import { isErrno } from '../lib/errors.ts'

/**
 * What makes two marks different on any file system: some keep whole seconds, FAT even ones only.
 * A mark never repeats an earlier one, even if the clock is set back.
 */
const STEP_MS = 2000

/** What one look at the folder shows. */
export interface Sight {
  /** Another one after each mark, and for another folder of that name. */
  readonly mark: string
  readonly mtimeMs: number
  /** Whose it is. */
  readonly uid: number
}

/**
 * The folder that is a lock: whoever made it holds it, and marks it while alive by setting its mtime.
 * Older exporters did so with proper-lockfile, and judge a mark by the wall clock: to them it must
 * look younger than seven seconds.
 *
 * All of it throws the system's errors: EEXIST for something there that we can't use or remove,
 * ENOTSUP where no times are kept.
 */
export interface LockFolder {
  /** @returns whether it was made; false when it is there already. */
  make(): Promise<boolean>
  /** @returns `undefined` when it is not there. */
  look(): Promise<Sight | undefined>
  /** Sets its mtime to `nowMs`, or later. @returns how it looks then. */
  mark(nowMs: number): Promise<Sight | undefined>
  /** Removes it if it still looks like this. */
  removeIf(sight: Sight): void
  remove(): Promise<void>
}

/** @param path of the folder. */
export async function createLockFolder(path: string): Promise<LockFolder> {
  const disk = (await isNear(dirname(path))) ? NEAR : FAR
  const look = () => disk.lstat(path).then(sightOf, absent)
  return {
    async make() {
      try {
        await mkdir(path)
        return true
      } catch (error) {
        if (isErrno(error, 'EEXIST')) return false
        throw error
      }
    },
    look,
    async mark(nowMs) {
      const before = await look()
      if (!before) return undefined
      await disk.lutimes(path, Math.max(nowMs, before.mtimeMs + STEP_MS) / 1000)
      const after = await look()
      if (after?.mark === before.mark) throw errno('ENOTSUP') // it keeps no times
      return after
    },
    removeIf({ mark }) {
      try {
        // Both at once, since another process may take the lock at any moment.
        if (sightOf(lstatSync(path, { bigint: true })).mark === mark) rmdirSync(path)
      } catch (error) {
        if (isErrno(error, 'EPERM')) throw errno('EEXIST') // of somebody else, in a sticky folder
        absent(error)
      }
    },
    remove: () => rmdir(path),
  }
}

function sightOf(stats: BigIntStats): Sight {
  if (!stats.isDirectory()) throw errno('EEXIST')
  const { ino, mtimeNs, uid } = stats
  return { mark: `${ino} ${mtimeNs}`, mtimeMs: Number(mtimeNs / 1_000_000n), uid: Number(uid) }
}

function absent(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT')) throw error
}

/**
 * An NFS client remembers a folder's times for up to a minute, but asks the server when the folder
 * is opened: else a holder on another machine would look dead.
 */
async function revalidate(path: string): Promise<void> {
  const flags = constants.O_DIRECTORY | constants.O_NOFOLLOW
  // Whatever is wrong shows in the look that follows; a folder of somebody else may not open.
  await open(path, flags).then(
    (folder) => folder.close(),
    () => undefined,
  )
}

interface Disk {
  lstat(path: string): Promise<BigIntStats>
  lutimes(path: string, seconds: number): Promise<void>
}

/** Through libuv's threads: such a disk may hang, and the exporter must not. Costs two wake-ups per call. */
const FAR: Disk = {
  async lstat(path) {
    await revalidate(path)
    return lstat(path, { bigint: true })
  },
  lutimes: (path, seconds) => lutimes(path, seconds, seconds),
}

/** At once, in microseconds: then a mark wakes an idle process only once. */
const NEAR: Disk = {
  lstat: async (path) => lstatSync(path, { bigint: true }),
  lutimes: async (path, seconds) => lutimesSync(path, seconds, seconds),
}

/** Kinds of file systems on a disk of this machine. @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const NEAR_KINDS = new Set([
  0xef53, // ext2, ext3, ext4
  0x9123683e, // Btrfs
  0x58465342, // XFS
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
])

async function isNear(folder: string): Promise<boolean> {
  const kind = await statfs(folder).catch(() => undefined)
  return kind !== undefined && NEAR_KINDS.has(kind.type)
}
