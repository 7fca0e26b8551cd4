import { type Clock, DAY_MS } from '../lib/clock.ts'
import { type Complaint, createComplaint, inOneLine } from '../lib/complaint.ts'
import type { Log } from '../lib/log.ts'
import type { LostBalances } from '../readings/lost-balances.ts'
import { ENDS_SOON_DAYS } from './consent.ts'
import type { EndReason, LoginState } from './login-state.ts'
import type { RefreshOutcome } from './refresher.ts'
import type { Session } from './session.ts'
import { asSubject, whoseLogin } from './whose-login.ts'

const END_WORDS: Readonly<Record<EndReason, (whose: string) => string>> = {
  refresh_refused: (whose) => `Monzo ended ${whose} (it refused the refresh token)`,
  accounts_forbidden: (whose) =>
    `Monzo shows ${whose} no accounts any more (its consent has lapsed, or was withdrawn)`,
}

export interface LoginNewsDeps {
  readonly clock: Clock
  readonly log: Log
  /** Somebody has to open the authorize link. */
  readonly onPersonNeeded: (sentence: string) => void
}

/** Logs what happens to logins: an end once, repeated failures rarely, an approaching end of consent daily. */
export function createLoginNews({ clock, log, onPersonNeeded }: LoginNewsDeps) {
  const ofRefreshes = new WeakMap<Session, Complaint>()
  const ofBalances = new WeakMap<Session, Complaint>()
  const saidLost = new WeakSet<Session>()
  const saidToWait = new WeakSet<Session>()
  const daysSaid = new WeakMap<Session, number>()

  const complaintIn = (complaints: WeakMap<Session, Complaint>, login: Session): Complaint => {
    const complaint = complaints.get(login) ?? createComplaint(clock)
    complaints.set(login, complaint)
    return complaint
  }
  return {
    /** Only the first sentence is said: after a restart, the one for a login that was made before it. */
    waits(login: Session, sentence: string): void {
      if (saidToWait.has(login)) return
      saidToWait.add(login)
      log.info({ user_id: login.userId }, sentence)
    },
    stateChanged(login: Session, before: LoginState): void {
      const { state, stored, userId: user_id } = login
      const whose = whoseLogin(user_id)
      if (state.state !== 'reauthorization_required')
        log.info({ user_id, from: before.state }, asSubject(`${whose} is now ${state.state}.`))
      else if (stored === undefined)
        log.error(
          { user_id },
          'A token of access_tokens is over: copy a new one from the playground, and restart.',
        )
      else onPersonNeeded(`${END_WORDS[state.reason](whose)}: somebody has to log in again`)
    },
    refreshed(login: Session, outcome: RefreshOutcome, error: unknown): void {
      const { userId: user_id } = login
      const complaint = complaintIn(ofRefreshes, login)
      if (outcome === 'refreshed')
        complaint.works(() => log.info({ user_id }, 'Refreshing the access token works again.'))
      if (outcome !== 'failed' && outcome !== 'withheld') return
      const what =
        outcome === 'failed'
          ? 'The access token could not be refreshed'
          : 'The access token is not refreshed, since its one-time successor could not be kept'
      complaint.fails(error, () =>
        log.warn({ user_id, err: error }, `${what}: ${inOneLine(error)}`),
      )
    },
    /** Said once when balances disappear, and when they are back. */
    balances(login: Session, lost: LostBalances | undefined): void {
      const { userId: user_id } = login
      const complaint = complaintIn(ofBalances, login)
      if (lost === undefined) {
        saidLost.delete(login)
        complaint.works(() =>
          log.info({ user_id }, `The balances of ${whoseLogin(user_id)} are exported again.`),
        )
      } else if (!saidLost.has(login))
        complaint.fails(undefined, () => {
          saidLost.add(login)
          const sentence = `${whatIsLost(login, lost)}: ${whyLost(login, lost)}`
          log.warn({ user_id, account_ids: lost.accountIds }, sentence)
        })
    },
    /** Monzo's consent ends soon: said once a day from a week before. @returns whether it was. */
    remind(logins: readonly Session[]): boolean {
      let isSaid = false
      for (const login of logins) {
        const endMs = login.authorizationExpiresAtMs
        if (endMs === undefined || login.isOver) continue
        const days = Math.ceil((endMs - clock.now()) / DAY_MS)
        if (days <= 0 || days > ENDS_SOON_DAYS || days === daysSaid.get(login)) continue
        daysSaid.set(login, days)
        isSaid = true
        const date = new Date(endMs).toISOString().slice(0, 10)
        log.warn(
          { user_id: login.userId },
          `Monzo's consent for ${whoseLogin(login.userId)} ends in ${days === 1 ? 'a day' : `${days} days`}, on ${date}: log in again by then, from the status page.`,
        )
      }
      return isSaid
    },
  }
}

function whatIsLost({ userId }: Session, { sinceMs, accountIds, isAll }: LostBalances): string {
  const since = `${new Date(sinceMs).toISOString().slice(0, 19)}Z`
  const whose = whoseLogin(userId)
  if (accountIds.length === 0) return `No balance of ${whose} could be read since ${since}`
  const age = 'the last reading is older than stale_after'
  return isAll
    ? `No balance of ${whose} has been exported since ${since} (${age})`
    : `The balance of ${accountIds.join(' and ')} has not been exported since ${since} (${age})`
}

function whyLost({ isOver, history }: Session, { accountIds }: LostBalances): string {
  const { hasFailed, problem, lastSuccessAt } = history
  if (isOver) return 'the login has ended. Open its link, or the status page.'
  if (hasFailed && problem) return `${problem.message}. ${problem.hint}`
  if (accountIds.length === 0 && lastSuccessAt)
    return 'it has no open account with a balance. Log in as somebody who has one.'
  return 'Monzo has not answered the poll under way yet.'
}
