import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { settlesWithin } from '../lib/settles-within.ts'
import { createTokenStore, type TokenStore } from './token-store.ts'
import { NO_LOCK, sayLockState, type TokensLock, takeTokensLock } from './tokens-lock.ts'

const SAY_AFTER_MS = 5000

export interface OpenTokensDeps {
  readonly path: string
  /** False when neither tokens nor a history are kept: then there is nothing to lock. */
  readonly isUsed: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly pid: number
  readonly log: Log
  /** `isPersisted` may have changed. */
  readonly onChange: () => void
}

/**
 * Locks tokens.json for this process. Reads nothing yet. Waits for a disk that does not answer, and says so.
 * @throws {AppError} TOKENS_LOCKED.
 */
export async function openTokens(
  deps: OpenTokensDeps,
): Promise<{ readonly store: TokenStore; readonly lock: TokensLock }> {
  const lock = deps.isUsed ? await takeLock(deps) : NO_LOCK
  if (lock.state() === 'impossible') sayLockState(deps.log, lock)
  return { lock, store: createTokenStore({ ...deps, lock }) }
}

/** On a disk over a network, every call waits until its server is back. */
async function reachDisk({ path, clock, log }: OpenTokensDeps): Promise<void> {
  const answer = statfs(dirname(path)).catch(() => undefined) // the lock tells what is wrong with it
  if (!(await settlesWithin(clock, SAY_AFTER_MS, answer)))
    log.warn(
      {},
      `The disk of ${path} does not answer: waiting for it. Look at that disk, or at the server that it comes from.`,
    )
  await answer
}

async function takeLock(deps: OpenTokensDeps): Promise<TokensLock> {
  const { path, clock, pid, log, random } = deps
  await reachDisk(deps)
  const onChange = (): void => {
    sayLockState(log, lock)
    deps.onChange()
  }
  const lock = await takeTokensLock({
    path,
    clock,
    pid,
    host: hostname(),
    id: random().toString(36).slice(2), // only tells instances apart, so it need not be hard to guess
    onChange,
    onWait: (sentence) => log.warn({}, sentence),
  })
  return lock
}
