import { Agent, type IncomingMessage, request } from 'node:http'

/** A reply whose body has not been read yet. The global `Response` fits this type. */
export interface HttpReply {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

/** The supported options of a request. */
export interface HttpInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Redirects are never followed: the token must go to Monzo only, not to wherever it redirects. */
  readonly redirect?: 'manual'
  readonly signal?: AbortSignal
}

/** The part of `fetch` that calls to Monzo need. The global `fetch` fits this type. */
export type HttpFetch = (url: URL, init: HttpInit) => Promise<HttpReply>

/**
 * `HttpFetch` over `node:http` and `node:https`: the first call of the global `fetch` takes 11 MB of
 * memory, a quarter of what all of Node needs.
 * Rejects with the signal's reason, or with the system's error; so does reading the body.
 */
export function createHttpFetch(): HttpFetch {
  const plain = once(async () => ({ send: request, agent: new Agent({ keepAlive: true }) }))
  const secure = once(loadHttps)
  return async (url, { method = 'GET', headers = {}, body, signal }) => {
    const { send, agent } = await (url.protocol === 'https:' ? secure : plain)()
    return new Promise((resolve, reject) => {
      const options = {
        method,
        headers: { ...headers, ...(body === undefined ? {} : lengthOf(body)) },
        // Only GET, which can be repeated, reuses a connection. If the server closed a reused one
        // during a token request, we could not tell whether the one-time token was used up.
        agent: method === 'GET' ? agent : false,
        ...(signal && { signal }),
      }
      const call = send(url, options, (response) => resolve(replyOf(response, signal)))
      call.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
      call.end(body)
    })
  }
}

/** Imports TLS at the first call, so that the first scrape need not wait for it. */
async function loadHttps() {
  const [https, tls] = await Promise.all([import('node:https'), import('node:tls')])
  // Otherwise the agent would create a context, including all certificates, for each connection.
  const secureContext = tls.createSecureContext()
  return { send: https.request, agent: new https.Agent({ keepAlive: true, secureContext }) }
}

function once<T>(create: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= create()
    return made
  }
}

const lengthOf = (body: string) => ({ 'content-length': String(Buffer.byteLength(body)) })

function replyOf(response: IncomingMessage, signal: AbortSignal | undefined): HttpReply {
  return {
    status: response.statusCode ?? 0,
    headers: {
      get(name) {
        const value = response.headers[name.toLowerCase()]
        return Array.isArray(value) ? value.join(', ') : (value ?? null)
      },
    },
    body: chunksOf(response, signal),
  }
}

async function* chunksOf(response: IncomingMessage, signal: AbortSignal | undefined) {
  try {
    for await (const chunk of response) yield Buffer.from(chunk)
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}

/**
 * Reads a whole body as UTF-8, but stops before one that is too long fills the memory.
 * @returns `undefined` when it is longer than `maxBytes`.
 */
export async function readBody(
  response: Pick<HttpReply, 'body'>,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (!response.body) return ''
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return undefined // leaving the loop cancels the stream
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
