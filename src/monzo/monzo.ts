import { type CallLimit, createCallLimit } from './call-limit.ts'
import { MonzoClient, type MonzoClientDeps } from './client.ts'
import type { Gate } from './gate.ts'
import type { OAuth, TokenReply } from './oauth.ts'

export interface MonzoDeps
  extends Pick<
    MonzoClientDeps,
    'baseUrl' | 'fetch' | 'clock' | 'random' | 'onCall' | 'onUnreadable'
  > {
  /** Loads openid-client when it is first needed. */
  readonly oauth: () => Promise<OAuth>
}

/** Where the calls of one login get their token from. */
type CallTokens = Pick<MonzoClientDeps, 'accessToken' | 'onTokenAccepted'>

/** Monzo, for all logins of this process. */
export interface Monzo {
  readonly oauth: () => Promise<OAuth>
  /** @param gate the login's rate limit. */
  connect(gate: Gate, tokens: CallTokens): MonzoClient
  /** Like `OAuth.refresh`; `signal` only aborts it before it is sent. */
  refresh(refreshToken: string, signal: AbortSignal): Promise<TokenReply>
}

/** Applies one limit on concurrent calls to all logins together. */
export function createMonzo({ oauth, ...deps }: MonzoDeps): Monzo {
  const limit: CallLimit = createCallLimit(deps.clock)
  return {
    oauth,
    connect: (gate, tokens) =>
      new MonzoClient({ ...deps, ...tokens, gate, takeSlot: limit.share() }),
    async refresh(refreshToken, signal) {
      const client = await oauth()
      const giveBack = await limit.take(signal)
      return client.refresh(refreshToken).finally(giveBack)
    },
  }
}
