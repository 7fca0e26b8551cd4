import type { Clock } from '../lib/clock.ts'
import { parseJson } from '../lib/json.ts'
import { baseOf } from '../lib/url.ts'
import type { RunCall } from './call-limit.ts'
import { createGate, type Gate, unavailable } from './gate.ts'
import type { HttpFetch } from './http-fetch.ts'
import { readBody } from './read-body.ts'
import { retryAfterMs } from './retry-after.ts'

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 1024 * 1024 // unless the call says otherwise

/** One call as it went. `code` is the HTTP status, `timeout` or `network`. */
interface CallReport {
  readonly endpoint: string
  readonly code: string
  readonly seconds: number
}

export interface TransportDeps {
  readonly baseUrl: URL
  readonly fetch: HttpFetch
  readonly clock: Clock
  readonly onCall: (report: CallReport) => void
  /** Shared by all that one login calls; by default this transport's own. */
  readonly gate?: Gate
  /** Makes calls when there is a place among those of all logins; by default at once. */
  readonly run?: RunCall
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** The metrics' `endpoint`: a part that changes is a `:id`. */
  readonly path: string
  /** Stands for `:id`. */
  readonly id?: string
  readonly query?: Readonly<Record<string, string>>
  /** Sent as a form: Monzo reads no JSON. */
  readonly form?: Readonly<Record<string, string>>
  /** The longest reply that is read to its end; 1 MiB unless told. */
  readonly maxBytes?: number
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
  readonly #gate: Gate
  constructor(deps: TransportDeps) {
    this.#deps = deps
    this.#gate = deps.gate ?? createGate(deps.clock)
  }

  /** Monzo asked for a pause too long to wait for within one poll. */
  get isPaused(): boolean {
    return this.#gate.isPaused()
  }

  /**
   * Sends one request, once.
   * @throws {AppError} MONZO_UNAVAILABLE without a whole reply, and while Monzo asks us to stay
   *   away for more than a minute.
   */
  async send(call: Call): Promise<Reply> {
    const { run } = this.#deps
    return run ? run(() => this.#send(call), call.signal) : this.#send(call)
  }

  /** The gate comes last: who waits for a place may not do so with a share of this minute's calls. */
  async #send(call: Call): Promise<Reply> {
    await this.#gate.pass(call.signal)
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

  async #exchange(call: Call): Promise<Reply> {
    const { method, path, id = '', query, form, token, signal } = call
    const { baseUrl, fetch, clock } = this.#deps
    const filled = path.replace(':id', () => encodeURIComponent(id))
    const url = new URL(baseOf(baseUrl) + filled)
    if (query) url.search = new URLSearchParams(query).toString()
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
    const response = await fetch(url, {
      method,
      headers: form ? { ...headers, 'content-type': 'application/x-www-form-urlencoded' } : headers,
      ...(form && { body: new URLSearchParams(form).toString() }),
      redirect: 'manual', // the token goes to Monzo, and to nobody it may point at
      signal: clock.timeout(TIMEOUT_MS, signal),
    })
    this.#gate.pauseFor(retryAfterMs(response.headers.get('retry-after'), clock.now()))
    const text = await readBody(response, call.maxBytes ?? MAX_BODY_BYTES)
    return { status: response.status, body: text === undefined ? undefined : parseJson(text) }
  }
}
