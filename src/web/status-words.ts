import type { LoginStatus } from '../login/login-flow.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'

/** What each state means to a person, and what to do about it. */
export const STATE_WORDS: Readonly<Record<LoginStateName, { headline: string; next: string }>> = {
  unauthorized: {
    headline: 'Nobody is logged in',
    next: 'Log in at Monzo to start.',
  },
  awaiting_approval: {
    headline: 'Waiting for your approval in the Monzo app',
    next: 'Open the Monzo app, tap “Allow access to your data”, approve, and enter your PIN.',
  },
  connected: {
    headline: 'Connected',
    next: 'Nothing to do.',
  },
  reauthorization_required: {
    headline: 'You have to log in again',
    next: 'Monzo’s consent has ended or was taken back. Log in again to go on.',
  },
}

/** The headline of the status page: the state of the only login, or how several are doing. */
export function headlineOf(logins: readonly LoginStatus[]): string {
  const [first] = logins
  if (!first) return STATE_WORDS.unauthorized.headline
  const troubled = logins.filter(
    ({ state, problem, lost }) => state !== 'connected' || problem || lost,
  )
  if (logins.length > 1)
    return troubled.length === 0
      ? `All ${logins.length} logins are connected`
      : `${troubled.length} of ${logins.length} logins ${troubled.length === 1 ? 'needs' : 'need'} attention`
  if (first.state === 'connected' && first.lost)
    return `Connected, but ${first.lost.isAll ? 'no balance is exported' : 'not every balance is exported'}`
  if (first.state === 'connected' && first.problem)
    return `Connected, but ${first.hasFailed ? 'the last poll failed' : 'not everything is read'}`
  return STATE_WORDS[first.state].headline
}

/** How far reading the history is; absent when that is over. */
export function progressInWords({ history }: LoginStatus): string | undefined {
  if (!history?.progress) return undefined
  const { year, transactions } = history.progress
  const soFar =
    year === undefined ? '' : `: ${year}, ${transactions.toLocaleString('en')} transactions`
  return `Reading your history${soFar}`
}

/** Tells several logins apart without saying whose they are. */
export function nameOf({ userId }: LoginStatus): string {
  return userId === undefined ? 'Login of a user not known yet' : `Login …${userId.slice(-4)}`
}

/** Messages are also logged and may name an account; a page that needs no key must not. */
export function withoutIds(text: string): string {
  return text.replace(/\b(acc|user|pot|tx|oauth2client)_[0-9A-Za-z]+/g, '$1_…')
}
