import type { LoginStatus } from '../login/login-flow.ts'
import type { Problem } from '../readings/assemble.ts'
import type { LoginStateName } from '../readings/login-state-name.ts'

/** How a login's last polls went. Times in Unix milliseconds. */
export interface PollStatus {
  readonly loginId: string
  readonly lastPollAtMs?: number | undefined
  readonly lastSuccessAtMs?: number | undefined
  /** Whether the last poll failed; else a problem cost only pots or transactions. */
  readonly hasFailed?: boolean | undefined
  /** What the last poll could not read, and why. */
  readonly problem?: Problem | undefined
}

/** One login with how its polls went. */
export interface LoginView {
  readonly login: LoginStatus
  readonly poll: PollStatus | undefined
}

/** What a state means to a person, and what there is to do. */
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

/** The one big line: the state of the only login, or what is the matter with several. */
export function headlineOf(views: readonly LoginView[]): string {
  const [first] = views
  if (!first) return STATE_WORDS.unauthorized.headline
  const troubled = views.filter(({ login, poll }) => login.state !== 'connected' || poll?.problem)
  if (views.length > 1)
    return troubled.length === 0
      ? `All ${views.length} logins are connected`
      : `${troubled.length} of ${views.length} logins ${troubled.length === 1 ? 'needs' : 'need'} attention`
  if (first.login.state === 'connected' && first.poll?.problem)
    return `Connected, but ${first.poll.hasFailed ? 'the last poll failed' : 'not everything is read'}`
  return STATE_WORDS[first.login.state].headline
}

/** Tells one of several logins from the others without telling who it is. */
export function nameOf({ userId }: LoginStatus): string {
  return userId === undefined ? 'Login of a user not known yet' : `Login …${userId.slice(-4)}`
}

/** Messages are for logs too and may name an account; a page that needs no key never does. */
export function withoutIds(text: string): string {
  return text.replace(/\b(acc|user|pot|tx|oauth2client)_[0-9A-Za-z]+/g, '$1_…')
}
