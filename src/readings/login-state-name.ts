/** The states of a login, in the usual order; the values of the label in `monzo_login_state`. */
export const LOGIN_STATE_NAMES = [
  'unauthorized',
  'awaiting_approval',
  'connected',
  'reauthorization_required',
] as const
export type LoginStateName = (typeof LOGIN_STATE_NAMES)[number]
