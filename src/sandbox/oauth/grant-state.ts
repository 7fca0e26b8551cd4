import { DAY_MS } from '../../lib/clock.ts'

/** Where a person's consent stands, since the last login. */
export type GrantState =
  /** Logged in, but not approved in the app: everything is 403. */
  | { readonly state: 'pre_verification' }
  /** Refused in the app: it stays 403. */
  | { readonly state: 'declined' }
  | { readonly state: 'verified'; readonly approvedAtMs: number }
  /** Ninety days are over, or an admin said so. */
  | { readonly state: 'lapsed'; readonly approvedAtMs: number }
  /** Taken back in the app, or logged out: no token works any more. */
  | { readonly state: 'revoked' }

/** What happens to it. A login is no event: it begins a grant anew. */
export type GrantEvent =
  | { readonly type: 'approved'; readonly atMs: number }
  | { readonly type: 'declined' }
  | { readonly type: 'lapsed' }
  | { readonly type: 'revoked' }

const LAPSES_AFTER_MS = 90 * DAY_MS
const WINDOW_MS = 5 * 60_000 // the whole history may be read this long after approval

/** Pure. An event that does not apply in a state leaves it unchanged. */
export function nextGrantState(grant: GrantState, event: GrantEvent): GrantState {
  switch (event.type) {
    case 'approved':
      return isWaiting(grant) ? { state: 'verified', approvedAtMs: event.atMs } : grant
    case 'declined':
      return grant.state === 'pre_verification' ? { state: 'declined' } : grant
    case 'lapsed':
      return grant.state === 'verified' ? { ...grant, state: 'lapsed' } : grant
    case 'revoked':
      return { state: 'revoked' }
    default:
      return event satisfies never
  }
}

/** Whether the person has something to approve in the app. */
export const isWaiting = ({ state }: GrantState): boolean =>
  state === 'pre_verification' || state === 'lapsed'

/** The same, `lapsed` if its time is over. */
export function atTime(grant: GrantState, nowMs: number): GrantState {
  const isOver = grant.state === 'verified' && nowMs - grant.approvedAtMs >= LAPSES_AFTER_MS
  return isOver ? nextGrantState(grant, { type: 'lapsed' }) : grant
}

/** Whether all of the history may be read now. */
export const isInWindow = (grant: GrantState, nowMs: number): boolean =>
  grant.state === 'verified' && nowMs - grant.approvedAtMs <= WINDOW_MS

/** What the token endpoint calls it. */
export function scopeOf(grant: GrantState, nowMs: number): string {
  if (grant.state !== 'verified') return 'third_party_developer_app.pre_verification'
  const suffix = isInWindow(grant, nowMs) ? '.ext' : ''
  return `third_party_developer_app.verified${suffix}`
}
