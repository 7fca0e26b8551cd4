import type { Stats } from 'node:fs'
import { link, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errno } from '../lib/errno.ts'
import { isErrno } from '../lib/errors.ts'
import { createBeside, writeBeside } from './temporary-file.ts'
import { realTokensPath } from './token-file.ts'
import { syncFolder, unwritable } from './token-save.ts'

const SPARE_BYTES = 1024 // per refresh: new tokens may be a little longer

/**
 * Checks that the next `saveLogins` will have space and permission, by doing the same with a file
 * of the same size beside tokens.json. A refresh token works only once, so it is not used while its
 * successor could not be saved.
 * @param bytes how long what is saved now is.
 * @param refreshes how many logins are about to get new tokens.
 * @throws {AppError} TOKENS_UNWRITABLE, saying in words why.
 */
export async function proveWritable(path: string, bytes: number, refreshes = 1): Promise<void> {
  try {
    const target = await realTokensPath(path)
    const text = ' '.repeat(bytes + SPARE_BYTES * refreshes)
    const { path: probe, used: own } = await writeBeside(target, text, (file) => file.stat())
    try {
      const other = await freeName(target)
      await proveReplaceable(target, { probe, own, other })
      await rename(probe, other)
      await rm(other)
    } finally {
      await rm(probe, { force: true })
    }
    await syncFolder(dirname(target))
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

const STICKY = 0o1000

/**
 * Even where a temporary file can be written, the file itself may not be replaceable: if it is
 * bind-mounted by itself, immutable, or owned by another user in a sticky folder. Only replacing it
 * would tell for sure. A hard link to it is refused for the same reasons, and changes nothing.
 */
async function proveReplaceable(target: string, { probe, own, other }: Probe): Promise<void> {
  const file = await stat(target).catch(() => undefined)
  if (!file) return
  const folder = await stat(dirname(target))
  const isOwner = [file.uid, folder.uid, 0].includes(own.uid)
  if ((folder.mode & STICKY) !== 0 && !isOwner) throw errno('EPERM')
  const refusal = await refusalToLink(target, other)
  if (!refusal) return
  if (isErrno(refusal, 'EXDEV')) throw errno('EBUSY') // it is a mount of its own
  const isTelling = file.uid === own.uid && isErrno(refusal, 'EPERM')
  const doLinksWork = isTelling && !(await refusalToLink(probe, other))
  if (doLinksWork) throw refusal
}

interface Probe {
  /** A file of ours. */
  readonly probe: string
  readonly own: Stats
  /** A name that is free. */
  readonly other: string
}

async function freeName(target: string): Promise<string> {
  const { path, file } = await createBeside(target)
  await file.close()
  await rm(path)
  return path
}

async function refusalToLink(path: string, name: string): Promise<unknown> {
  try {
    await link(path, name)
    await rm(name, { force: true })
    return undefined
  } catch (error) {
    return error
  }
}
