import { hostname } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createTokenStore, type TokenStore } from './token-store.ts'
import { NO_LOCK, sayLockState, type TokensLock, takeTokensLock } from './tokens-lock.ts'

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
 * Locks tokens.json for this process. Reads nothing yet.
 * @throws {AppError} TOKENS_LOCKED.
 */
export async function openTokens(
  deps: OpenTokensDeps,
): Promise<{ readonly store: TokenStore; readonly lock: TokensLock }> {
  const lock = deps.isUsed ? await takeLock(deps) : NO_LOCK
  if (lock.state() === 'impossible') sayLockState(deps.log, lock)
  return { lock, store: createTokenStore({ ...deps, lock }) }
}

async function takeLock(deps: OpenTokensDeps): Promise<TokensLock> {
  const { path, clock, pid, log, random } = deps
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
