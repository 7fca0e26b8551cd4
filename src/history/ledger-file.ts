import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoInWords, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { Ledger } from './ledger.ts'
import { type LedgerHead, type LedgerLine, renderHead, renderLine } from './ledger-lines.ts'
import { damaged, openOwn, readLedger } from './read-ledger.ts'

const MODE = 0o600
const LEAST_SUPERSEDED = 100 // fewer lines are not worth writing the file anew

/** The file of an account's history. An id that is no file name is made one. */
export const ledgerPath = (folder: string, accountId: string): string =>
  join(folder, `${encodeURIComponent(accountId)}.jsonl`)

/** A ledger and the file that keeps it. One process at a time: it is under the lock of tokens.json. */
export interface LedgerFile {
  readonly ledger: Ledger
  /**
   * Appends lines to the file, durably, and only then to the ledger. Calls must not overlap.
   * @throws {AppError} HISTORY_UNWRITABLE: then neither has them.
   */
  append(lines: readonly LedgerLine[]): Promise<void>
}

/**
 * Opens the ledger of an account, or begins one. A line that was cut off is dropped.
 * @throws {AppError} HISTORY_DAMAGED, HISTORY_UNREADABLE, HISTORY_UNWRITABLE.
 */
export async function openLedger(folder: string, head: LedgerHead): Promise<LedgerFile> {
  const path = ledgerPath(folder, head.accountId)
  await rm(besides(path), { force: true }).catch(() => undefined) // a kill left it, or it is in nobody's way
  const read = await readLedger(path)
  if (read && read.ledger.accountId !== head.accountId)
    throw damaged(path, `is the history of another account (${read.ledger.accountId})`)
  const ledger = read?.ledger ?? new Ledger(head)
  let bytes = read ? read.bytes : await replace(path, ledger).catch(failAs(path))

  const write = async (text: Buffer): Promise<number> => {
    const file = await openOwn(path, constants.O_WRONLY | constants.O_APPEND)
    try {
      const { size, mode } = await file.stat()
      if (size < bytes) throw Object.assign(new Error('cut off'), { code: 'ENOENT' })
      if ((mode & 0o777) !== MODE) await file.chmod(MODE)
      if (size > bytes) await file.truncate(bytes) // what was cut off, or an append that failed
      await file.writeFile(text)
      await file.datasync()
    } finally {
      await file.close()
    }
    return bytes + text.byteLength
  }
  return {
    ledger,
    async append(lines) {
      if (lines.length === 0) return
      const text = Buffer.from(lines.map(renderLine).join(''))
      try {
        bytes = await write(text).catch(async (error: unknown) => {
          if (!isErrno(error, 'ENOENT')) throw error
          bytes = await replace(path, ledger) // somebody has removed it, or a part of it
          return write(text)
        })
      } catch (cause) {
        throw unwritable(path, cause)
      }
      for (const line of lines) ledger.apply(line)
      const { all, superseded } = ledger.lines
      if (superseded < LEAST_SUPERSEDED || superseded * 2 <= all) return
      // Without room for it, the file is longer than it need be, and that is all.
      bytes = await replace(path, ledger).catch(() => bytes)
    },
  }
}

const besides = (path: string): string => `${path}.new`

/** Writes the whole file, in one piece and durably. @returns its length in bytes. */
async function replace(path: string, ledger: Ledger): Promise<number> {
  const temporary = besides(path)
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', MODE)
  let bytes = 0
  try {
    for (const text of textOf(ledger)) bytes += await writeAll(file, text)
    await keepOwner(file, path)
    await file.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
  ledger.forgetSuperseded()
  return bytes
}

function* textOf(ledger: Ledger): Iterable<string> {
  yield renderHead(ledger)
  for (const lines of ledger.portions()) yield lines.map(renderLine).join('')
}

async function writeAll(file: FileHandle, text: string): Promise<number> {
  const buffer = Buffer.from(text)
  await file.writeFile(buffer)
  return buffer.byteLength
}

/** After a run as root, the file must belong to the folder's owner. */
async function keepOwner(file: FileHandle, path: string): Promise<void> {
  const [own, folder] = await Promise.all([file.stat(), stat(dirname(path))])
  if (own.uid !== folder.uid) await file.chown(folder.uid, folder.gid).catch(() => undefined) // only root may
}

/** Some file systems can't sync a folder; nothing more can be done there. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

const failAs = (path: string) => (cause: unknown) => {
  throw unwritable(path, cause)
}

const unwritable = (path: string, cause: unknown): AppError =>
  new AppError('HISTORY_UNWRITABLE', `${path} can't be written: ${errnoInWords(cause)}`, {
    hint: `${mendFolder(dirname(path), cause)}; it tries again by itself, and everything but history goes on.`,
    cause,
  })
