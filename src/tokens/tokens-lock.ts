import { rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { inOneLine } from '../lib/complaint.ts'
import { errnoInWords, mendFolder } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'
import type { Log } from '../lib/log.ts'
import { createQueue } from '../lib/queue.ts'
import { createLockFolder, type Sight } from './lock-folder.ts'
import { withRegularFile } from './regular-file.ts'
import { holderSchema } from './schemas.ts'
import { realTokensPath } from './token-file.ts'
import { trustIn } from './trust.ts'

const MARK_EVERY_MS = 4000 // each mark wakes an idle process, and is written to a disk that wears
const STALE_MS = 7000 // a lock whose mark stays the same for so long is taken over; a slow disk has 3 s
const LATE_MS = MARK_EVERY_MS + 500 // a holder whose mark is later than this may have just died
const TRY_EVERY_MS = 250
const SAY_AFTER_MS = 750 // a restart often waits less for the one that is stopping
const GIVE_UP_MS = 9000 // longer than STALE_MS; with the start, a second instance ends within 12 s
const SETTLES_MS = 500 // of two that take over at once, the first one sees by then that it has lost

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
  /** Called once, with a sentence for people, if the lock can't be taken right away. */
  readonly onWait: (sentence: string) => void
}

/**
 * Takes the lock. Of one whose holder was killed, nothing but the unchanging mark tells, so whoever
 * wants it watches the mark for a while, by the elapsed clock: a wall clock may have been set, and
 * some file systems keep times to two seconds only.
 * @throws {AppError} TOKENS_LOCKED naming the holder, when there is one that lives.
 */
export async function takeTokensLock(deps: TokensLockDeps): Promise<TokensLock> {
  const { clock, id, pid, host, onChange, onWait } = deps
  const path = await realTokensPath(deps.path)
  const folder = await createLockFolder(`${path}.lock`)
  const holderPath = `${path}.holder` // beside the folder: a file in it would change its mtime
  const watch = createWatch(clock)
  const inTurn = createQueue()
  let state: LockState = 'lost'
  let isSettled = false
  let obstacle: AppError | undefined
  let left: Sight | undefined // how the folder looked after our last mark

  const become = (next: LockState): void => {
    if (state === next) return
    state = next
    if (isSettled) onChange()
  }
  const sign = async (): Promise<void> => {
    await rm(holderPath, { force: true }).catch(() => undefined)
    // Without it the lock is as good, but others can't tell who holds it.
    const ours = JSON.stringify({ id, pid, host })
    await writeFile(holderPath, ours, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
      if (isErrno(error, 'EEXIST')) return undefined // somebody else's, who lets nobody remove it
      return rm(holderPath, { force: true }).catch(() => undefined)
    })
  }
  const readHolder = async () => {
    const trust = await trustIn(path, left?.uid)
    const text = await withRegularFile(holderPath, false, async (file, stats) =>
      trust.isOurs(stats) ? file.readFile('utf8') : '',
    ).catch(() => '')
    return holderSchema.safeParse(parseJson(text)).data
  }
  /** @returns whether there was no lock, and it is ours now. */
  const take = async (): Promise<boolean> => {
    if (!(await folder.make())) return false
    try {
      left = await folder.mark(clock.now())
    } catch (error) {
      await folder.remove().catch(() => undefined) // without marks it would look dead to others
      throw error
    }
    await sign()
    return true
  }
  const takeOver = async (): Promise<boolean> => {
    const sight = await folder.look()
    if (sight && watch.silenceMs(sight) < STALE_MS) return false
    if (sight) folder.removeIf(sight)
    if (!(await take())) return false
    await clock.sleep(SETTLES_MS)
    return isOurs()
  }
  const isOurs = async (): Promise<boolean> => {
    const sight = await folder.look()
    if (!sight || !left) return false
    const isAsLeft = sight.mark === left.mark
    if (!isAsLeft) await clock.sleep(SETTLES_MS) // whoever made it may be about to sign
    const holder = await readHolder()
    return holder ? holder.id === id : isAsLeft
  }
  /** @returns whether nobody else holds it. */
  const tryOnce = async (): Promise<boolean> => {
    try {
      if (!(await take()) && !(await takeOver())) return false
      become('held')
    } catch (error) {
      obstacle = impossible(path, error)
      become('impossible')
    }
    return true
  }
  const secure = async (): Promise<void> => {
    if (await isOurs().catch(() => false)) return become('held')
    if (await tryOnce()) return
    become('lost')
    throw locked(deps.path, await readHolder())
  }
  const keep = async (): Promise<void> => {
    if (state !== 'held') return // whoever needs the lock tries to take it
    const sight = await folder.look()
    if (sight === undefined || sight.mark !== left?.mark) await secure()
    left = (await folder.mark(clock.now())) ?? left
  }

  const startedMs = clock.elapsed()
  let isSaid = false
  while (!(await tryOnce())) {
    const waitedMs = clock.elapsed() - startedMs
    if (waitedMs >= GIVE_UP_MS && watch.silenceMs() < LATE_MS)
      throw locked(deps.path, await readHolder())
    if (waitedMs >= SAY_AFTER_MS && !isSaid) {
      isSaid = true
      const what = heldBy(deps.path, await readHolder())
      onWait(`${what}: waiting a few seconds to see whether that one is alive.`)
    }
    await clock.sleep(TRY_EVERY_MS)
  }
  isSettled = true
  const stopMarks = clock.every(MARK_EVERY_MS, () => {
    void inTurn(keep).catch(() => undefined) // `state` tells of it, or the next mark succeeds
  })
  return {
    state: () => state,
    obstacle: () => obstacle,
    ensureHeld: () => inTurn(secure),
    async release() {
      stopMarks()
      const remove = async () => {
        if (state !== 'held' || !(await isOurs())) return // it belongs to another instance now
        await rm(holderPath, { force: true })
        await folder.remove()
      }
      await inTurn(remove).catch(() => undefined) // what can't be removed is free after seconds
    },
  }
}

/** Tells how long a mark has stayed the same, on the elapsed clock. */
function createWatch(clock: Clock) {
  let seen: string | undefined
  let sinceMs = clock.elapsed()
  return {
    /** @param sight what is seen now; the last that was seen, unless given. */
    silenceMs(sight?: Sight): number {
      if (sight && sight.mark !== seen) {
        seen = sight.mark
        sinceMs = clock.elapsed()
      }
      return clock.elapsed() - sinceMs
    },
  }
}

/** For playground tokens without a history: nothing is stored, so nothing is locked. */
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

const heldBy = (path: string, holder: { pid: number; host: string } | undefined): string => {
  const who = holder ? ` (pid ${holder.pid} on ${holder.host})` : ''
  return `${path} is held by another instance${who}`
}

const locked = (path: string, holder: { pid: number; host: string } | undefined) =>
  new AppError('TOKENS_LOCKED', heldBy(path, holder), {
    hint: 'One exporter per tokens file: stop the other one, or give this one a tokens_file of its own.',
  })

function impossible(path: string, cause: unknown): AppError {
  const isInTheWay = isErrno(cause, 'EEXIST') || isErrno(cause, 'ENOTEMPTY')
  const mend = isInTheWay ? `Remove ${path}.lock` : mendFolder(dirname(path), cause)
  return new AppError(
    'TOKENS_UNWRITABLE',
    `No lock can be made beside ${path}: ${errnoInWords(cause)}`,
    { hint: `${mend}, and start no second exporter meanwhile.`, cause },
  )
}
