import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { lock as lockFile } from 'proper-lockfile'
import type { Clock } from '../lib/clock.ts'
import { inOneLine } from '../lib/complaint.ts'
import { errnoInWords, makeWritable } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'
import type { Log } from '../lib/log.ts'
import { singleFlight } from '../lib/single-flight.ts'
import { holderSchema } from './schemas.ts'
import { realTokensPath } from './token-file.ts'

const STALE_MS = 7000 // a lock whose mark is older than this is taken over
const UPDATE_MS = 3500 // half of STALE_MS, the most that proper-lockfile allows: each update wakes an idle process
const TRY_EVERY_MS = 250
const GIVE_UP_MS = 9000 // longer than STALE_MS; with the start, a second instance ends within 12 s

/** `lost`: another instance may hold it; `impossible`: the folder takes no lock. */
export type LockState = 'held' | 'lost' | 'impossible'

/** The right to spend and write the tokens of one file. */
export interface TokensLock {
  readonly state: () => LockState
  /** Why it is `impossible`. */
  readonly obstacle: () => AppError | undefined
  /**
   * To be called before tokens are used or written: checks that the lock is still ours, and tries
   * to take it if not.
   * @throws {AppError} TOKENS_LOCKED while another instance may hold it. Resolves where no lock
   *   can be made, since no other instance could be kept out there anyway.
   */
  ensureHeld(): Promise<void>
  /** Others can take it at once. */
  release(): Promise<void>
}

export interface TokensLockDeps {
  readonly path: string
  readonly clock: Clock
  /** Shown to a person who starts a second instance. */
  readonly pid: number
  readonly host: string
  /** Random. A pid would not do: in a container it is 1, and a restarted pod keeps its host name. */
  readonly id: string
  /** Called on every change after the lock was first taken. */
  readonly onChange: () => void
}

/**
 * Takes the lock; that of a killed process is free after seconds. The only user of proper-lockfile,
 * which has a timer of its own that doesn't keep the process alive.
 * @throws {AppError} TOKENS_LOCKED naming the holder, when there is one that lives.
 */
export async function takeTokensLock(deps: TokensLockDeps): Promise<TokensLock> {
  const { clock, id, pid, host, onChange } = deps
  const path = await realTokensPath(deps.path)
  const holderPath = `${path}.holder` // not inside the lock's folder: that would change its mtime
  let state: LockState = 'lost'
  let isSettled = false
  let obstacle: AppError | undefined
  let unlock: (() => Promise<void>) | undefined
  let signed = Promise.resolve() // whether the holder file says who we are

  const become = (next: LockState): void => {
    if (state === next) return
    state = next
    if (isSettled) onChange()
  }
  /** @returns whether nobody else holds it. */
  const tryOnce = async (): Promise<boolean> => {
    let isReleased = false
    try {
      const release = await lockFile(path, {
        realpath: false, // the file may not exist yet
        stale: STALE_MS,
        update: UPDATE_MS,
        onCompromised() {
          if (!isReleased) become('lost') // proper-lockfile calls this after a release, too
        },
      })
      unlock = () => {
        isReleased = true
        return release()
      }
    } catch (error) {
      if (isErrno(error, 'ELOCKED')) return false
      obstacle = impossible(path, error)
      become('impossible')
      return true
    }
    signed = sign()
    become('held')
    return true
  }
  const sign = () =>
    writeFile(holderPath, JSON.stringify({ id, pid, host }), { mode: 0o600 }).catch(() =>
      rm(holderPath, { force: true }).catch(() => undefined),
    )
  const readHolder = async () => {
    await signed
    const text = await readFile(holderPath, 'utf8').catch(() => '')
    return holderSchema.safeParse(parseJson(text)).data
  }

  const startedMs = clock.elapsed()
  while (!(await tryOnce())) {
    if (clock.elapsed() - startedMs >= GIVE_UP_MS) throw locked(deps.path, await readHolder())
    await clock.sleep(TRY_EVERY_MS)
  }
  isSettled = true
  /** After a suspend, the library's timer may notice late that another instance took over. */
  const isStillOurs = async (): Promise<boolean> => {
    const holder = await readHolder()
    return state === 'held' && (holder === undefined || holder.id === id)
  }
  const ensureHeld = singleFlight(async () => {
    if (await isStillOurs()) return
    if (await tryOnce()) return
    become('lost')
    throw locked(deps.path, await readHolder())
  })
  return {
    state: () => state,
    obstacle: () => obstacle,
    ensureHeld,
    async release() {
      if (!(await isStillOurs())) return // it belongs to another instance now
      await rm(holderPath, { force: true }).catch(() => undefined)
      await unlock?.().catch(() => undefined)
    },
  }
}

/** For playground tokens: nothing is stored, so nothing is locked. */
export const NO_LOCK: TokensLock = {
  state: () => 'held',
  obstacle: () => undefined,
  ensureHeld: async () => undefined,
  release: async () => undefined,
}

/** Logs a change of state. */
export function sayLockState(log: Log, { state, obstacle }: TokensLock): void {
  if (state() === 'impossible') log.warn({ code: obstacle()?.code }, inOneLine(obstacle()))
  if (state() === 'held') log.info({}, 'The tokens file is held by this instance again.')
  if (state() === 'lost')
    log.error(
      {},
      'Another instance took over the tokens file: no token is refreshed or saved here any more, what can still be read is exported. Stop one of the two.',
    )
}

const locked = (path: string, holder: { pid: number; host: string } | undefined) => {
  const who = holder ? ` (pid ${holder.pid} on ${holder.host})` : ''
  return new AppError('TOKENS_LOCKED', `${path} is held by another instance${who}`, {
    hint: 'One exporter per tokens file: stop the other one, or give this one a tokens_file of its own.',
  })
}

const impossible = (path: string, cause: unknown) =>
  new AppError('TOKENS_UNWRITABLE', `No lock can be made beside ${path}: ${errnoInWords(cause)}`, {
    hint: `${makeWritable(dirname(path), cause)}, and start no second exporter meanwhile.`,
    cause,
  })
