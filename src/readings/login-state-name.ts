/** Where a login can stand, in the order of its life; the words of `monzo_login_state`. */
export const LOGIN_STATE_NAMES = [
  'unauthorized',
  'awaiting_approval',
  'connected',
  'reauthorization_required',
] as const
export type LoginStateName = (typeof LOGIN_STATE_NAMES)[number]
