import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import { parseJson } from '../lib/json.ts'
import { readBody } from '../lib/read-body.ts'

// Longer than any other call's: when this one is given up, Monzo may have used up the token.
const TIMEOUT_MS = 30_000
const MAX_BODY_BYTES = 1024 * 1024

/** How the endpoint answered: without `status`, not at all. */
export interface Verdict {
  readonly status?: number
  /** Monzo's or OAuth's error code; else `timeout`, `no reply` or `no code`. Holds no secret. */
  readonly code: string
  /** As the endpoint sent it. */
  readonly retryAfter?: string | null
}

export interface TokenEndpointDeps {
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly onCall: (report: { endpoint: string; code: string; seconds: number }) => void
}

const replySchema = z.object({
  access_token: z.string().min(1),
  token_type: z.string().catch('Bearer'),
  refresh_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.number().nonnegative().optional().catch(undefined),
  user_id: z.string().optional().catch(undefined),
})
const CODE = /^[a-z0-9_.]{1,100}$/
const code = z.string().regex(CODE).optional().catch(undefined)
const errorSchema = z.object({
  code,
  error: code,
  error_params: z.object({ original_error_code: code }).optional().catch(undefined),
})

/**
 * A fetch for one call of the token endpoint, which remembers how it went.
 * openid-client refuses a reply for an odd extra (`expires_in: null`), after Monzo has used up the
 * old token: so it is handed only the fields that matter, each well-formed or absent.
 */
export function readTokenEndpoint({ fetch, clock, onCall }: TokenEndpointDeps) {
  let verdict: Verdict = { code: 'no reply' }
  return {
    verdict: (): Verdict => verdict,
    async fetch(url: string, init: object): Promise<Response> {
      const startedMs = clock.elapsed()
      const report = (result: string) =>
        onCall({
          endpoint: '/oauth2/token',
          code: result,
          seconds: (clock.elapsed() - startedMs) / 1000,
        })
      try {
        const signal = clock.timeout(TIMEOUT_MS)
        const response = await fetch(url, { ...init, redirect: 'manual', signal })
        const text = await readBody(response, MAX_BODY_BYTES)
        const body = text === undefined ? undefined : parseJson(text)
        const retryAfter = response.headers.get('retry-after')
        verdict = { status: response.status, code: codeOf(body), retryAfter }
        report(String(response.status))
        const tokens = replySchema.safeParse(body)
        const kept = response.status === 200 && tokens.success ? tokens.data : {}
        return Response.json(kept, { status: response.status })
      } catch (error) {
        const isTimeout = error instanceof Error && error.name === 'TimeoutError'
        verdict = { code: isTimeout ? 'timeout' : 'no reply' }
        report(isTimeout ? 'timeout' : 'network')
        throw error
      }
    },
  }
}

/** @returns the most telling code of an error body. Anything that isn't plainly a code is dropped. */
function codeOf(body: unknown): string {
  const { data } = errorSchema.safeParse(body)
  return data?.error_params?.original_error_code ?? data?.code ?? data?.error ?? 'no code'
}
