/** One row of MONZO.md's error catalog. */
export interface CatalogError {
  readonly status: number
  readonly code: string
  readonly message: string
  /** Whether the body also has OAuth's `error` and `error_description`. */
  readonly isTokenError?: true
}

const FORBIDDEN = {
  status: 403,
  code: 'forbidden.insufficient_permissions',
  message: 'Access forbidden due to insufficient permissions',
} as const

/** Every error that Monzo answers with. A `Refusal` fills in the placeholders (`{…}`). */
export const ERRORS = {
  /** Expired access token. */
  E1: {
    status: 401,
    code: 'unauthorized.bad_access_token.expired',
    message: 'Access token has expired',
    isTokenError: true,
  },
  /** Evicted by a newer login. */
  E2: {
    status: 401,
    code: 'unauthorized.bad_access_token.evicted',
    message: 'Access token has been evicted due to a login elsewhere',
    isTokenError: true,
  },
  /** Not a token at all. */
  E3: {
    status: 400,
    code: 'bad_request.invalid_token',
    message: 'Token is invalid',
    isTokenError: true,
  },
  /** A token that is unknown or no longer valid. */
  E4: {
    status: 401,
    code: 'unauthorized.bad_access_token',
    message: 'Bad access token',
    isTokenError: true,
  },
  E5: { status: 401, code: 'unauthorized.auth_required', message: 'Authentication required' },
  /** A parameter is missing. */
  E6: {
    status: 400,
    code: 'bad_request.missing_param.{param}',
    message: 'Missing required parameter: {param}',
  },
  /** Not approved in the app, or the approval has ended. */
  E7: FORBIDDEN,
  /** An account that belongs to somebody else, or does not exist. */
  E8: FORBIDDEN,
  /** The account's type does not support the call. */
  E9: FORBIDDEN,
  /** Transactions from 90 or more days ago, requested more than five minutes after approval. */
  E10: { status: 403, code: 'forbidden.verification_required', message: 'Verification required' },
  E11: {
    status: 400,
    code: 'bad_request.invalid_time_range',
    message:
      'The time range is too large: use since and before to ask for less than 8760 hours, see https://community.monzo.com/t/158676',
  },
  E12: {
    status: 400,
    code: 'bad_request.bad_time_range',
    message: 'Error listing hydrated transactions by account',
  },
  /** The refresh token was used before, is unreadable or is missing. */
  E13: { status: 401, code: 'unauthorized.bad_refresh_token', message: 'Bad refresh token' },
  E14: {
    status: 401,
    code: 'unauthorized.bad_refresh_token.evicted',
    message: 'Refresh token has been evicted',
  },
  E15: {
    status: 401,
    code: 'unauthorized.bad_authorization_code.used',
    message: 'Authorization code has been used',
  },
  E16: {
    status: 401,
    code: 'unauthorized.bad_authorization_code.expired',
    message: 'Authorization code has expired',
  },
  E17: {
    status: 401,
    code: 'unauthorized.bad_authorization_code',
    message: 'Bad authorization code',
  },
  /** Wrong client id or secret. */
  E18: {
    status: 401,
    code: 'unauthorized.bad_client_credentials',
    message: 'Bad client credentials',
  },
  E19: {
    status: 400,
    code: 'bad_request.bad_param.redirect_uri',
    message: 'Invalid redirect_uri',
  },
  E20: { status: 404, code: 'not_found.no_handler', message: 'No handler for {route}' },
  E21: { status: 429, code: 'rate_limited.too_many_requests', message: 'Too many requests' },
  E22: { status: 500, code: 'internal_service.unknown', message: 'Internal service error' },
  E22_TIMEOUT: { status: 504, code: 'timeout.unknown', message: 'Timed out' },
  /** This and the ones below are not in the catalog: guesses by analogy. */
  WRONG_METHOD: {
    status: 405,
    code: 'bad_request.method_not_allowed',
    message: 'Method not allowed',
  },
  BAD_PARAM: {
    status: 400,
    code: 'bad_request.bad_param.{param}',
    message: 'Invalid parameter: {param}',
  },
  NOT_FOUND: { status: 404, code: 'not_found.{what}', message: 'Not found' },
} as const satisfies Readonly<Record<string, CatalogError>>

/** The details of one refusal. */
export interface RefusalDetails {
  /** Values for the placeholders `{param}`, `{route}` and `{what}`. */
  readonly fill?: Readonly<Record<string, string>>
  /** The body's `params`. */
  readonly params?: Readonly<Record<string, string>>
}

/** Thrown by a handler that refuses a request. The API turns it into Monzo's error body. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly error: CatalogError
  readonly params: Readonly<Record<string, string>> | undefined

  constructor(error: CatalogError, { fill = {}, params }: RefusalDetails = {}) {
    super(filled(error.message, fill))
    this.error = { ...error, code: filled(error.code, fill), message: this.message }
    this.params = params
  }
}

const filled = (text: string, fill: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => fill[name] ?? whole)

/** @param hasExtras whether to add the fields of newer bodies; see the knob `extraErrorFields`. */
export function errorBody(refusal: Refusal, hasExtras: boolean): Readonly<Record<string, unknown>> {
  const { status, code, message, isTokenError } = refusal.error
  const isUnexpected = status >= 500
  return {
    code,
    ...(isTokenError ? { error: 'invalid_token', error_description: message } : {}),
    message,
    ...(refusal.params ? { params: refusal.params } : {}),
    ...(hasExtras
      ? {
          retryable: isUnexpected || status === 429 ? { value: true } : {},
          marshal_count: 2,
          unexpected: isUnexpected ? { value: true } : {},
        }
      : {}),
  }
}
