import { stat } from 'node:fs/promises'
import { aborted } from '../lib/aborted.ts'
import { backoffMs } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { createComplaint, inOneLine } from '../lib/complaint.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { createQueue } from '../lib/queue.ts'
import { settlesWithin } from '../lib/settles-within.ts'
import { recoverLogins, removeLeftovers } from './leftovers.ts'
import { proveWritable } from './proof-of-room.ts'
import type { StoredLogin } from './schemas.ts'
import {
  loadLogins,
  makePrivate,
  realTokensPath,
  renderTokens,
  signatureOf,
  tokensBytes,
} from './token-file.ts'
import { saveLogins } from './token-save.ts'
import type { TokensLock } from './tokens-lock.ts'
import { type Trust, trustIn } from './trust.ts'

const LAST_ATTEMPTS = 10
const LAST_ATTEMPTS_APART_MS = 500
const STOP_MS = 10_000 // a shutdown must not hang
const ANSWERS_MS = 15_000 // a worn card may take seconds, and a disk over a network hours

export interface TokenStoreDeps {
  readonly path: string
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly lock: Pick<TokensLock, 'state' | 'ensureHeld'>
  /** `isPersisted` may have changed. */
  readonly onChange: () => void
}

/** Called when somebody else has changed the file. @returns the logins after merging. */
type MergeLogins = (
  base: readonly StoredLogin[],
  theirs: readonly StoredLogin[],
) => readonly StoredLogin[]

/** tokens.json, for the sessions. What can't be written now is kept in memory and retried. */
export interface TokenStore {
  /**
   * Reads the file, and recovers tokens that a kill -9 left in a temporary file.
   * @param merge called whenever somebody else has changed the file since.
   * @throws {AppError} TOKENS_DAMAGED, TOKENS_UNREADABLE.
   */
  load(merge: MergeLogins): Promise<readonly StoredLogin[]>
  /** Resolves after the first attempt, durable or not, or when the disk does not answer; never rejects. */
  save(logins: readonly StoredLogin[]): Promise<void>
  /**
   * Before a refresh: reads what others may have written, and checks that new tokens could be
   * saved. That check is skipped while the file lacks the newest tokens: it protects nothing then.
   * @throws {AppError} TOKENS_LOCKED, TOKENS_UNWRITABLE: the one-time token must not be spent.
   */
  prepare(): Promise<void>
  /** Reads what others may have written. Never rejects. */
  look(): Promise<void>
  /** What is wrong with the folder, for anybody to read: no paths. */
  readonly warnings: readonly string[]
  /** Whether the file holds the newest tokens, and this process holds its lock. */
  isPersisted(): boolean
  /** Makes a few last attempts to save, if needed. */
  stop(): Promise<void>
}

