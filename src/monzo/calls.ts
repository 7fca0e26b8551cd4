import pRetry, { AbortError } from 'p-retry'
import type * as z from 'zod/mini'
import { backoffMs } from '../lib/backoff.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'
import { baseOf } from '../lib/url.ts'
import type { TakeSlot } from './call-limit.ts'
import type { EndpointPath, ReadPath } from './endpoints.ts'
import { createGate, type Gate } from './gate.ts'
import { type HttpFetch, readBody } from './http-fetch.ts'
import { retryAfterMs } from './retry-after.ts'
import { errorSchema } from './schemas.ts'
import { intercepted, noReply, unavailable } from './trouble.ts'

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 1024 * 1024 // unless the call sets its own limit
const RETRIES = 3
const GIVE_WAY_MS = 3000 // so that a long list takes at most 20 of the 60 calls per minute

/** The outcome of one call, for the metrics. */
export interface CallReport {
  readonly endpoint: EndpointPath
  /** The HTTP status, `timeout` or `network`. */
  readonly code: string
  readonly seconds: number
}

export interface CallsDeps {
  readonly baseUrl: URL
  readonly fetch: HttpFetch
  readonly clock: Clock
  readonly random: () => number
  /**
   * The token to use now, or, given one that Monzo has just refused, its successor; the same one
   * where asking for another would not help.
   */
  readonly accessToken: (refused?: string) => Promise<string>
  /** Called when Monzo accepts the token in every call, after it has refused one. */
  readonly onTokenAccepted?: () => void
  readonly onCall: (report: CallReport) => void
  /** Shared by all calls of one login; by default a new one. */
  readonly gate?: Gate
  /** Waits for a slot among the calls of all logins; by default there is always one. */
  readonly takeSlot?: TakeSlot
}

/** What differs between calls. */
interface CallOptions {
  /** Replaces `:id` in the path. */
  readonly id?: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent form-encoded: Monzo doesn't accept JSON. */
  readonly form?: Readonly<Record<string, string>>
  /** The longest reply that is read to its end. Default: 1 MiB. */
  readonly maxBytes?: number
  readonly signal: AbortSignal
}

interface Reply {
  readonly status: number
  /** `undefined` if it wasn't JSON; `TOO_LONG` if it wasn't read to its end. */
  readonly body: unknown
}
const TOO_LONG: unknown = Object.freeze({})

type Call = CallOptions & {
  readonly method: string
  readonly path: EndpointPath
  readonly token: string
}

/**
 * Makes calls on behalf of one login. All of them throw {AppError} MONZO_FORBIDDEN on 403;
 * MONZO_TOKEN_REFUSED when the successor of a refused token is refused too; MONZO_UNAVAILABLE
 * without a reply, and on 429 and 5xx; MONZO_HTTP on any other status but 200; MONZO_INTERCEPTED
 * when such a reply lacks Monzo's JSON; PROXY_FAILED when a proxy opens no connection.
 */
export class Calls {
  readonly #deps: CallsDeps
  readonly #gate: Gate
  /** Calls that Monzo refused even with a token just obtained: the token is not what's wrong. */
  readonly #refused = new Set<string>()
  constructor(deps: CallsDeps) {
    this.#deps = deps
    this.#gate = deps.gate ?? createGate(deps.clock)
  }

  /** Reads, with up to three retries, since reading twice does no harm. @returns the body. */
  get(path: ReadPath, options: CallOptions): Promise<unknown> {
    const { clock, random } = this.#deps
    const { signal } = options
    const attempt = async (): Promise<unknown> => {
      try {
        return await this.#once('GET', path, options)
      } catch (error) {
        // p-retry calls onFailedAttempt before shouldRetry: only AbortError avoids its sleep.
        if (isRetryable(error) && !this.#gate.isPaused()) throw error
        throw error instanceof Error ? new AbortError(error) : error
      }
    }
    return pRetry(attempt, {
      retries: RETRIES,
      minTimeout: 0, // p-retry only counts; our clock does the waiting
      signal,
      onFailedAttempt: async ({ attemptNumber, retriesLeft }) => {
        if (retriesLeft > 0) await clock.sleep(backoffMs(attemptNumber, random()), signal)
      },
    })
  }

  /** Writes, without retries: a request that seems to fail may still have arrived. */
  async post(path: '/webhooks' | '/feed', options: CallOptions): Promise<void> {
    await this.#once('POST', path, options)
  }

  async delete(path: '/webhooks/:id', options: CallOptions): Promise<void> {
    await this.#once('DELETE', path, options)
  }

  /** Ends the login at Monzo. @returns whether the token was valid. */
  async logOut(signal: AbortSignal): Promise<boolean> {
    const token = await this.#deps.accessToken()
    const call = { method: 'POST', path: '/oauth2/logout', token, signal } as const
    const reply = await this.#send(call)
    if (isTokenRefused(reply)) return false
    bodyOf(call, reply)
    return true
  }

  /** Call between the pages of a long list: waits if polls need this minute's remaining calls. */
  async giveWay(signal: AbortSignal): Promise<void> {
    if (this.#gate.isShort()) await this.#deps.clock.sleep(GIVE_WAY_MS, signal)
  }

  /** Sends once, and a second time with another token if Monzo refuses the first one. */
  async #once(method: string, path: EndpointPath, options: CallOptions): Promise<unknown> {
    const token = await this.#deps.accessToken()
    const call = { ...options, method, path, token }
    const reply = await this.#send(call)
    const successor = isTokenRefused(reply) ? await this.#deps.accessToken(token) : token
    const last = successor === token ? reply : await this.#send({ ...call, token: successor })
    const name = `${method} ${path} ${accountOf(options)}`
    if (isTokenRefused(last)) this.#refused.add(name)
    const body = bodyOf(call, last)
    this.#refused.delete(name)
    if (this.#refused.size === 0) this.#deps.onTokenAccepted?.()
    return body
  }

  /**
   * @throws {AppError} MONZO_UNAVAILABLE without a complete reply, and while Monzo asks us to stay
   *   away for more than a minute.
   */
  async #send(call: Call): Promise<Reply> {
    const giveBack = await this.#deps.takeSlot?.(call.signal)
    try {
      return await this.#sendNow(call)
    } finally {
      giveBack?.()
    }
  }

  /** Takes the rate-limit slot last, so that queued calls don't use up this minute's budget. */
  async #sendNow(call: Call): Promise<Reply> {
    await this.#gate.pass(call.signal)
    const { clock, onCall } = this.#deps
    const startedMs = clock.elapsed()
    const report = (code: string) =>
      onCall({ endpoint: call.path, code, seconds: (clock.elapsed() - startedMs) / 1000 })
    try {
      const exchange = (limit: AbortSignal) => this.#exchange({ ...call, signal: limit })
      const reply = await clock.within(TIMEOUT_MS, exchange, call.signal)
      report(String(reply.status))
      return reply
    } catch (cause) {
      call.signal.throwIfAborted()
      const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
      report(isTimeout ? 'timeout' : 'network')
      if (cause instanceof AppError) throw cause
      const limit = isTimeout ? ` in ${TIMEOUT_MS / 1000} s` : ''
      const proxy = this.#deps.fetch.proxyFor?.(this.#deps.baseUrl)
      throw noReply(`${call.method} ${call.path}: no reply${limit}`, { cause, proxy })
    }
  }

