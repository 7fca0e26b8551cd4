import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { bracketed, localOrigin } from '../lib/url.ts'
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
>

/** How to listen. */
export interface ListenOptions {
  readonly clock: Clock
  /** The setting the address came from, named when it can't be used: `server_addr`. */
  readonly setting: string
  /** Serves HTTPS when given. Asked at every new connection, so a renewed pair needs no restart. */
  readonly tls?: TlsSource | undefined
  /** `PATIENCE` when absent. */
  readonly patience?: Patience | undefined
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
}
const MAX_HEADER_BYTES = 16 * 1024
/** Longer than nginx keeps a connection (60 s), than a scrape interval, and than Monzo may take. */
const SILENCE_MS = 120_000
const OLDEST_TLS = 'TLSv1.2'
const BACKLOG = 1024 // a crowd that connects at once should queue, not fail
const CLOSE_MS = 5_000
const CLOSE_STEP_MS = 50

/**
 * Binds and serves.
 * @throws {AppError} ADDRESS_IN_USE, ADDRESS_UNUSABLE when it can't bind.
 */
export async function listen(
  listener: RequestListener,
  { host, port }: ListenAddress,
  { clock, setting, tls, patience = PATIENCE }: ListenOptions,
): Promise<Listening> {
  const options = {
    ...patience,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: 0, // `timeout` ends silent connections; this one sets a timer per request
  }
  const server = tls ? await createRenewingServer(options, tls) : createServer(options)
  server.timeout = SILENCE_MS
  const traffic = watchTraffic(server)
  server.on('request', listener)
  try {
    server.listen({ port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) })
    await once(server, 'listening')
  } catch (error) {
    throw explainBindError(error, `${host ? bracketed(host) : ''}:${port}`, setting)
  }
  const bound = portOf(server)
  let closing: Promise<void> | undefined
  return {
    port: bound,
    origin: localOrigin(tls ? 'https' : 'http', { host, port: bound }),
    close() {
      closing ??= closeServer(server, traffic, clock)
      return closing
    },
  }
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

const secure = ({ cert, key }: TlsPair) => ({ cert, key, minVersion: OLDEST_TLS }) as const

function explainBindError(error: unknown, address: string, setting: string): unknown {
  if (isErrno(error, 'EADDRINUSE'))
    return new AppError('ADDRESS_IN_USE', `${address} is in use`, {
      hint: `Another program, or another exporter, listens there: stop it, or change ${setting}.`,
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

interface Traffic {
  /** Every open connection, those in a TLS handshake included. */
  readonly connections: ReadonlySet<Socket>
  /** How many requests have not been answered yet. */
  requests(): number
}

/**
 * Node's `closeIdleConnections` passes over connections that have not carried a request yet, and
 * its `closeAllConnections` over those in a TLS handshake. Browsers open such connections ahead of
 * need, and each of them would hold up a stop.
 */
function watchTraffic(server: Server): Traffic {
  const connections = new Set<Socket>()
  let requests = 0
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  const answered = () => {
    requests -= 1
  }
  server.on('request', (_request, response) => {
    requests += 1
    response.on('close', answered)
  })
  return { connections, requests: () => requests }
}

async function closeServer(server: Server, traffic: Traffic, clock: Clock): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (let waitedMs = 0; waitedMs < CLOSE_MS && traffic.requests() > 0; waitedMs += CLOSE_STEP_MS)
    await clock.sleep(CLOSE_STEP_MS)
  for (const socket of traffic.connections) socket.destroy()
  await closed
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not bound to a port')
  return address.port
}