/** Never writes over a file that it can't read: a person may still need what is in it. */
export function createTokenStore(deps: TokenStoreDeps): TokenStore {
  const { path, clock, random, log, lock, onChange } = deps
  const stopping = new AbortController()
  const complaint = createComplaint(clock)
  const silence = createComplaint(clock)
  let merge: MergeLogins = (_base, theirs) => theirs
  let newest: readonly StoredLogin[] = []
  let base: readonly StoredLogin[] = [] // what the file held when we last read or wrote it
  let seen: string | undefined // identifies the file that was last read; undefined: there was none
  let damage: unknown // why the present file can't be used
  let trust: Trust | undefined
  let durable = renderTokens([]) // the newest that was ever on disk
  let isLagging = false // the file lacks the newest tokens
  let isRetrying = false
  let isSilent = false // the disk has not answered

  const isThere = (): boolean => seen !== undefined && isEqual(newest, base)

  const inTurn = createQueue() // or an older list could overwrite a newer one
  /** Callers that come before its turn share one run: a thousand logins may call at once. */
  const inOneTurn = (work: (askers: number) => Promise<void>): (() => Promise<void>) => {
    let next: Promise<void> | undefined
    let askers = 0
    return () => {
      askers++
      next ??= inTurn(() => {
        const count = askers
        next = undefined
        askers = 0
        return work(count)
      })
      return next
    }
  }
  /**
   * Waits for the disk as long as a poll may. The work goes on, and keeps its turn.
   * @throws {AppError} TOKENS_UNWRITABLE when there is no answer in time; or what the work throws.
   */
  const inTime = async (work: Promise<void>): Promise<void> => {
    const wasSilent = isSilent
    isSilent = !(await settlesWithin(clock, ANSWERS_MS, work))
    if (isSilent !== wasSilent) onChange()
    if (isSilent) throw silent(path)
    silence.works(() => log.info({}, `The disk of ${path} answers again.`))
    await work
  }
  const lag = (error: unknown): void => {
    isLagging = true
    complaint.fails(error, () =>
      log.error({ err: error }, `New tokens are only in memory: ${inOneLine(error)}`),
    )
    onChange()
  }
  const catchUp = (): void => {
    isLagging = false
    complaint.works(() => log.info({}, 'The tokens file holds the newest tokens again.'))
    onChange()
  }

  const takeIn = async (): Promise<void> => {
    const now = await signatureAt(path)
    if (now === seen) return
    damage = undefined
    const theirs = await readable()
    if (damage !== undefined) return
    seen = now
    if (theirs === undefined) return // keep base: the disk may come back as it was
    if (!isEqual(theirs, newest) && !isEqual(theirs, base)) {
      log.info({}, 'Somebody else changed the tokens file: what it holds now is used.')
      newest = merge(base, theirs)
      durable = renderTokens(theirs)
      if (isLagging && isEqual(newest, theirs)) catchUp()
    }
    base = theirs // if it is ours but could not be synced, it is written again
  }
  const readable = async (): Promise<readonly StoredLogin[] | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'TOKENS_DAMAGED') throw error
      damage = error
      lag(error)
      return undefined
    }
  }
  const read = async (): Promise<readonly StoredLogin[] | undefined> => {
    await judge()
    const logins = await loadLogins(path)
    const said = logins && (await makePrivate(path))
    if (said !== undefined) log.warn({}, said)
    return logins
  }
  /** Says what is wrong with the folder, when that has changed. */
  const judge = async (): Promise<void> => {
    const before = trust?.warning?.what
    trust = await trustIn(await realTokensPath(path), trust?.ownUid)
    const { warning } = trust
    if (warning !== undefined && warning.what !== before)
      log.warn({}, `${warning.what} ${warning.todo}`)
  }
  const write = inOneTurn(async () => {
    try {
      await lock.ensureHeld()
      await takeIn()
      if (damage !== undefined) throw damage
      if (!isLagging && isThere()) return
      const written = newest
      seen = await saveLogins(path, written)
      base = written
      durable = renderTokens(written)
      catchUp()
    } catch (error) {
      lag(error)
    }
  })
  const prepare = inOneTurn(async (refreshes) => {
    const refusal = await refusalOf(lock.ensureHeld())
    await takeIn().catch((error: unknown) => {
      if (!isLagging) throw error
    })
    if (refusal !== undefined) throw refusal
    // Tokens that are only in memory may be refreshed: withholding that would protect nothing.
    if (!isLagging || (damage === undefined && renderTokens(newest) === durable))
      await proveWritable(path, tokensBytes(newest), refreshes)
    await judge().catch(() => undefined) // others may write to the folder by now
  })
  const look = inOneTurn(async () => {
    if (lock.state() !== 'held') await refusalOf(lock.ensureHeld())
    await takeIn()
    if (trust?.warning !== undefined) await judge() // a person may have mended it
  })
  const retry = async (): Promise<void> => {
    if (isRetrying) return
    isRetrying = true
    try {
      for (let attempt = 1; isLagging; attempt++) {
        await clock.sleep(backoffMs(attempt, random()), stopping.signal)
        await write()
      }
    } catch {
      // aborted by stop(), which makes the last attempts
    } finally {
      isRetrying = false
    }
  }

  const lastAttempts = async (signal: AbortSignal): Promise<void> => {
    await inTurn(async () => undefined)
    for (let left = LAST_ATTEMPTS; isLagging && left > 0 && !signal.aborted; left--) {
      await write()
      if (damage !== undefined || lock.state() === 'lost') return
      if (isLagging) await clock.sleep(LAST_ATTEMPTS_APART_MS, signal).catch(() => undefined)
    }
    if (isLagging) log.error({}, 'Stopping without having saved the newest tokens.')
  }

  return {
    async load(whenChanged) {
      merge = whenChanged
      seen = await signatureAt(path)
      base = (await read()) ?? []
      newest = base
      durable = renderTokens(base)
      const recovered = await recoverLogins(path)
      if (recovered && !isEqual(recovered, base)) {
        log.warn({}, 'The last run was cut off while it saved new tokens: they are recovered.')
        newest = recovered
        isLagging = true
        await write()
        void retry()
      } else if (lock.state() === 'held') await removeLeftovers(path)
      return newest
    },
    async save(logins) {
      newest = logins
      await inTime(write()).catch(lag)
      void retry()
    },
    prepare: () => inTime(prepare()),
    async look() {
      const error = await refusalOf(inTime(look()))
      if (isSilent) silence.fails(error, () => log.error({ err: error }, inOneLine(error)))
      else if (!isLagging && !isThere() && newest.length > 0) lag(replaced(path))
      if (isLagging) void retry()
    },
    get warnings() {
      return [
        ...(trust?.warning === undefined ? [] : [trust.warning.what]),
        ...(isSilent ? [SILENT] : []),
      ]
    },
    isPersisted: () => !isLagging && lock.state() === 'held',
    async stop() {
      stopping.abort(new Error('stopping'))
      // A disk may hang forever.
      await clock.within(STOP_MS, (limit) => Promise.race([lastAttempts(limit), aborted(limit)]))
    },
  }
}

/** @returns `undefined` when there is no file. */
const signatureAt = (path: string): Promise<string | undefined> =>
  stat(path, { bigint: true }).then(signatureOf, () => undefined)

/** @returns what the promise rejects with. */
const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

const isEqual = (a: readonly StoredLogin[], b: readonly StoredLogin[]): boolean =>
  renderTokens(a) === renderTokens(b)

const SILENT =
  'The disk of the tokens file does not answer: no login can be refreshed until it does.'

const silent = (path: string) =>
  new AppError('TOKENS_UNWRITABLE', `The disk of ${path} does not answer`, {
    hint: 'Look at that disk, or at the server that it comes from: no login can be refreshed until it answers. It is tried again.',
  })

const replaced = (path: string) =>
  new AppError('TOKENS_UNWRITABLE', `${path} was removed, or replaced by an older one`, {
    hint: 'Nothing to do: it is written again.',
  })
