import type { ErrorCode } from '../src/lib/errors.ts'
import type { Meters } from '../src/metrics/meters.ts'
import type { EndpointPath, ListPath } from '../src/monzo/endpoints.ts'
import type { LoginStateName } from '../src/readings/login-state-name.ts'
import type { Outcome } from '../src/readings/posting.ts'

// Where the code has a union of the values, so has the type here: a new one doesn't compile until
// it is explained.

/** The values of a label and what each means. */
export type LabelValues = Readonly<Record<string, string>>

const STATES: Readonly<Record<LoginStateName, string>> = {
  unauthorized: 'Nobody is logged in, or the login was removed.',
  awaiting_approval: 'Somebody logged in, and has to approve access in the Monzo app.',
  connected: 'It can be read.',
  reauthorization_required: 'It is over: a person has to log in again.',
}

const TRANSACTION_OUTCOMES: Readonly<Record<Outcome, string>> = {
  settled: 'The money has moved.',
  pending: 'It is not settled yet.',
  declined: 'It was refused: no money moves.',
}

type RefreshOutcome = Parameters<Meters['tokenRefreshed']>[0]['outcome']
const REFRESH_OUTCOMES: Readonly<Record<RefreshOutcome, string>> = {
  refreshed: 'Monzo gave new tokens.',
  refused: 'Monzo refused the refresh token: a person has to log in again.',
  failed: 'No tokens came, and nothing says that none will: it is tried again.',
  withheld: 'Not sent, since the new tokens could not have been saved: it is tried again.',
}

/** Failures of the program's start, its pages and its commands: no poll ends with them. */
type NotOfPolls =
  | 'USAGE'
  | 'NOTHING_CONFIGURED'
  | 'CONFIG_INVALID'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_UNUSABLE'
  | 'TOKENS_DAMAGED'
  | 'LOGIN_STATE_UNKNOWN'
  | 'LOGIN_STATE_USED'
  | 'LOGIN_DENIED'
  | 'CODE_REFUSED'
  | 'CLIENT_NOT_CONFIDENTIAL'
  | 'WRONG_ACCOUNT'
  | 'HISTORY_DAMAGED'
  | 'HISTORY_UNREADABLE'
  | 'HISTORY_UNWRITABLE'
type Reason = Lowercase<Exclude<ErrorCode, NotOfPolls>> | 'bug'
const REASONS: Readonly<Record<Reason, string>> = {
  monzo_unavailable: 'No reply, 429 or 5xx after every retry, or Monzo wants to be left alone.',
  monzo_forbidden: 'Monzo answers 403: consent is over, or was taken back in the app.',
  monzo_token_refused: 'Monzo refuses a token that it has only just given.',
  monzo_http: 'Monzo answers with any other status than 200.',
  monzo_too_long_ago:
    'Monzo shows 90 days, and was asked for more: check the clock of this machine.',
  monzo_unreadable: 'A reply is too long, or not of the shape that is known.',
  monzo_intercepted:
    'Something other than Monzo answers (a firewall, a proxy), with any status: the reply lacks its JSON.',
  proxy_failed: 'The proxy of `HTTPS_PROXY` or `HTTP_PROXY` opens no connection to Monzo.',
  reauthorization_required: 'Only a person can get tokens again, by logging in.',
  client_refused: 'Monzo refuses `client_id` or `client_secret` when tokens are refreshed.',
  account_not_found: 'The account of `account_id` is not there, or has no balance.',
  tokens_locked: 'Tokens are not refreshed: another instance holds the tokens file.',
  tokens_unwritable: 'Tokens are not refreshed: they could not be saved.',
  tokens_unreadable: 'Tokens are not refreshed: their file cannot be read.',
  bug: 'Something that nobody expected: please open an issue with the log.',
}

/** `code` of a request. Every status is possible; these words stand for none. */
const CODES: LabelValues = {
  '200, 401, 429, 503…': 'The HTTP status of the reply.',
  timeout: 'No reply in ten seconds, or thirty where tokens are asked for.',
  network: 'No connection, or one that ended before the reply did.',
}

/** `:id` stands for what differs. */
const ENDPOINTS: Readonly<Record<EndpointPath, string>> = {
  '/accounts': 'The accounts of a login.',
  '/balance': 'The balance of one.',
  '/pots': 'Its pots.',
  '/transactions': 'Its transactions.',
  '/ping/whoami': 'Whose login it is.',
  '/oauth2/token': 'A login, or a refresh of its tokens.',
  '/oauth2/logout': 'The end of a login that is removed.',
  '/webhooks': 'Webhooks are listed or registered; only with `webhooks`.',
  '/webhooks/:id': 'One is deleted; only with `webhooks`.',
  '/feed': 'A card for the Monzo app; only with `reminder`.',
}
/** Of the calls above, those whose reply is a list of records. */
const LISTS: Readonly<Record<ListPath, true>> = {
  '/accounts': true,
  '/pots': true,
  '/transactions': true,
  '/webhooks': true,
}

/** By metrics and label: `metrics` names those whose label it is. */
export const LABEL_VALUES: readonly {
  readonly metrics: readonly string[]
  readonly label: string
  readonly values: LabelValues
}[] = [
  { metrics: ['monzo_login_state'], label: 'state', values: STATES },
  { metrics: ['monzo_transactions_month'], label: 'outcome', values: TRANSACTION_OUTCOMES },
  { metrics: ['monzo_token_refreshes_total'], label: 'outcome', values: REFRESH_OUTCOMES },
  { metrics: ['monzo_poll_failures_total'], label: 'reason', values: REASONS },
  { metrics: ['monzo_api_requests_total'], label: 'code', values: CODES },
  {
    metrics: ['monzo_api_requests_total', 'monzo_api_request_duration_seconds'],
    label: 'endpoint',
    values: ENDPOINTS,
  },
  {
    metrics: ['monzo_unreadable_records_total'],
    label: 'endpoint',
    values: Object.fromEntries(Object.entries(ENDPOINTS).filter(([endpoint]) => endpoint in LISTS)),
  },
]
