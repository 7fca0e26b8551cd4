import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoInWords } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { Ledger } from './ledger.ts'
import { LEDGER_VERSION, parseHead, parseLine } from './ledger-lines.ts'

const CHUNK_BYTES = 256 * 1024 // parsed in a few milliseconds: scrapes are answered in between
const NEWLINE = 10

/** A ledger as its file holds it. */
export interface ReadLedger {
  readonly ledger: Ledger
  /** How long its whole lines are; anything after them was cut off while it was written. */
  readonly bytes: number
}

/**
 * Reads a ledger, and changes nothing.
 * @returns `undefined` when there is no file, or nothing whole in it.
 * @throws {AppError} HISTORY_DAMAGED, HISTORY_UNREADABLE.
 */
export async function readLedger(path: string): Promise<ReadLedger | undefined> {
  const file = await openOwn(path, constants.O_RDONLY).catch((cause: unknown) => {
    if (isErrno(cause, 'ENOENT')) return undefined
    throw unreadable(path, cause)
  })
  try {
    return file && (await readLines(file, path))
  } catch (cause) {
    throw cause instanceof AppError ? cause : unreadable(path, cause)
  } finally {
    await file?.close()
  }
}

/**
 * Opens a file of ours: no link that somebody planted, nothing that another user owns.
 * @throws what the system says; EPERM when the file belongs to somebody else than its folder does.
 */
export async function openOwn(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const [own, folder] = await Promise.all([file.stat(), stat(dirname(path))])
    if (!own.isFile() || own.uid !== folder.uid)
      throw Object.assign(new Error('not ours'), { code: 'EPERM' })
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readLines(file: FileHandle, path: string): Promise<ReadLedger | undefined> {
  let ledger: Ledger | undefined
  let bytes = 0
  let number = 0
  for await (const lines of wholeLines(file)) {
    bytes += lines.length
    for (const text of lines.toString().split('\n').slice(0, -1)) {
      number++
      if (!ledger) {
        ledger = startOf(text, path)
        continue
      }
      const line = parseLine(text)
      if (!line) throw damaged(path, `is damaged in line ${number}`)
      ledger.apply(line)
    }
  }
  return ledger && { ledger, bytes }
}

/** The file in pieces that end with a line. */
async function* wholeLines(file: FileHandle): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES)
    if (bytesRead === 0) return
    const all = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    const end = all.lastIndexOf(NEWLINE) + 1
    if (end > 0) yield all.subarray(0, end)
    rest = all.subarray(end)
  }
}

function startOf(text: string, path: string): Ledger {
  const head = parseHead(text.replace(/^\uFEFF/, ''))
  if (head?.accountId !== undefined) return new Ledger(head)
  if (head === undefined) throw damaged(path, 'is damaged in line 1, or no history of this program')
  throw new AppError(
    'HISTORY_DAMAGED',
    `${path} was written by a newer version of this program (its version is ${head.version}, we know ${LEDGER_VERSION})`,
    { hint: 'Run that version again, or move the file away.' },
  )
}

/** The hint says how to go on without the file: it is never repaired or overwritten. */
export const damaged = (path: string, what: string): AppError =>
  new AppError('HISTORY_DAMAGED', `${path} ${what}`, {
    hint: 'Put a copy in its place, or move it away: the last 88 days are then read again, and what is older at the next login.',
  })

const unreadable = (path: string, cause: unknown): AppError =>
  new AppError('HISTORY_UNREADABLE', `${path} can't be read: ${inWords(cause)}`, {
    hint: 'Make it a file that belongs to the user of this program, like its folder, and that it may read.',
    cause,
  })

const inWords = (cause: unknown): string =>
  isErrno(cause, 'ELOOP') ? 'it is a symbolic link (ELOOP)' : errnoInWords(cause)
