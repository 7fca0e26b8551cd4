import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  Configuration,
  customFetch,
  refreshTokenGrant,
  type TokenEndpointResponse,
} from 'openid-client'
import * as z from 'zod/mini'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { baseOf } from '../lib/url.ts'
import type { CallReport } from './calls.ts'
import type { HttpFetch } from './http-fetch.ts'
import type { HttpProxy } from './proxies.ts'
import { readTokenEndpoint } from './token-endpoint.ts'
import { type TokenAnswer, TokenTrouble } from './token-trouble.ts'
import { intercepted, noReply } from './trouble.ts'

/** The tokens from Monzo's token endpoint. `expiresIn` is in seconds, absent when unknown. */
export interface TokenReply {
  readonly accessToken: string
  readonly refreshToken?: string | undefined
  readonly expiresIn?: number | undefined
  readonly userId?: string | undefined
}

export interface OAuth {
  /** The URL to which to send the browser. */
  authorizeUrl(state: string): URL
  /**
   * Not abortable, for the same reason as `refresh`: the code works once.
   * @throws {AppError} CODE_REFUSED, CLIENT_REFUSED, CLIENT_NOT_CONFIDENTIAL, MONZO_UNAVAILABLE,
   *   MONZO_UNREADABLE.
   */
  exchangeCode(code: string, state: string): Promise<TokenReply>
  /**
   * Not abortable: a refresh token works once, so a reply we drop locks the user out.
   * @throws {AppError} REAUTHORIZATION_REQUIRED when the token itself is refused: no other error
   *   ends the login. CLIENT_REFUSED, MONZO_UNAVAILABLE, MONZO_UNREADABLE: may be retried.
   */
  refresh(refreshToken: string): Promise<TokenReply>
}

export interface OAuthDeps {
  readonly clientId: string
  readonly clientSecret: string
  readonly authUrl: URL
  readonly apiUrl: URL
  /** As registered at Monzo, which compares it exactly. */
  readonly redirectUrl: string
  readonly fetch: HttpFetch
  readonly clock: Clock
  /** Called after each call, with its HTTP status, `timeout` or `network`. */
  readonly onCall: (report: CallReport) => void
}

const textExtra = z.catch(z.optional(z.string()), undefined)

/**
 * Monzo's OAuth, through openid-client: confidential client, secret in the body
 * (`client_secret_post`; Monzo refuses Basic), no PKCE (Monzo doesn't support it), no scope.
 * @see https://docs.monzo.com/#authentication
 */
