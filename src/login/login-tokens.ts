import type { Clock } from '../lib/clock.ts'
import type { TokenReply } from '../monzo/oauth.ts'
import { TokenTrouble } from '../monzo/token-trouble.ts'
import type { StoredLogin } from '../tokens/schemas.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import { createRefresher, type RefreshOutcome, type TokenSource } from './refresher.ts'
import type { Login } from './session.ts'

export interface LoginTokensDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly stopping: AbortSignal
  readonly store: TokenStore
  readonly refresh: (refreshToken: string) => Promise<TokenReply>
  /** Saves every login there is. */
  readonly save: () => Promise<void>
  readonly onOutcome: (login: Login, outcome: RefreshOutcome, error?: unknown) => void
}

/** The tokens of a login that is kept in the file. */
export function createLoginTokens(
  login: Login,
  stored: StoredLogin,
  { clock, random, stopping, store, refresh, save, onOutcome }: LoginTokensDeps,
): TokenSource {
  return createRefresher(
    {
      clock,
      random,
      stopping,
      mayRefresh: () => !login.isOver,
      prepare: () => store.prepare(),
      lookAtFile: () => store.look(),
      async exchange(refreshToken) {
        await login.gate.pass(stopping)
        return refresh(refreshToken).catch((error: unknown) => {
          if (error instanceof TokenTrouble) login.gate.pauseFor(error.retryAfterMs)
          throw error
        })
      },
      save(fresh) {
        login.renew(fresh)
        return save()
      },
      onOutcome: (outcome, error) => onOutcome(login, outcome, error),
    },
    stored,
  )
}
