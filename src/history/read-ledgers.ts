import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoInWords } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import type { Ledger } from './ledger.ts'
import { ledgerPath } from './ledger-file.ts'
import { damaged, readLedger } from './read-ledger.ts'

const SUFFIX = '.jsonl'

/** The accounts whose history is kept in a folder, damaged or not; none when there is no folder. */
export async function keptAccounts(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isErrno(cause, 'ENOENT')) return []
    throw new AppError('HISTORY_UNREADABLE', `${folder} can't be read: ${errnoInWords(cause)}`, {
      hint: 'Let this program read it, or name another folder with history_folder.',
      cause,
    })
  })
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .flatMap(accountOf)
    .sort()
}

/** Of a file that this program has named. */
function accountOf(name: string): readonly string[] {
  try {
    const accountId = decodeURIComponent(name.slice(0, -SUFFIX.length))
    return ledgerPath('', accountId) === join('', name) ? [accountId] : []
  } catch {
    return []
  }
}

/** What is kept in a folder. */
export interface KeptLedgers {
  readonly ledgers: readonly Ledger[]
  /** One for each file that can't be used. */
  readonly faults: readonly AppError[]
}

/**
 * Reads what is kept, and changes nothing: an exporter may be running.
 * @throws {AppError} HISTORY_UNREADABLE when the folder can't be read.
 */
export async function readLedgers(folder: string): Promise<KeptLedgers> {
  const ledgers: Ledger[] = []
  const faults: AppError[] = []
  for (const accountId of await keptAccounts(folder)) {
    const path = ledgerPath(folder, accountId)
    try {
      const read = await readLedger(path)
      if (!read) continue
      if (read.ledger.accountId === accountId) ledgers.push(read.ledger)
      else
        faults.push(damaged(path, `is the history of another account (${read.ledger.accountId})`))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      faults.push(error)
    }
  }
  return { ledgers, faults }
}
