import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

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
  const plain = once(() => ({ send: httpRequest, agent: new HttpAgent({ keepAlive: true }) }))
  // Loading TLS takes longer than a bundle needs to answer its first scrape.
  const secure = once(() => ({ send: httpsRequest, agent: new HttpsAgent({ keepAlive: true }) }))
  return (url, { method = 'GET', headers = {}, body, signal }) =>
    new Promise((resolve, reject) => {
      const { send, agent } = (url.protocol === 'https:' ? secure : plain)()
      const options = {
        method,
        headers: { ...headers, ...(body === undefined ? {} : lengthOf(body)) },
        // A connection that the other side is just closing must not leave the fate of a one-time
        // token unknown: only what may be repeated uses an old one.
        agent: method === 'GET' ? agent : false,
        ...(signal && { signal }),
      }
      const request = send(url, options, (response) => resolve(replyOf(response, signal)))
      request.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
      request.end(body)
    })
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
