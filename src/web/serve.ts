import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import { isIP } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import { AppError, isErrno } from '../lib/errors.ts'
import { bracketed, localOrigin } from '../lib/url.ts'
import { type OpenConnections, trackConnections } from './open-connections.ts'
import { checkTlsPair, type TlsFiles, type TlsPair } from './tls-files.ts'

/** Where to listen; without a host on every address. */
export interface ListenAddress {
  readonly host?: string | undefined
  /** 0 takes any free one. */
  readonly port: number
}

/** How to listen. */
export interface ListenOptions {
  readonly clock: Clock
  /** The setting the address came from, named when it can't be used: `server_addr`. */
  readonly setting: string
  /** Serves HTTPS when given; goes on with whatever `watch` hands it. */
  readonly tls?: (TlsPair & Partial<Pick<TlsFiles, 'watch'>>) | undefined
}

/** A bound listener. */
export interface Listening {
  readonly port: number
  /** As a browser on this machine would say it, without a slash at the end. */
  readonly origin: string
  /** Lets requests under way finish, for five seconds at most. */
  close(): Promise<void>
}

const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000, // an honest client sends them in one packet
  requestTimeout: 10_000, // the longest form is a key, a code and a state
  connectionsCheckingInterval: 2_000, // node looks for slow ones only this often
  keepAliveTimeout: 0, // SILENCE_MS does: this one would make two timers for every request
}
/** Longer than nginx keeps a connection (60 s), than a scrape interval, and than Monzo may take. */
const SILENCE_MS = 120_000
const OLDEST_TLS = 'TLSv1.2'
const BACKLOG = 1024 // a crowd that connects at once should queue, not fail
const CLOSE_MS = 5_000
const CLOSE_STEP_MS = 50

/**
 * Binds and serves.
 * @throws {AppError} ADDRESS_IN_USE, ADDRESS_UNUSABLE when it can't bind;
 *   CONFIG_INVALID when certificate and key can't be used.
 */
export async function listen(
  listener: RequestListener,
  { host, port }: ListenAddress,
  { clock, setting, tls }: ListenOptions,
): Promise<Listening> {
  const server = createServerFor(tls)
  const connections = trackConnections(server, listener)
  try {
    bind(server, { host, port })
    await once(server, 'listening')
  } catch (error) {
    throw explainBindError(error, `${host ? bracketed(host) : ''}:${port}`, setting)
  }
  const bound = portOf(server)
  const stopWatching = new AbortController()
  tls?.watch?.((renewed) => renew(server, renewed), stopWatching.signal)
  let closing: Promise<void> | undefined
  return {
    port: bound,
    origin: localOrigin(tls ? 'https' : 'http', { host, port: bound }),
    close() {
      stopWatching.abort()
      closing ??= closeServer(server, connections, clock)
      return closing
    },
  }
}

function createServerFor(tls: ListenOptions['tls']): Server {
  if (tls) checkTlsPair(tls)
  const server = tls ? createTlsServer({ ...LIMITS, ...secure(tls) }) : createServer(LIMITS)
  server.timeout = SILENCE_MS
  return server
}

/**
 * For programs that fork, `listen` loads `cluster`, `child_process`, `dgram` and `dns`: a tenth of
 * a start, and 0.8 MB. Behind it is a method that all Nodes have so far, which does the rest.
 */
function bind(server: Server, { host, port }: ListenAddress): void {
  const isName = host !== undefined && isIP(host) === 0
  if (!isName && '_listen2' in server && typeof server._listen2 === 'function')
    server._listen2(host ?? null, port, host === undefined ? 4 : isIP(host), BACKLOG)
  else server.listen({ port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) })
}

/** From the next handshake on; open connections stay as they are. */
function renew(server: Server, renewed: TlsPair): void {
  if (server instanceof TlsServer) server.setSecureContext(secure(renewed))
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

/** Connections that fall idle while we wait for others are hung up on as well. */
async function closeServer(
  server: Server,
  connections: OpenConnections,
  clock: Clock,
): Promise<void> {
  const done = new AbortController()
  const closed = once(server, 'close').then(() => done.abort())
  server.close()
  connections.closeIdle()
  for (let waitedMs = 0; waitedMs < CLOSE_MS && !done.signal.aborted; waitedMs += CLOSE_STEP_MS) {
    await clock.sleep(CLOSE_STEP_MS, done.signal).catch(() => {}) // aborted: it is closed
    connections.closeIdle()
  }
  connections.closeAll()
  await closed
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not bound to a port')
  return address.port
}
