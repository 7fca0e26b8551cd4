import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { parseJson } from '../lib/json.ts'
import { readBody } from '../lib/read-body.ts'
import { type CallBudget, createCallBudget } from './call-budget.ts'
import { retryAfterMs } from './retry.ts'

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 1024 * 1024
const CALLS_PER_MINUTE = 60
const LONGEST_WAIT_MS = 60_000 // longer pauses fail the poll at once, so that they are seen
const LONGEST_PAUSE_MS = 60 * 60_000 // a mistaken Retry-After must not silence a login for years

/** One call as it went. `code` is the HTTP status, `timeout` or `network`. */
export interface CallReport {
  readonly endpoint: string
  readonly code: string
  readonly seconds: number
}

export interface TransportDeps {
  readonly baseUrl: URL
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly onCall: (report: CallReport) => void
}

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly token: string
  readonly signal: AbortSignal
}

export interface Reply {
  readonly status: number
  /** `undefined` if it wasn't JSON, or too long. */
  readonly body: unknown
}

/** One login's wire to Monzo: `Retry-After` on any call holds back every call made through it. */
export class Transport {
  readonly #deps: TransportDeps
  readonly #budget: CallBudget
  #notBeforeMs = 0
  constructor(deps: TransportDeps) {
    this.#deps = deps
    this.#budget = createCallBudget(deps.clock, CALLS_PER_MINUTE)
  }

  /**
   * Sends one request, once.
   * @throws {AppError} MONZO_UNAVAILABLE without a whole reply, and while Monzo asks us to stay
   *   away for more than a minute.
   */
  async send(call: Call): Promise<Reply> {
    await this.#pause(call.signal)
    await this.#budget.take(call.signal)
    const { clock, onCall } = this.#deps
    const startedMs = clock.elapsed()
    const report = (code: string) =>
      onCall({ endpoint: call.path, code, seconds: (clock.elapsed() - startedMs) / 1000 })
    try {
      const reply = await this.#exchange(call)
      report(String(reply.status))
      return reply
    } catch (cause) {
      call.signal.throwIfAborted()
      const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
      report(isTimeout ? 'timeout' : 'network')
      const what = isTimeout ? `no reply in ${TIMEOUT_MS / 1000} s` : 'no reply'
      throw unavailable(`${call.method} ${call.path}: ${what}`, cause)
    }
  }

  async #exchange({ method, path, query, token, signal }: Call): Promise<Reply> {
    const { baseUrl, fetch, clock } = this.#deps
    const url = new URL(`${baseUrl.pathname.replace(/\/$/, '')}${path}`, baseUrl)
    if (query) url.search = new URLSearchParams(query).toString()
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'manual', // the token goes to Monzo, and to nobody it may point at
      signal: clock.timeout(TIMEOUT_MS, signal),
    })
    const askedMs = retryAfterMs(response.headers.get('retry-after'), clock.now())
    const untilMs = clock.elapsed() + Math.min(askedMs, LONGEST_PAUSE_MS)
    if (askedMs > 0) this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs)
    const text = await readBody(response, MAX_BODY_BYTES)
    return { status: response.status, body: text === undefined ? undefined : parseJson(text) }
  }

  /** Monzo asked for a pause too long to wait for within one poll. */
  get isPaused(): boolean {
    return this.#pauseMs() > LONGEST_WAIT_MS
  }

  #pauseMs(): number {
    return this.#notBeforeMs - this.#deps.clock.elapsed()
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (this.isPaused) {
      const seconds = Math.ceil(this.#pauseMs() / 1000)
      throw unavailable(`Monzo asks us to stay away for another ${seconds} s`)
    }
    if (this.#pauseMs() > 0) await this.#deps.clock.sleep(this.#pauseMs(), signal)
  }
}

export const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('MONZO_UNAVAILABLE', message, { hint: 'Nothing to do: it is tried again.', cause })
