import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { HttpProxy, Proxies } from './proxies.ts'

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
export interface HttpFetch {
  (url: URL, init: HttpInit): Promise<HttpReply>
  /** The proxy that a request to this URL goes through; absent if no proxies are used at all. */
  readonly proxyFor?: Proxies
}

const MAX_HEAD_BYTES = 256 * 1024 // Node's default of 16 KiB could cost a token reply with many cookies

/**
 * `HttpFetch` over `node:http` and `node:https`: the first call of the global `fetch` takes 11 MB of
 * memory, a quarter of what all of Node needs.
 * Rejects with the signal's reason, with the system's error or with {AppError} PROXY_FAILED; so does
 * reading the body. Ends as soon as the signal aborts, whatever the connection does.
 */
export function createHttpFetch(proxyFor: Proxies = () => undefined): HttpFetch {
  const transports = new Map<string, Transport>()
  const transportTo = async (url: URL, proxy: HttpProxy | undefined): Promise<Transport> => {
    const name = `${url.protocol} ${proxy?.url.href}`
    const transport = transports.get(name) ?? (await loadTransport(url, proxy))
    transports.set(name, transport) // only now: a failed import is tried again
    return transport
  }
  const httpFetch: HttpFetch = async (url, { method = 'GET', headers = {}, body, signal }) => {
    const proxy = proxyFor(url)
    // HTTPS goes through the proxy in a tunnel; plain HTTP is sent to the proxy instead of the host.
    const forwarder = url.protocol === 'https:' ? undefined : proxy
    const target = forwarder?.url ?? url
    const { send, shared, unshared } = await transportTo(target, forwarder ? undefined : proxy)
    return new Promise((resolve, reject) => {
      const call = send(target, {
        method,
        headers: {
          ...headers,
          ...(body !== undefined && lengthOf(body)),
          ...(forwarder && { host: url.host, ...forwarder.headers }),
        },
        ...(forwarder && { path: url.href }),
        // Only GET, which can be repeated, reuses a connection. If the server closed a reused one
        // during a token request, we could not tell whether the one-time token was used up.
        agent: method === 'GET' ? shared : unshared,
        maxHeaderSize: MAX_HEAD_BYTES,
        ...(signal && { signal }),
      })
      onReply(call, signal, resolve, reject)
      call.end(body)
    })
  }
  return Object.assign(httpFetch, { proxyFor })
}

/** How requests are sent, on connections that are kept for the next request or used once. */
interface Transport {
  readonly send: typeof request
  readonly shared: Agent
  readonly unshared: Agent | false
}

/** Imports TLS, and what speaks to proxies, only when a call needs them. */
async function loadTransport(url: URL, proxy: HttpProxy | undefined): Promise<Transport> {
  if (url.protocol !== 'https:')
    return { send: request, shared: new Agent({ keepAlive: true }), unshared: false }
  const [https, tls] = await Promise.all([import('node:https'), import('node:tls')])
  // Otherwise the agent would create a context, including all certificates, for each connection.
  const secureContext = tls.createSecureContext()
  const shared = { keepAlive: true, secureContext }
  if (!proxy) return { send: https.request, shared: new https.Agent(shared), unshared: false }
  const { createTunnelAgent } = await import('./proxy-tunnel.ts')
  return {
    send: https.request,
    shared: createTunnelAgent(proxy, shared),
    unshared: createTunnelAgent(proxy, { secureContext }),
  }
}

const lengthOf = (body: string) => ({ 'content-length': String(Buffer.byteLength(body)) })

/** Calls either `resolve` or `reject`, whatever happens to the connection. */
function onReply(
  call: ClientRequest,
  signal: AbortSignal | undefined,
  resolve: (reply: HttpReply) => void,
  reject: (error: unknown) => void,
): void {
  call.on('response', (response) => resolve(replyOf(response, bodyOf(response, signal))))
  // Without a listener, Node destroys the request on a 101 and emits nothing.
  call.on('upgrade', (response, socket) => {
    socket.destroy()
    resolve(replyOf(response, null))
  })
  call.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
  call.on('close', () => reject(new Error('the connection was closed without a reply')))
  // A request that still waits for its proxy notices nothing by itself.
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
}

function replyOf(response: IncomingMessage, body: HttpReply['body']): HttpReply {
  return {
    status: response.statusCode ?? 0,
    headers: {
      get(name) {
        const value = response.headers[name.toLowerCase()]
        return Array.isArray(value) ? value.join(', ') : (value ?? null)
      },
    },
    body,
  }
}

/** We don't ask for compressed replies, but something in between may compress them all the same. */
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

async function* bodyOf(response: IncomingMessage, signal: AbortSignal | undefined) {
  const decoder = DECODERS[response.headers['content-encoding'] ?? '']?.()
  // The loop below sees every error, since a failed response destroys the decoder.
  const decoded = decoder ? pipeline(response, decoder, () => undefined) : response
  try {
    for await (const chunk of decoded) yield Buffer.from(chunk)
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}

/**
 * Reads a whole body as UTF-8, but stops before one that is too long fills the memory.
 * @param isEnough whether the text so far will do if the connection breaks before the end.
 * @returns `undefined` when it is longer than `maxBytes`.
 */
export async function readBody(
  response: Pick<HttpReply, 'body'>,
  maxBytes: number,
  isEnough: (soFar: string) => boolean = () => false,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const soFar = () => Buffer.concat(chunks).toString('utf8')
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) return undefined // leaving the loop cancels the stream
      chunks.push(chunk)
    }
  } catch (error) {
    if (!isEnough(soFar())) throw error
  }
  return soFar()
}
