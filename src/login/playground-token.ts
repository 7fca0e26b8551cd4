import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { TokenSource } from './refresher.ts'

const BELIEVED_MS = 60_000

export interface PlaygroundTokenDeps {
  readonly clock: Clock
  /** Asks Monzo itself: one call may be refused whatever the token. */
  readonly isOver: () => Promise<boolean>
  readonly onOver: () => void
}

/** A token from Monzo's developer playground: works for about six hours, and has no successor. */
export function playgroundToken(
  token: string,
  { clock, isOver, onOver }: PlaygroundTokenDeps,
): TokenSource {
  let goodUntilMs = Number.NEGATIVE_INFINITY // on the elapsed clock
  const check = singleFlight(async () => {
    if (clock.elapsed() < goodUntilMs) return
    if (await isOver()) {
      onOver()
      throw new AppError('REAUTHORIZATION_REQUIRED', 'Monzo refused a token of access_tokens', {
        hint: 'Playground tokens last about six hours: copy a new one from developers.monzo.com into access_tokens and restart.',
      })
    }
    goodUntilMs = clock.elapsed() + BELIEVED_MS
  })
  return {
    async accessToken(refused) {
      if (refused === token) await check()
      return token
    },
    accepted: () => undefined,
    refreshIfDue: async () => undefined,
    adopt: () => undefined,
    settled: async () => undefined,
  }
}
