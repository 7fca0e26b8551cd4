import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import { errnoOf } from '../lib/errno.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { bracketed, isLocalhost, isLoopback, localOrigin } from '../lib/url.ts'
import { Connections } from './connections.ts'
import { withKnownHosts } from './known-hosts.ts'
import type { TlsPair, TlsSource } from './tls-files.ts'

/** Where to listen; without a host on every address. */
export interface ListenAddress {
  readonly host?: string | undefined
  /** 0 takes any free one. */
  readonly port: number
}

/** How long a client may take, in milliseconds; see `PATIENCE`. */
type Patience = Required<
  Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'>
> & { readonly handshakeTimeout: number }

/** How to listen. */
export interface ListenOptions {
  readonly clock: Clock
  /** The setting the address came from, named when it can't be used: `server_addr`. */
  readonly setting: string
  /** `redirect_uri`. Its host name is one of ours; `localhost` in it means both loopback addresses. */
  readonly publicUrl: URL
  /** Serves HTTPS when given. Asked at every new connection, so a renewed pair needs no restart. */
  readonly tls?: TlsSource | undefined
  /** `PATIENCE` when absent. */
  readonly patience?: Patience | undefined
  /** Those of all listeners, which are closed together. Of this one alone when absent. */
  readonly connections?: Connections | undefined
}

/** A bound listener. */
export interface Listening {
  readonly port: number
  /** As a browser on this machine would say it, without a slash at the end. */
  readonly origin: string
  /** Lets requests under way finish, for five seconds at most. */
  close(): Promise<void>
}

/**
 * A client that sends its request a byte at a time is answered 408 and hung up on. Node looks for
 * such clients only at intervals, so that happens up to 30 s after the limit: looking more often
 * would wake an idle process, and each of them holds no more than a socket.
 */
const PATIENCE: Patience = {
  headersTimeout: 5_000, // an honest client sends them in one packet
  requestTimeout: 10_000, // the longest form is a key, a code and a state
  connectionsCheckingInterval: 30_000, // Node's default
  handshakeTimeout: 10_000, // of TLS; Node's default is two minutes
}
const MAX_HEADER_BYTES = 16 * 1024
/** Longer than nginx keeps a connection (60 s), than a scrape interval, and than Monzo may take. */
const SILENCE_MS = 120_000
const BACKLOG = 1024 // a crowd that connects at once should queue, not fail
const CLOSE_MS = 5_000
const CLOSE_STEP_MS = 50
const LOOPBACK = ['127.0.0.1', '::1']

