import * as z from 'zod/mini'
import type { Clock } from '../lib/clock.ts'
import { errnoOf } from '../lib/errno.ts'
import { parseJson } from '../lib/json.ts'
import type { CallReport } from './calls.ts'
import { type HttpFetch, readBody } from './http-fetch.ts'
import { retryAfterMs } from './retry-after.ts'
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
  token_type: z.catch(z.string(), 'Bearer'),
  refresh_token: absentIfOdd(text),
  expires_in: absentIfOdd(z.number().check(z.nonnegative())),
  user_id: absentIfOdd(z.string()),
})
const CODE = /^[a-z0-9_.]{1,100}$/
const code = absentIfOdd(z.string().check(z.regex(CODE)))
const errorSchema = z.object({
  code,
  error: code,
  error_params: absentIfOdd(z.object({ original_error_code: code })),
})

/**
 * A fetch for one call of the token endpoint, which records the answer.
 * openid-client rejects a reply with a malformed optional field (`expires_in: null`), when Monzo has
 * already used up the old token. So it gets only the fields that matter, each well-formed or absent.
 */
export function readTokenEndpoint({ fetch, clock, onCall }: TokenEndpointDeps) {
  let answer: TokenAnswer = { code: 'no reply', retryAfterMs: 0, mayHaveArrived: false }
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
        const signal = clock.timeout(TIMEOUT_MS)
        const form = { method, headers, body: String(body), redirect: 'manual', signal } as const
        const response = await fetch(new URL(url), form)
        const text = await readBody(response, MAX_BODY_BYTES)
        const json = text === undefined ? undefined : parseJson(text)
        const { status, headers: replied } = response
        const mayHaveArrived = status === 200 || (status >= 500 && status !== 503)
        const askedMs = retryAfterMs(replied.get('retry-after'), clock.now())
        const code = text === '' ? 'no code' : codeOf(json)
        answer = { status, code, retryAfterMs: askedMs, mayHaveArrived }
        report(String(status))
        const tokens = replySchema.safeParse(json)
        const kept = status === 200 && tokens.success ? tokens.data : {}
        return Response.json(kept, { status })
      } catch (error) {
        const isTimeout = error instanceof Error && error.name === 'TimeoutError'
        const mayHaveArrived = !NOT_SENT.test(errnoWithin(error) ?? '')
        answer = { code: isTimeout ? 'timeout' : 'no reply', retryAfterMs: 0, mayHaveArrived }
        report(isTimeout ? 'timeout' : 'network')
        throw error
      }
    },
  }
}

/** The system's error code, from the error or, as with the global fetch, from its cause. */
const errnoWithin = (error: unknown): string | undefined =>
  errnoOf(error instanceof Error && error.cause !== undefined ? error.cause : error)

/** @returns the most specific code in an error body; text that doesn't look like a code is dropped. */
function codeOf(body: unknown): string {
  const { data } = errorSchema.safeParse(body)
  if (!data) return 'not JSON'
  return data.error_params?.original_error_code ?? data.code ?? data.error ?? 'no code'
}
