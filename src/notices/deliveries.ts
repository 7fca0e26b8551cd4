import { hash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'

const GAP_MS = 2000 // Monzo sends several at once for one payment
const GAP_WHEN_SHORT_MS = 15_000 // leaves scheduled polls their share of a minute's calls

/** A login as a delivery may wake it. */
export interface WakeableLogin {
  readonly id: string
  readonly isConnected: boolean
  /** What it reads. */
  readonly accountIds: readonly string[]
  /** Few calls are left for this minute. */
  readonly isShortOfCalls: () => boolean
}

export interface DeliveriesDeps {
  readonly clock: Clock
  readonly secretOf: (accountId: string) => string
  /** In the order of who exports an account that several of them read. */
  readonly logins: () => readonly WakeableLogin[]
  /** Has the login read now. */
  readonly wake: (loginId: string) => void
  readonly onDelivery: () => void
  /** A shutdown: nobody is woken any more. */
  readonly stopping: AbortSignal
}

/**
 * Takes Monzo's announcements for what they are, which anyone who knows the path could send: a
 * hint to look. The first one wakes the login at once, those that follow every two seconds at
 * most, or every fifteen where a minute's calls run short.
 * @returns takes the secret of a path; answers whether it is one of ours.
 */
export function createDeliveries(deps: DeliveriesDeps): (secret: string) => boolean {
  const digests = new Map<string, Buffer>()
  const hints = new Map<string, { lastMs: number; isPending: boolean }>()

  const digestOf = (accountId: string): Buffer => {
    const digest = digests.get(accountId) ?? sha256(deps.secretOf(accountId))
    digests.set(accountId, digest)
    return digest
  }
  const wakeSoon = async ({ id, isShortOfCalls }: WakeableLogin): Promise<void> => {
    const { clock, stopping, wake } = deps
    const hint = hints.get(id) ?? { lastMs: Number.NEGATIVE_INFINITY, isPending: false }
    hints.set(id, hint)
    if (hint.isPending) return
    hint.isPending = true
    const gapMs = () => (isShortOfCalls() ? GAP_WHEN_SHORT_MS : GAP_MS)
    const leftMs = () => hint.lastMs + gapMs() - clock.elapsed()
    try {
      for (let ms = leftMs(); ms > 0; ms = leftMs()) await clock.sleep(ms, stopping)
    } catch {
      return // stopping
    }
    hint.lastMs = clock.elapsed()
    hint.isPending = false
    wake(id)
  }
  return (secret) => {
    const given = sha256(secret)
    let woken: WakeableLogin | undefined
    let isKnown = false
    // No early end: how long it takes tells nothing of the secrets.
    for (const login of deps.logins())
      for (const accountId of login.accountIds) {
        if (!timingSafeEqual(digestOf(accountId), given)) continue
        isKnown = true
        if (login.isConnected) woken ??= login
      }
    if (!isKnown) return false
    deps.onDelivery()
    if (woken) void wakeSoon(woken)
    return true
  }
}

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer')
