import { AppError } from '../lib/errors.ts'
import type { TokenSource } from './refresher.ts'

/** A token from Monzo's developer playground: works for about six hours, and has no successor. */
export function playgroundToken(token: string, onRefused: () => void): TokenSource {
  return {
    async accessToken(refused) {
      if (refused !== token) return token
      onRefused()
      throw new AppError('REAUTHORIZATION_REQUIRED', 'Monzo refused a token of access_tokens', {
        hint: 'Playground tokens last about six hours: copy a new one from developers.monzo.com into access_tokens and restart.',
      })
    },
    accepted: () => undefined,
    refreshIfDue: async () => undefined,
    adopt: () => undefined,
    settled: async () => undefined,
  }
}
