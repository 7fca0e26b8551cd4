import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { GuessLimit } from './guess-limit.ts'
import { createSecretCheck } from './secret-check.ts'

/** What becomes of a key somebody gave. */
export type Verdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'blocked'; readonly retryAfterSeconds: number }

/** Judges a key given from an address. The same gate guards every form, so it counts all guesses. */
export type KeyGate = (key: string | null, address: string | undefined) => Verdict

/** What the gate reads. */
export interface KeyGateDeps {
  /** The one that counts now. */
  readonly authKey: () => string
  readonly clock: Clock
  readonly log: Log
}

/** The key is compared before the limit is asked: only failures count, and only they are held back. */
export function createKeyGate({ authKey, clock, log }: KeyGateDeps): KeyGate {
  const limit = new GuessLimit(clock)
  return (key, address = 'unknown') => {
    if (key === null || key === '') return { kind: 'missing' }
    if (createSecretCheck(authKey())(key)) return asVerdict('right', limit.blockedForMs(address))
    const waitMs = limit.fail(address)
    if (waitMs === undefined) log.warn({ address }, 'Somebody gave a wrong key')
    return asVerdict('wrong', waitMs)
  }
}

function asVerdict(kind: 'right' | 'wrong', waitMs: number | undefined): Verdict {
  if (waitMs === undefined) return { kind }
  return { kind: 'blocked', retryAfterSeconds: Math.ceil(waitMs / 1000) }
}
