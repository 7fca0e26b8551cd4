import pRetry, { AbortError } from 'p-retry'
import type * as z from 'zod/mini'
import { AppError } from '../lib/errors.ts'
import { unavailable } from '../lib/gate.ts'
import { backoffMs } from '../lib/retry.ts'
import {
  type Account,
  accountSchema,
  accountsSchema,
  type Balance,
  balanceSchema,
  errorSchema,
  type Pot,
  potSchema,
  potsSchema,
  whoamiSchema,
} from './schemas.ts'
import { type Call, type Reply, Transport, type TransportDeps } from './transport.ts'

const RETRIES = 3

export interface MonzoClientDeps extends TransportDeps {
  readonly random: () => number
  /** The token to use now, or, given one that Monzo has just refused, its successor. */
  readonly accessToken: (refused?: string) => Promise<string>
  /** Called for each record that lacks what we need, and is left out. */
  readonly onUnreadable: (endpoint: string) => void
}

/**
 * Monzo as one login sees it: every call the exporter can make, and none that moves money.
 * All of them throw {AppError} MONZO_FORBIDDEN on 403; MONZO_TOKEN_REFUSED when the successor of
 * a refused token is refused too; MONZO_UNAVAILABLE after the last retry; MONZO_HTTP on any other
 * status; MONZO_UNREADABLE when a reply has not the shape we need.
 * @see https://docs.monzo.com
 */
export class MonzoClient {
  readonly #deps: MonzoClientDeps
  readonly #transport: Transport
  constructor(deps: MonzoClientDeps) {
    this.#deps = deps
    this.#transport = new Transport(deps)
  }

  /** @returns closed accounts too. @see https://docs.monzo.com/#list-accounts */
  async readAccounts(signal: AbortSignal): Promise<readonly Account[]> {
    const reply = await this.#get('/accounts', {}, signal)
    const { accounts } = parse('/accounts', accountsSchema, reply)
    return this.#records('/accounts', accountSchema, accounts)
  }

  /**
   * The account's balance now.
   * @returns amounts in **minor units** (pence for GBP); `spend_today` is negative or 0.
   * @see https://docs.monzo.com/#read-balance
   */
  async readBalance(accountId: string, signal: AbortSignal): Promise<Balance> {
    const reply = await this.#get('/balance', { account_id: accountId }, signal)
    return parse('/balance', balanceSchema, reply)
  }

  /** @returns deleted pots too; amounts in minor units. @see https://docs.monzo.com/#list-pots */
  async readPots(accountId: string, signal: AbortSignal): Promise<readonly Pot[]> {
    const reply = await this.#get('/pots', { current_account_id: accountId }, signal)
    return this.#records('/pots', potSchema, parse('/pots', potsSchema, reply).pots)
  }

  /** @returns the id of the user that logged in. @see https://docs.monzo.com/#acquire-an-access-token */
  async readUserId(signal: AbortSignal): Promise<string> {
    const reply = await this.#get('/ping/whoami', {}, signal)
    return parse('/ping/whoami', whoamiSchema, reply).user_id
  }

  /** Ends the login at Monzo: its tokens stop working. @see https://docs.monzo.com/#log-out */
  async logOut(signal: AbortSignal): Promise<void> {
    const token = await this.#deps.accessToken()
    await this.#transport.send({ method: 'POST', path: '/oauth2/logout', token, signal })
  }

  /** @throws {AppError} MONZO_UNREADABLE when there are records, and not one can be read. */
  #records<T>(
    endpoint: string,
    schema: z.ZodMiniType<T>,
    records: readonly unknown[],
  ): readonly T[] {
    const readable = records.flatMap((record) => {
      const result = schema.safeParse(record)
      if (result.success) return [result.data]
      this.#deps.onUnreadable(endpoint)
      return []
    })
    if (readable.length === 0 && records.length > 0) throw unreadable(endpoint)
    return readable
  }

  #get(path: string, query: Record<string, string>, signal: AbortSignal): Promise<unknown> {
    const { clock, random } = this.#deps
    const attempt = async (): Promise<unknown> => {
      try {
        return await this.#getOnce({ method: 'GET', path, query, signal })
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

  /** Sends once more, with another token, when Monzo refuses the one used. */
  async #getOnce(call: Omit<Call, 'token'>): Promise<unknown> {
    const token = await this.#deps.accessToken()
    const reply = await this.#transport.send({ ...call, token })
    if (!isTokenRefused(reply)) return bodyOf(call.path, reply)
    const successor = await this.#deps.accessToken(token)
    return bodyOf(call.path, await this.#transport.send({ ...call, token: successor }))
  }
}

/** 401, or Monzo's 400 for a token that it cannot parse. */
function isTokenRefused({ status, body }: Reply): boolean {
  if (status === 401) return true
  return status === 400 && errorSchema.safeParse(body).data?.code === 'bad_request.invalid_token'
}

const isRetryable = (error: unknown) =>
  error instanceof AppError && error.code === 'MONZO_UNAVAILABLE'

/** @throws {AppError} unless the status is 200. */
function bodyOf(path: string, reply: Reply): unknown {
  const message = `GET ${path}: ${reply.status}`
  if (reply.status === 200) return reply.body
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

function parse<T>(path: string, schema: z.ZodMiniType<T>, body: unknown): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw unreadable(
    path,
    body === undefined ? 'not JSON, or more than 1 MiB' : undefined,
    result.error,
  )
}

const unreadable = (path: string, what = 'not the shape we know', cause?: unknown) =>
  new AppError('MONZO_UNREADABLE', `GET ${path}: the reply is ${what}`, {
    hint: 'It is tried again; if it stays, Monzo has changed its API: please open an issue.',
    cause,
  })
