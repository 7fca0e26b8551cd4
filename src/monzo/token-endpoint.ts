import * as z from 'zod/mini'
import type { Clock } from '../lib/clock.ts'
import { errnoOf } from '../lib/errno.ts'
import { AppError } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'
import type { CallReport } from './calls.ts'
import { type HttpFetch, readBody } from './http-fetch.ts'
import { retryAfterMs } from './retry-after.ts'
import { errorSchema as monzoErrorSchema } from './schemas.ts'
import type { TokenAnswer } from './token-trouble.ts'

// Longer than for any other call: if this one times out, Monzo may have used up the token.
const TIMEOUT_MS = 30_000
const MAX_BODY_BYTES = 1024 * 1024

/** Error codes of connections that failed before the request was sent. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|EPROTO|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|UND_ERR_CONNECT_TIMEOUT)$/

export interface TokenEndpointDeps {
  readonly fetch: HttpFetch
  readonly clock: Clock
  readonly onCall: (report: CallReport) => void
}

/** A request as openid-client passes it to its fetch. */
interface TokenRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: unknown
}

const text = z.string().check(z.minLength(1))
/** A malformed optional field is treated as absent. */
const absentIfOdd = <T extends z.ZodMiniType>(schema: T) => z.catch(z.optional(schema), undefined)
const replySchema = z.object({
  access_token: text,
  refresh_token: absentIfOdd(text),
  expires_in: absentIfOdd(z.number().check(z.nonnegative())),
  user_id: absentIfOdd(z.string()),
})
type Tokens = z.output<typeof replySchema>
const MAX_DEPTH = 3 // of objects around the tokens

/** OAuth's own error codes. Anything else in `error` may be a proxy's. @see RFC 6749, section 5.2 */
const oauthErrorSchema = z.enum([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_token',
  'unauthorized_client',
  'unsupported_grant_type',
  'access_denied',
  'temporarily_unavailable',
  'server_error',
  'slow_down',
])
const code = absentIfOdd(monzoErrorSchema.shape.code)
const errorSchema = z.object({
  code,
  error: absentIfOdd(oauthErrorSchema),
  error_params: absentIfOdd(z.object({ original_error_code: code })),
})

/**
 * A fetch for one call of the token endpoint, which records the answer.
 * openid-client rejects a reply with a malformed optional field (`expires_in: null`), when Monzo has
 * already used up the old token. So it gets only the fields that matter, each well-formed or absent.
 */
export function readTokenEndpoint({ fetch, clock, onCall }: TokenEndpointDeps) {
  let answer: TokenAnswer = { retryAfterMs: 0, mayHaveArrived: false }
  return {
    answer: (): TokenAnswer => answer,
    async fetch(url: string, { method, headers, body }: TokenRequest): Promise<Response> {
      const startedMs = clock.elapsed()
      const report = (result: string) =>
        onCall({
          endpoint: '/oauth2/token',
          code: result,
          seconds: (clock.elapsed() - startedMs) / 1000,
        })
      try {
        const form = { method, headers, body: String(body), redirect: 'manual' } as const
        const { response, text } = await clock.within(TIMEOUT_MS, async (signal) => {
          const response = await fetch(new URL(url), { ...form, signal })
          const text = await readBody(response, MAX_BODY_BYTES, (soFar) => isPair(soFar))
          return { response, text }
        })
        const json = text === undefined ? undefined : parseJson(text)
        const { status } = response
        const isOk = status >= 200 && status <= 299
        const tokens = isOk ? tokensIn(json) : undefined
        answer = {
          status,
          code: codeOf(json),
          isJson: isObject(json),
          retryAfterMs: retryAfterMs(response, clock.now()),
          mayHaveArrived: isOk || (status >= 500 && status !== 503),
        }
        report(String(status))
        // Whatever Monzo calls the tokens' type, they are sent as bearer tokens. What is wrong with a
        // reply without tokens is in `answer`: the library only has to reject it.
        return tokens
          ? Response.json({ ...tokens, token_type: 'Bearer' })
          : Response.json({}, { status: 502 })
      } catch (error) {
        const isTimeout = error instanceof Error && error.name === 'TimeoutError'
        const isSent = !(error instanceof AppError) && !NOT_SENT.test(errnoWithin(error) ?? '')
        answer = { failure: error, retryAfterMs: 0, mayHaveArrived: isSent }
        report(isTimeout ? 'timeout' : 'network')
        throw error
      }
    },
  }
}

/** The tokens of a reply, wherever they are in it: by now they are the only good ones. */
function tokensIn(json: unknown): Tokens | undefined {
  return pairIn(json, MAX_DEPTH) ?? replySchema.safeParse(json).data
}

function pairIn(json: unknown, depth: number): Tokens | undefined {
  const { data } = replySchema.safeParse(json)
  if (data?.refresh_token !== undefined) return data
  if (!isObject(json) || depth === 0) return undefined
  for (const value of Object.values(json)) {
    const pair = pairIn(value, depth - 1)
    if (pair) return pair
  }
  return undefined
}

/** Both tokens have arrived, so it does not matter that the connection broke before its end. */
const isPair = (soFar: string): boolean => pairIn(parseJson(soFar), MAX_DEPTH) !== undefined

const isObject = (json: unknown): json is object => typeof json === 'object' && json !== null

/** The system's error code, from the error or, as with the global fetch, from its cause. */
const errnoWithin = (error: unknown): string | undefined =>
  errnoOf(error instanceof Error && error.cause !== undefined ? error.cause : error)

/** @returns the most specific of Monzo's and OAuth's codes in an error body. */
function codeOf(body: unknown): string | undefined {
  const { data } = errorSchema.safeParse(body)
  return data?.error_params?.original_error_code ?? data?.code ?? data?.error
}
