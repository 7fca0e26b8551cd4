import { DAY_MS } from '../lib/clock.ts'
import { ENDS_SOON_DAYS } from '../login/consent.ts'
import type { LoginStatus } from '../login/login-flow.ts'

/** How well something is doing; pages show it as a color and a sign. */
export type Level = 'good' | 'starting' | 'yours' | 'fair' | 'bad'

/** The answer to "does it work?", for one login or all of them. */
export interface Verdict {
  readonly level: Level
  /** The answer in a word or two. */
  readonly word: string
  /** What that means. */
  readonly headline: string
}

const WORDS: Readonly<Record<Level, string>> = {
  good: 'Working',
  starting: 'Starting',
  yours: 'Your turn',
  fair: 'Partly working',
  bad: 'Not working',
}
const verdict = (level: Level, headline: string, word = WORDS[level]): Verdict => ({
  ...{ level, word, headline },
})

/** What a verdict depends on, besides logins. */
export interface Seen {
  readonly nowMs: number
  /** Whether people log in here, which they don't with playground tokens. */
  readonly hasOAuth: boolean
}

/** Of one login. */
export function verdictOf(login: LoginStatus, { nowMs, hasOAuth }: Seen): Verdict {
  const { state, lost, problem, hasFailed } = login
  if (state === 'unauthorized') return nobody(hasOAuth)
  if (state === 'awaiting_approval')
    return verdict('yours', 'Waiting for your approval in the Monzo app')
  if (state === 'reauthorization_required')
    return verdict('bad', hasOAuth ? 'You have to log in again' : 'The playground token has ended')
  if (lost?.isAll) return verdict('bad', 'Connected, but no balance is exported')
  if (lost) return verdict('fair', 'Connected, but not every balance is exported')
  if (problem)
    return verdict('fair', `Connected, but ${hasFailed ? LAST_FAILED : 'not everything is read'}`)
  const days = daysLeft(login, nowMs)
  if (days !== undefined) return verdict('fair', `Log in again ${byWhen(days)}`, SOON)
  return verdict(login.lastSuccessAtMs === undefined ? 'starting' : 'good', 'Connected')
}

const nobody = (hasOAuth: boolean): Verdict =>
  hasOAuth
    ? verdict('yours', 'Nobody is logged in')
    : verdict('bad', 'No playground token is in use')
const LAST_FAILED = 'the last poll failed'
const SOON = 'Ends soon'
const byWhen = (days: number): string => `within ${days === 1 ? 'a day' : `${days} days`}`

/** Within how many days Monzo's consent ends, if that is soon; as the log counts them. */
export function daysLeft(
  { state, authorizationExpiresAtMs: endMs }: LoginStatus,
  nowMs: number,
): number | undefined {
  if (state !== 'connected' || endMs === undefined || endMs <= nowMs) return undefined
  const days = Math.ceil((endMs - nowMs) / DAY_MS)
  return days <= ENDS_SOON_DAYS ? days : undefined
}

/** Of all logins together. @param areTokensAtRisk tokens.json lacks the newest ones. */
export function overallVerdict(
  logins: readonly LoginStatus[],
  seen: Seen,
  areTokensAtRisk: boolean,
): Verdict {
  const verdicts = logins.map((login) => verdictOf(login, seen))
  const together = togetherOf(verdicts, nobody(seen.hasOAuth))
  if (!areTokensAtRisk || together.level !== 'good') return together
  return verdict('fair', `${together.headline}, but the tokens are not safe on disk`, 'At risk')
}

function togetherOf(verdicts: readonly Verdict[], ofNone: Verdict): Verdict {
  const [first = ofNone, ...others] = verdicts
  if (others.length === 0) return first
  const all = verdicts.length
  const troubled = verdicts.filter(({ level }) => level !== 'good' && level !== 'starting').length
  if (troubled === 0)
    return verdict(
      verdicts.some(({ level }) => level === 'starting') ? 'starting' : 'good',
      `${all === 2 ? 'Both' : `All ${all}`} logins are connected`,
    )
  return verdict(
    verdicts.every(({ level }) => level === 'bad') ? 'bad' : 'fair',
    `${troubled} of ${all} logins ${troubled === 1 ? 'needs' : 'need'} attention`,
  )
}
