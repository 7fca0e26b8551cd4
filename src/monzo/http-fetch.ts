import { Agent, type IncomingMessage, request } from 'node:http'

/** A reply whose body has yet to be read. The global `Response` is one. */
export interface HttpReply {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
}

/** What of a request can be said. */
export interface HttpInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Redirects are never followed: a token goes to Monzo, and to nobody it may point at. */
  readonly redirect?: 'manual'
  readonly signal?: AbortSignal
}

/** The part of `fetch` that calling Monzo needs. The global one fits too. */
export type HttpFetch = (url: URL, init: HttpInit) => Promise<HttpReply>

/**
 * `HttpFetch` over `node:http` and `node:https`: the global `fetch` costs 11 MB of memory when it is
 * first called, a quarter of what all of Node needs.
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
        // A connection that the other side is just closing must not leave the fate of a one-time
        // token unknown: only what may be repeated uses an old one.
        agent: method === 'GET' ? agent : false,
        ...(signal && { signal }),
      }
      const call = send(url, options, (response) => resolve(replyOf(response, signal)))
      call.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
      call.end(body)
    })
  }
}

/** Imports TLS with the first call, for which the first scrape need not wait. */
async function loadHttps() {
  const [https, tls] = await Promise.all([import('node:https'), import('node:tls')])
  // Without a context of its own the agent makes one for each connection, certificates included.
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
 * Reads a whole body as UTF-8, giving up on one that is too long before it fills the memory.
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