const TLS_SETTINGS = {
  minVersion: 'TLSv1.2',
  /** Forward secrecy and authenticated encryption alone: Mozilla's list "intermediate". */
  ciphers: [
    'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const

/**
 * Binds and serves; at both loopback addresses where `localhost` is meant.
 * @throws {AppError} ADDRESS_IN_USE, ADDRESS_UNUSABLE when it can't bind.
 */
export async function listen(
  listener: RequestListener,
  { host, port }: ListenAddress,
  options: ListenOptions,
): Promise<Listening> {
  const { clock, setting, publicUrl, tls } = options
  const isBoth = meansLocalhost(host, publicUrl)
  const names = [publicUrl.hostname, ...(host === undefined ? [] : [host])]
  const bound: Bound[] = []
  const close = async () => {
    await Promise.all(bound.map((one) => closeServer(one, clock)))
  }
  let missing: unknown
  for (const one of isBoth ? LOOPBACK : [host]) {
    try {
      const at = { host: one, port: bound[0]?.port ?? port }
      bound.push(await bind(listener, at, names, options))
    } catch (error) {
      missing = error
      if (isBoth && isMissing(error)) continue // a machine without IPv6, or without IPv4
      await close()
      throw explainBindError(error, `${one ? bracketed(one) : ''}:${port}`, setting, isBoth)
    }
  }
  const [first] = bound
  if (!first) throw explainBindError(missing, `${host}:${port}`, setting, isBoth)
  let closing: Promise<void> | undefined
  return {
    port: first.port,
    origin: localOrigin(tls ? 'https' : 'http', { host, port: first.port }),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/**
 * Whether both loopback addresses are to be listened at: browsers and Prometheus choose one of them
 * for `localhost`, and another user of the machine could listen at the other and be sent the key.
 */
function meansLocalhost(host: string | undefined, { hostname }: URL): boolean {
  if (host === undefined) return false
  return isLocalhost(host) || (LOOPBACK.includes(host) && isLocalhost(hostname))
}

const isMissing = (error: unknown): boolean =>
  ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(errnoOf(error) ?? '')

interface Bound {
  readonly server: Server
  readonly port: number
  readonly connections: Connections
}

async function bind(
  listener: RequestListener,
  { host, port }: ListenAddress,
  names: readonly string[],
  options: ListenOptions,
): Promise<Bound> {
  const { tls, patience = PATIENCE, connections = new Connections() } = options
  const settings = {
    ...patience,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: 0, // `timeout` ends silent connections; this one sets a timer per request
    insecureHTTPParser: false, // whatever NODE_OPTIONS says
  }
  const server = tls ? await createRenewingServer(settings, tls) : createServer(settings)
  server.timeout = SILENCE_MS
  server.on('connection', (socket: Socket) => connections.add(socket))
  server.on('secureConnection', (socket: Socket) => connections.secured(socket))
  server.on('request', (_request, response) => connections.began(response))
  server.on('clientError', (error, socket: Socket) => endBrokenRequest(error, socket, connections))
  server.listen({ port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) })
  await once(server, 'listening')
  const { address, port: boundPort } = boundTo(server)
  server.on('request', withKnownHosts(listener, { isLoopback: isLoopback(address), names }))
  return { server, port: boundPort, connections }
}

/** By Node's code of what is wrong; every other code of its parser is a 400. */
const BROKEN_REQUESTS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

/**
 * As Node does it without a listener, but load balancers and browsers open connections ahead of need:
 * one that has sent nothing yet is not late with its headers. `SILENCE_MS` ends it.
 */
function endBrokenRequest(error: unknown, socket: Socket, connections: Connections): void {
  const code = errnoOf(error) ?? ''
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && connections.isSilent(socket)) return
  const status = BROKEN_REQUESTS[code] ?? (code.startsWith('HPE_') ? '400 Bad Request' : undefined)
  if (status && socket.writable && !connections.responseOn(socket)?.headersSent)
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
  socket.destroy()
}

/** Open connections stay as they are when the pair is renewed; new ones get the new certificate. */
async function createRenewingServer(options: ServerOptions, tls: TlsSource): Promise<Server> {
  const { createServer: createTlsServer } = await import('node:https')
  let current = tls()
  const server = createTlsServer({ ...options, ...secure(current) })
  // `connection` comes before the handshake; first in line, or Node would have chosen already.
  server.prependListener('connection', () => {
    const pair = tls()
    if (pair !== current) server.setSecureContext(secure(pair))
    current = pair
  })
  return server
}

const secure = ({ cert, key }: TlsPair) => ({ cert, key, ...TLS_SETTINGS })

function explainBindError(
  error: unknown,
  address: string,
  setting: string,
  isLocalhostMeant: boolean,
): unknown {
  if (isErrno(error, 'EADDRINUSE'))
    return new AppError('ADDRESS_IN_USE', `${address} is in use`, {
      hint: isLocalhostMeant
        ? `localhost means this address, too, so whatever listens there could be sent the key: stop it, or write 127.0.0.1 instead of localhost in redirect_uri and ${setting}.`
        : `Another program, or another exporter, listens there: stop it, or change ${setting}.`,
      cause: error,
    })
  if (isErrno(error, 'EACCES'))
    return new AppError('ADDRESS_UNUSABLE', `${address} may not be used by this user`, {
      hint: `Ports below 1024 belong to root: set ${setting} to a higher one.`,
      cause: error,
    })
  if (isErrno(error, 'EADDRNOTAVAIL') || isErrno(error, 'ENOTFOUND'))
    return new AppError('ADDRESS_UNUSABLE', `${address} is not an address of this machine`, {
      hint: `Set ${setting} to one that is, such as 127.0.0.1:8080, or :8080 for all of them.`,
      cause: error,
    })
  return error
}

/**
 * Node's `closeIdleConnections` passes over connections that have not carried a request yet, and
 * its `closeAllConnections` over those in a TLS handshake. Browsers open such connections ahead of
 * need, and each of them would hold up a stop.
 */
async function closeServer({ server, connections }: Bound, clock: Clock): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (let waitedMs = 0; waitedMs < CLOSE_MS && connections.requests > 0; waitedMs += CLOSE_STEP_MS)
    await clock.sleep(CLOSE_STEP_MS)
  connections.destroyAll()
  await closed
}

function boundTo(server: Server): { readonly address: string; readonly port: number } {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not bound to a port')
  return address
}
