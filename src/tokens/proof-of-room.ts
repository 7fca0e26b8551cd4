import { link, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isErrno } from '../lib/errors.ts'
import type { StoredLogin } from './schemas.ts'
import { realTokensPath, renderTokens } from './token-file.ts'
import { errno, syncFolder, unwritable, writeBeside } from './token-save.ts'

const SPARE_BYTES = 1024 // of each refresh: the next tokens may be a little longer

/**
 * Shows that the next `saveLogins` has room and permission, without touching the file: does all
 * that saving does with a file of the same size beside it. A refresh token works once: it isn't
 * spent where its successor can't be kept.
 * @param refreshes how many tokens may be others by then.
 * @throws {AppError} TOKENS_UNWRITABLE, saying in words why.
 */
export async function proveWritable(
  path: string,
  logins: readonly StoredLogin[],
  refreshes = 1,
): Promise<void> {
  try {
    const target = await realTokensPath(path)
    const bytes = Buffer.byteLength(renderTokens(logins)) + SPARE_BYTES * refreshes
    const probe = await writeBeside(target, ' '.repeat(bytes))
    try {
      await proveReplaceable(target, probe)
      await rename(probe, `${target}.0`)
    } finally {
      await rm(probe, { force: true })
      await rm(`${target}.0`, { force: true })
    }
    await syncFolder(dirname(target))
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

const STICKY = 0o1000

/**
 * A temporary file may be welcome where the file itself can't be replaced: it is mounted alone,
 * immutable, or somebody else's in a sticky folder. Only replacing it would tell for sure, so
 * another name is asked for instead, which is refused for the same reasons and changes nothing.
 */
async function proveReplaceable(target: string, probe: string): Promise<void> {
  const file = await stat(target).catch(() => undefined)
  if (!file) return
  const [folder, own] = await Promise.all([stat(dirname(target)), stat(probe)])
  if (file.dev !== folder.dev) throw errno('EBUSY')
  const isOwner = [file.uid, folder.uid, 0].includes(own.uid)
  if ((folder.mode & STICKY) !== 0 && !isOwner) throw errno('EPERM')
  const refusal = await refusalToLink(target, `${target}.0`)
  if (!refusal) return
  if (isErrno(refusal, 'EXDEV')) throw errno('EBUSY') // a mount, though of the same file system
  const isTelling = file.uid === own.uid && isErrno(refusal, 'EPERM')
  const doLinksWork = isTelling && !(await refusalToLink(probe, `${target}.0`))
  if (doLinksWork) throw refusal
}

async function refusalToLink(path: string, name: string): Promise<unknown> {
  try {
    await rm(name, { force: true })
    await link(path, name)
    return undefined
  } catch (error) {
    return error
  } finally {
    await rm(name, { force: true }).catch(() => undefined)
  }
}
