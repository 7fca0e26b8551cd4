import { DAY_MS } from '../../lib/clock.ts'

/** The state of a person's consent since the last login. */
export type GrantState =
  /** Logged in, but not approved in the app: everything is 403. */
  | { readonly state: 'pre_verification' }
  /** Declined in the app: everything stays 403. */
  | { readonly state: 'declined' }
  | { readonly state: 'verified'; readonly approvedAtMs: number }
  /** The approval has ended, after 90 days or by the admin port. */
  | { readonly state: 'lapsed'; readonly approvedAtMs: number }
  /** Access was removed in the app, or logged out: no token works any more. */
  | { readonly state: 'revoked' }

/** What changes a grant's state. A login is not among them, since it opens a new grant. */
export type GrantEvent =
  | { readonly type: 'approved'; readonly atMs: number }
  | { readonly type: 'declined' }
  | { readonly type: 'lapsed' }
  | { readonly type: 'revoked' }

const LAPSES_AFTER_MS = 90 * DAY_MS
const WINDOW_MS = 5 * 60_000 // all transactions may be read this long after approval

/** The state after an event. An event that does not apply in a state leaves it unchanged. */
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

/** The state at a given time: `verified` turns into `lapsed` after 90 days. */
export function atTime(grant: GrantState, nowMs: number): GrantState {
  const isOver = grant.state === 'verified' && nowMs - grant.approvedAtMs >= LAPSES_AFTER_MS
  return isOver ? nextGrantState(grant, { type: 'lapsed' }) : grant
}

/** Whether all transactions may be read now, however old. */
export const isInWindow = (grant: GrantState, nowMs: number): boolean =>
  grant.state === 'verified' && nowMs - grant.approvedAtMs <= WINDOW_MS

/** The `scope` in the token endpoint's reply. */
export function scopeOf(grant: GrantState, nowMs: number): string {
  if (grant.state !== 'verified') return 'third_party_developer_app.pre_verification'
  const suffix = isInWindow(grant, nowMs) ? '.ext' : ''
  return `third_party_developer_app.verified${suffix}`
}
