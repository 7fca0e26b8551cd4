import { type Clock, DAY_MS } from '../lib/clock.ts'
import { type Complaint, createComplaint, inOneLine } from '../lib/complaint.ts'
import type { Log } from '../lib/log.ts'
import type { EndReason, LoginState } from './login-state.ts'
import type { RefreshOutcome } from './refresher.ts'
import type { Session } from './session.ts'

const REMIND_DAYS = 7

const END_WORDS: Readonly<Record<EndReason, string>> = {
  refresh_refused: 'Monzo ended a login (it refused the refresh token)',
  accounts_forbidden:
    'Monzo shows a login no accounts any more (its consent has lapsed, or was withdrawn)',
}

export interface LoginNewsDeps {
  readonly clock: Clock
  readonly log: Log
  /** Somebody has to open the authorize link. */
  readonly onPersonNeeded: (sentence: string) => void
}

/** Logs what happens to logins: an end once, repeated failures rarely, an approaching end of consent daily. */
export function createLoginNews({ clock, log, onPersonNeeded }: LoginNewsDeps) {
  const complaints = new WeakMap<Session, Complaint>()
  const daysSaid = new WeakMap<Session, number>()

  const complaintOf = (login: Session): Complaint => {
    const complaint = complaints.get(login) ?? createComplaint(clock)
    complaints.set(login, complaint)
    return complaint
  }
  return {
    stateChanged(login: Session, before: LoginState): void {
      const { state, stored } = login
      if (state.state !== 'reauthorization_required')
        log.info({ from: before.state, to: state.state }, `A login is now ${state.state}.`)
      else if (stored === undefined)
        log.error({}, 'A token of access_tokens is over: copy a new one and restart.')
      else onPersonNeeded(`${END_WORDS[state.reason]}: somebody has to log in again`)
    },
    refreshed(login: Session, outcome: RefreshOutcome, error: unknown): void {
      if (outcome === 'refreshed')
        complaintOf(login).works(() => log.info({}, 'Refreshing the access token works again.'))
      if (outcome !== 'failed' && outcome !== 'withheld') return
      const what =
        outcome === 'failed'
          ? 'The access token could not be refreshed'
          : 'The access token is not refreshed, since its one-time successor could not be kept'
      complaintOf(login).fails(error, () =>
        log.warn({ err: error }, `${what}: ${inOneLine(error)}`),
      )
    },
    /** Monzo's consent ends soon: said once a day from a week before. @returns whether it was. */
    remind(logins: readonly Session[]): boolean {
      let isSaid = false
      for (const login of logins) {
        const endMs = login.authorizationExpiresAtMs
        if (endMs === undefined || login.isOver) continue
        const days = Math.ceil((endMs - clock.now()) / DAY_MS)
        if (days <= 0 || days > REMIND_DAYS || days === daysSaid.get(login)) continue
        daysSaid.set(login, days)
        isSaid = true
        const date = new Date(endMs).toISOString().slice(0, 10)
        log.warn(
          { user_id: login.userId },
          `Monzo's consent for a login ends in ${days === 1 ? 'a day' : `${days} days`}, on ${date}: log in again by then, from the status page.`,
        )
      }
      return isSaid
    },
  }
}
