import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { GuessLimit } from './guess-limit.ts'
import { createSecretCheck } from './secret-check.ts'

/** What came of a key that somebody gave. */
export type KeyCheck =
  | { readonly kind: 'right' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'blocked'; readonly retryAfterSeconds: number }

/** Checks a key given from an address. One gate guards every form, so it counts all guesses. */
export type KeyGate = (key: string | null, address: string | undefined) => KeyCheck

/** What the gate reads. */
export interface KeyGateDeps {
  /** The key that is valid now. */
  readonly authKey: () => string
  readonly clock: Clock
  readonly log: Log
}

const BLOCKED_SAID_EVERY_MS = 15 * 60_000 // nobody shall fill the log

/** The key is compared before the limit is asked: only wrong keys are counted. */
export function createKeyGate({ authKey, clock, log }: KeyGateDeps): KeyGate {
  const limit = new GuessLimit(clock)
  let blockedSaidMs = Number.NEGATIVE_INFINITY // on the elapsed clock
  const sayBlocked = (address: string): void => {
    if (clock.elapsed() - blockedSaidMs < BLOCKED_SAID_EVERY_MS) return
    blockedSaidMs = clock.elapsed()
    log.warn({ address }, 'Too many wrong keys: further ones are turned away for some minutes.')
  }
  return (key, address = 'unknown') => {
    if (key === null || key === '') return { kind: 'missing' }
    const isRight = createSecretCheck(authKey())(key)
    const waitMs = isRight ? limit.blockedForMs(address) : limit.fail(address)
    if (waitMs !== undefined) {
      sayBlocked(address)
      return { kind: 'blocked', retryAfterSeconds: Math.ceil(waitMs / 1000) }
    }
    if (isRight) log.info({ address }, 'Somebody gave the right key, and may log in.')
    else log.warn({ address }, 'Somebody gave a wrong key.')
    return { kind: isRight ? 'right' : 'wrong' }
  }
}
