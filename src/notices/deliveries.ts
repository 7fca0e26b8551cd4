import { hash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { LoginState } from '../login/login-state.ts'
import type { Session } from '../login/session.ts'
import type { Gate } from '../monzo/gate.ts'

const GAP_MS = 2000 // Monzo sends several for one payment
const CALLS = 2 // for the balance and what is new of the transactions

/** What of a session a delivery needs. */
export type WakeableSession = Pick<Session, 'isCandidate' | 'reread'> & {
  readonly gate: Pick<Gate, 'isShort' | 'msUntilRoom'>
  readonly state: Pick<LoginState, 'state'>
  readonly accounts: readonly { readonly accountId: string }[]
}

export interface DeliveriesDeps {
  readonly clock: Clock
  readonly secretOf: (accountId: string) => string
  /** In the order of who exports an account that several of them read. */
  readonly sessions: () => readonly WakeableSession[]
  readonly onDelivery: () => void
  /** Aborts on shutdown: no account is read any more. */
  readonly stopping: AbortSignal
}

/**
 * Treats a delivery only as a hint to read the account, since anyone who knows the path could send
 * it. The first one reads the account at once, later ones every two seconds at most, and none
 * while scheduled polls need all of a minute's calls.
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
  const wakeSoon = async (session: WakeableSession, accountId: string) => {
    const { clock, stopping } = deps
    const { gate } = session
    const hint = hints.get(accountId) ?? { lastMs: Number.NEGATIVE_INFINITY, isPending: false }
    hints.set(accountId, hint)
    if (hint.isPending) return
    hint.isPending = true
    const gapMs = () => hint.lastMs + GAP_MS - clock.elapsed()
    const leftMs = () => Math.max(gapMs(), gate.msUntilRoom(CALLS))
    try {
      for (let ms = leftMs(); ms > 0; ms = leftMs()) await clock.sleep(ms, stopping)
    } catch {
      return // stopping
    }
    hint.lastMs = clock.elapsed()
    hint.isPending = false
    session.reread({ accountId, isThrifty: gate.isShort() })
  }
  return (secret) => {
    const given = sha256(secret)
    let wakeHinted: (() => Promise<void>) | undefined
    let isKnown = false
    // No early exit: the time this takes must not reveal anything about the secrets.
    for (const session of byRank(deps.sessions()))
      for (const { accountId } of session.accounts) {
        if (!timingSafeEqual(digestOf(accountId), given)) continue
        isKnown = true
        if (isConnected(session)) wakeHinted ??= () => wakeSoon(session, accountId)
      }
    if (!isKnown) return false
    deps.onDelivery()
    void wakeHinted?.()
    return true
  }
}

const isConnected = ({ state }: WakeableSession): boolean => state.state === 'connected'

/** As accounts are exported: connected sessions first, and no candidates. */
const byRank = (sessions: readonly WakeableSession[]): readonly WakeableSession[] =>
  sessions
    .filter(({ isCandidate }) => !isCandidate)
    .toSorted((one, other) => Number(isConnected(other)) - Number(isConnected(one)))

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer')
