import type { LoginStateName } from './login-state-name.ts'
import type { Snapshot } from './snapshot.ts'

/** @returns a short reason why no fresh balance is exported; `undefined` when one is. */
export function whyNotReady({ accounts, logins }: Snapshot): string | undefined {
  if (accounts.length > 0) return undefined
  const states = new Set(logins.map(({ state }) => state))
  const told = REASONS.find(([state]) => states.has(state))
  return `no fresh balance is exported: ${told?.[1] ?? 'nobody is logged in'}`
}

/** The most hopeful state comes first. */
const REASONS: readonly (readonly [LoginStateName, string])[] = [
  ['connected', 'the last polls failed, or the first has not ended yet'],
  ['awaiting_approval', 'access has to be approved in the Monzo app'],
  ['reauthorization_required', 'somebody has to log in again'],
]