export function createOAuth(deps: OAuthDeps): OAuth {
  const configuration = () => {
    const server = {
      issuer: deps.authUrl.origin,
      authorization_endpoint: deps.authUrl.href,
      token_endpoint: `${baseOf(deps.apiUrl)}/oauth2/token`,
    }
    const secret = ClientSecretPost(deps.clientSecret)
    const config = new Configuration(server, deps.clientId, undefined, secret)
    const isPlain = [deps.authUrl, deps.apiUrl].some((url) => url.protocol === 'http:')
    if (isPlain) allowInsecureRequests(config) // the settings allow http for loopback only
    return config
  }

  /** Calls the token endpoint, with a new configuration each time, whose fetch records the answer. */
  const request = async (
    send: (config: Configuration) => Promise<TokenEndpointResponse>,
    refused: (code: string) => AppError,
  ): Promise<TokenReply> => {
    const config = configuration()
    const endpoint = readTokenEndpoint(deps)
    config[customFetch] = endpoint.fetch
    config.timeout = 0 // readTokenEndpoint has its own timeout
    // The library's error may contain the reply, and so tokens: only the answer says what is wrong.
    const reply = await send(config).catch(() => undefined)
    if (!reply) throw meaning(endpoint.answer(), refused, deps.fetch.proxyFor?.(deps.apiUrl))
    return {
      accessToken: reply.access_token,
      refreshToken: reply.refresh_token,
      expiresIn: reply.expires_in,
      userId: textExtra.parse(reply['user_id']),
    }
  }

  return {
    authorizeUrl(state) {
      const parameters = { redirect_uri: deps.redirectUrl, response_type: 'code', state }
      return buildAuthorizationUrl(configuration(), parameters)
    },
    async exchangeCode(code, state) {
      // The library sends the URL it is given, without its query, as redirect_uri. Don't pass the
      // URL of the request, which a proxy or a forged Host header may have changed.
      const url = new URL(deps.redirectUrl)
      url.search = new URLSearchParams({ code, state }).toString()
      const reply = await request(
        (config) => authorizationCodeGrant(config, url, { expectedState: state }),
        () =>
          new AppError('CODE_REFUSED', "Monzo refused this login's code", {
            hint: 'Mail links work once and not for long: start again with Authorize.',
          }),
      )
      if (reply.refreshToken !== undefined) return reply
      throw new AppError(
        'CLIENT_NOT_CONFIDENTIAL',
        'Monzo gave no refresh token: the OAuth client is not confidential',
        {
          hint: 'At developers.monzo.com create a client with Confidentiality = Confidential, put its client_id and client_secret into the configuration, restart and authorize again.',
        },
      )
    },
    refresh(refreshToken) {
      return request(
        (config) => refreshTokenGrant(config, refreshToken),
        (code) =>
          new AppError('REAUTHORIZATION_REQUIRED', `Monzo refused the refresh token (${code})`, {
            hint: `${/evicted/.test(code) ? EVICTED : ''}Somebody has to log in again: open the authorize link.`,
          }),
      )
    },
  }
}

const EVICTED =
  'A newer login with the same client ended this one; every program needs a client of its own. '

/** Codes by which Monzo, or OAuth, reports that the client is wrong, not the token. */
const CLIENT_CODE = /(?:^|[._])(?:client|could_not_authenticate)(?:[._]|$)|_client$/

/** Codes of temporary errors, regardless of the status that comes with them. */
const PASSING_CODE =
  /^(?:(?:internal_service|timeout|rate_limited)(?:\.|$)|temporarily_unavailable$|server_error$|slow_down$)/

/** Only Monzo's own 400 or 401 is about the token or the client; any other error may be temporary. */
function meaning(
  answer: TokenAnswer,
  refused: (code: string) => AppError,
  proxy: HttpProxy | undefined,
): AppError {
  const { status, code, isJson, failure } = answer
  const what = `POST /oauth2/token: ${status}`
  if ((status === 400 || status === 401) && code !== undefined && !PASSING_CODE.test(code))
    return CLIENT_CODE.test(code) ? clientRefused(code) : refused(code)
  if (status === undefined) return new TokenTrouble(noTokenReply(failure, proxy), answer)
  if (status === 200 && isJson) return new TokenTrouble(noToken(), answer)
  const isMonzos = code !== undefined || status === 429 || status >= 500
  return new TokenTrouble(isMonzos ? trouble(what) : intercepted(what), answer)
}

const clientRefused = (code: string): AppError =>
  new AppError('CLIENT_REFUSED', `Monzo refused the OAuth client (${code})`, {
    hint: 'Compare client_id and client_secret with those at developers.monzo.com, correct them and restart.',
  })

const noToken = (): AppError =>
  new AppError('MONZO_UNREADABLE', 'POST /oauth2/token: the reply holds no token', {
    hint: 'If it stays, Monzo has changed its API: please open an issue.',
  })

const trouble = (message: string): AppError =>
  new AppError('MONZO_UNAVAILABLE', message, {
    hint: 'Monzo or the network is in trouble: try again in a minute.',
  })

function noTokenReply(cause: unknown, proxy: HttpProxy | undefined): AppError {
  if (cause instanceof AppError) return cause
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
  return noReply(`POST /oauth2/token: no reply${isTimeout ? ' in 30 s' : ''}`, { cause, proxy })
}
