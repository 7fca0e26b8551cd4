import type { AppError } from '../lib/errors.ts'

/** What to do after a command has failed. The exporter tries again by itself, a command doesn't. */
export function hintOf({ code, hint }: AppError): string {
  const isTriedAgain = code === 'MONZO_UNAVAILABLE' || code === 'MONZO_TOKEN_REFUSED'
  return isTriedAgain ? 'Try again in a minute, when Monzo can be reached.' : hint
}