  async #exchange(call: Call): Promise<Reply> {
    const { method, path, id = '', query, form, token, signal } = call
    const { baseUrl, fetch, clock } = this.#deps
    const url = new URL(baseOf(baseUrl) + path.replace(':id', () => encodeURIComponent(id)))
    if (query) url.search = new URLSearchParams(query).toString()
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
    const response = await fetch(url, {
      method,
      headers: form ? { ...headers, 'content-type': 'application/x-www-form-urlencoded' } : headers,
      ...(form && { body: new URLSearchParams(form).toString() }),
      redirect: 'manual', // the token must go to Monzo only, not to wherever it redirects
      signal,
    })
    this.#gate.pauseFor(retryAfterMs(response, clock.now()))
    const text = await readBody(response, call.maxBytes ?? MAX_BODY_BYTES)
    return { status: response.status, body: text === undefined ? TOO_LONG : parseBody(text) }
  }
}

/** `null` for no body at all, as Monzo may send to a call that returns nothing. */
const parseBody = (text: string): unknown => (text === '' ? null : parseJson(text))

const accountOf = ({ query = {} }: CallOptions): string =>
  query['account_id'] ?? query['current_account_id'] ?? ''

/** Monzo's 401, or its 400 for a token that it cannot parse. */
function isTokenRefused(reply: Reply): boolean {
  if (reply.status === 401) return codeOf(reply) !== undefined
  return reply.status === 400 && codeOf(reply) === 'bad_request.invalid_token'
}

/** Monzo's error code; `undefined` if the reply is not one of Monzo's errors. */
const codeOf = ({ body }: Pick<Reply, 'body'>) => errorSchema.safeParse(body).data?.code

const isRetryable = (error: unknown) =>
  error instanceof AppError && error.code === 'MONZO_UNAVAILABLE'

/** @throws {AppError} unless it is a success with Monzo's JSON. */
function bodyOf({ method, path }: Pick<Call, 'method' | 'path'>, reply: Reply): unknown {
  const message = `${method} ${path}: ${reply.status}`
  const isSuccess = method === 'GET' ? reply.status === 200 : isOk(reply.status)
  if (isSuccess && reply.body !== undefined) return reply.body
  if (reply.status === 429 || reply.status >= 500) throw unavailable(message)
  if (codeOf(reply) === undefined) throw intercepted(message)
  if (reply.status === 403 && codeOf(reply) === 'forbidden.verification_required')
    throw new AppError('MONZO_TOO_LONG_AGO', `${message}, as it is too long ago`, {
      hint: 'Monzo shows 90 days; check that the clock of this machine is right.',
    })
  if (reply.status === 403)
    throw new AppError('MONZO_FORBIDDEN', message, {
      hint: 'Open the Monzo app and approve access.',
    })
  if (isTokenRefused(reply))
    throw new AppError('MONZO_TOKEN_REFUSED', message, {
      hint: 'It is tried again, from time to time with a new token.',
    })
  throw new AppError('MONZO_HTTP', message, {
    hint: 'Monzo refused a call that it should accept; please open an issue with this line.',
  })
}

const isOk = (status: number): boolean => status >= 200 && status <= 299

/** @throws {AppError} MONZO_UNREADABLE when a reply does not have the shape we need. */
export function parseReply<T>(path: ReadPath, schema: z.ZodMiniType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw unreadable(path, body === TOO_LONG ? 'too long' : undefined, result.error)
}

/** The error for a reply that can't be used, or none of whose records can. */
export const unreadable = (path: ReadPath, what = 'not the shape we know', cause?: unknown) =>
  new AppError('MONZO_UNREADABLE', `GET ${path}: the reply is ${what}`, {
    hint: 'If it stays, Monzo has changed its API: please open an issue.',
    cause,
  })
