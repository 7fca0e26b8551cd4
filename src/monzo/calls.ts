import pRetry, { AbortError } from 'p-retry'
import type * as z from 'zod/mini'
import { backoffMs } from '../lib/backoff.ts'
import { AppError } from '../lib/errors.ts'
import { unavailable } from './gate.ts'
import { errorSchema } from './schemas.ts'
import { type Call, type Reply, Transport, type TransportDeps } from './transport.ts'

const RETRIES = 3

export interface CallsDeps extends TransportDeps {
  readonly random: () => number
  /** The token to use now, or, given one that Monzo has just refused, its successor. */
  readonly accessToken: (refused?: string) => Promise<string>
}

/**
 * Calls in the name of one login. All of them throw {AppError} MONZO_FORBIDDEN on 403;
 * MONZO_TOKEN_REFUSED when the successor of a refused token is refused too; MONZO_UNAVAILABLE
 * without an answer; MONZO_HTTP on any other status but 200.
 */
export class Calls {
  readonly #deps: CallsDeps
  readonly #transport: Transport
  constructor(deps: CallsDeps) {
    this.#deps = deps
    this.#transport = new Transport(deps)
  }

  /** Reads, with three retries: reading twice does no harm. @returns the body. */
  get(
    path: string,
    query: Record<string, string>,
    signal: AbortSignal,
    limits: Pick<Call, 'maxBytes'> = {},
  ): Promise<unknown> {
    const { clock, random } = this.#deps
    const attempt = async (): Promise<unknown> => {
      try {
        return await this.once({ method: 'GET', path, query, signal, ...limits })
      } catch (error) {
        // onFailedAttempt runs before shouldRetry: only AbortError keeps it from sleeping first.
        if (isRetryable(error) && !this.#transport.isPaused) throw error
        throw error instanceof Error ? new AbortError(error) : error
      }
    }
    return pRetry(attempt, {
      retries: RETRIES,
      minTimeout: 0, // p-retry only counts; our clock does the waiting.
      signal,
      onFailedAttempt: async ({ attemptNumber, retriesLeft }) => {
        if (retriesLeft > 0) await clock.sleep(backoffMs(attemptNumber, random()), signal)
      },
    })
  }

  /**
   * Sends once; once more, with another token, when Monzo refuses the one used.
   * @returns the body.
   */
  async once(call: Omit<Call, 'token'>): Promise<unknown> {
    const token = await this.#deps.accessToken()
    const reply = await this.#transport.send({ ...call, token })
    if (!isTokenRefused(reply)) return bodyOf(call, reply)
    const successor = await this.#deps.accessToken(token)
    return bodyOf(call, await this.#transport.send({ ...call, token: successor }))
  }

  /** Sends as it is, and takes any answer. */
  async send(call: Omit<Call, 'token'>): Promise<void> {
    const token = await this.#deps.accessToken()
    await this.#transport.send({ ...call, token })
  }
}

/** 401, or Monzo's 400 for a token that it cannot parse. */
function isTokenRefused({ status, body }: Reply): boolean {
  if (status === 401) return true
  return status === 400 && codeOf({ body }) === 'bad_request.invalid_token'
}

const codeOf = ({ body }: Pick<Reply, 'body'>) => errorSchema.safeParse(body).data?.code

const isRetryable = (error: unknown) =>
  error instanceof AppError && error.code === 'MONZO_UNAVAILABLE'

/** @throws {AppError} unless the status is 200. */
function bodyOf({ method, path }: Omit<Call, 'token'>, reply: Reply): unknown {
  const message = `${method} ${path}: ${reply.status}`
  if (reply.status === 200) return reply.body
  if (reply.status === 403 && codeOf(reply) === 'forbidden.verification_required')
    throw new AppError('MONZO_HTTP', `${message}, as it is too long ago`, {
      hint: 'Monzo shows 90 days; check that the clock of this machine is right.',
    })
  if (reply.status === 403)
    throw new AppError('MONZO_FORBIDDEN', message, {
      hint: 'Open the Monzo app and approve access.',
    })
  if (isTokenRefused(reply))
    throw new AppError('MONZO_TOKEN_REFUSED', message, { hint: 'The next poll tries again.' })
  if (reply.status === 429 || reply.status >= 500) throw unavailable(message)
  throw new AppError('MONZO_HTTP', message, {
    hint: 'Monzo refused a call that it should accept; please open an issue with this line.',
  })
}

/** @throws {AppError} MONZO_UNREADABLE when a reply has not the shape we need. */
export function parseReply<T>(path: string, schema: z.ZodMiniType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw unreadable(path, body === undefined ? 'not JSON, or too long' : undefined, result.error)
}

/** A reply, or all of its records, that can't be used. */
export const unreadable = (path: string, what = 'not the shape we know', cause?: unknown) =>
  new AppError('MONZO_UNREADABLE', `GET ${path}: the reply is ${what}`, {
    hint: 'It is tried again; if it stays, Monzo has changed its API: please open an issue.',
    cause,
  })
