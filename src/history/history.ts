import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { createComplaint, inOneLine } from '../lib/complaint.ts'
import { errnoInWords, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { Account } from '../monzo/schemas.ts'
import { AccountHistory } from './account-history.ts'
import { openLedger } from './ledger-file.ts'
import { LoginHistory, type LoginHistoryDeps } from './login-history.ts'

/** Before that there was no account. */
const MONZO_BEGAN_MS = Date.UTC(2015, 1, 1)
const FOLDER_MODE = 0o700
const OTHERS_MAY_WRITE = 0o022

export interface HistoryDeps {
  readonly clock: Clock
  readonly log: Log
  /** The setting `history_folder`. */
  readonly folder: string
  /** @throws {AppError} TOKENS_LOCKED while another instance may be writing. */
  readonly mayWrite: () => Promise<void>
  /** What is exported is different now. */
  readonly onNews: () => void
}

/** The past of all accounts, whichever logins see them. */
export interface History {
  /** The part that one login has in it. */
  ofLogin(deps: Pick<LoginHistoryDeps, 'monzo' | 'hurryFor'>): LoginHistory
  /** Resolves when everything that was told is on disk, or could not be written. */
  settled(): Promise<void>
}

export function createHistory({ clock, log, folder, mayWrite, onNews }: HistoryDeps): History {
  const accounts = new Map<string, AccountHistory>()
  let isWarned = false

  const openFolder = singleFlight(async () => {
    await makeFolder(folder).catch((cause: unknown) => {
      throw new AppError('HISTORY_UNWRITABLE', `${folder} can't be made: ${errnoInWords(cause)}`, {
        hint: isErrno(cause, 'EEXIST')
          ? 'Name another folder with history_folder.'
          : `${mendFolder(dirname(folder), cause)}, or name another folder with history_folder.`,
        cause,
      })
    })
    if (isWarned || ((await stat(folder)).mode & OTHERS_MAY_WRITE) === 0) return
    isWarned = true
    log.warn(
      {},
      `Others can write to ${folder}: run \`chmod 700\` on it, so that nobody can change your history.`,
    )
  })

  const pastOf = (account: Account): AccountHistory => {
    const known = accounts.get(account.id)
    if (known) return known
    const createdMs = Date.parse(account.created ?? '')
    const head = {
      accountId: account.id,
      createdMs: Number.isNaN(createdMs) ? MONZO_BEGAN_MS : createdMs,
    }
    const complaint = createComplaint(clock)
    const past = new AccountHistory({
      accountId: account.id,
      currency: account.currency,
      clock,
      mayWrite,
      onNews,
      async open() {
        await openFolder()
        await mayWrite()
        return openLedger(folder, head)
      },
      onFailure: (error) =>
        complaint.fails(error, () =>
          log.warn({ err: error }, `No history of ${account.id} is kept: ${inOneLine(error)}`),
        ),
      onWritten: () =>
        complaint.works(() => log.info({}, `The history of ${account.id} is kept again.`)),
    })
    accounts.set(account.id, past)
    return past
  }
  return {
    ofLogin: (deps) => new LoginHistory({ ...deps, clock, log, pastOf }),
    async settled() {
      await Promise.all([...accounts.values()].map((account) => account.settled()))
    },
  }
}

/** Node's own recursion says ENOENT for whatever goes wrong, a read-only file system included. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE })
  } catch (error) {
    if (isErrno(error, 'ENOENT')) await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    else if (!isErrno(error, 'EEXIST') || !(await stat(folder)).isDirectory()) throw error
  }
}
