import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const FEW = 4 // always allowed, without looking at the limit
const MOST = 2000 // about 20 MB of memory
const RESERVED_FILES = 40 // 23 of Node itself; tokens.json and its lock, calls to Monzo

interface Connection {
  readonly socket: Socket
  readonly ends: string
  /** What it had sent when a request could begin: a TLS handshake, or nothing. */
  bytesBefore: number
  /** The newest response that has not ended. */
  response?: ServerResponse | undefined
}

/**
 * The open connections of all listeners, those in a TLS handshake included, and what is under way on
 * them. A new connection is never turned away: where there are too many, the one that has been idle
 * for longest is closed instead, so that nobody can keep a scrape out by holding connections.
 */
export class Connections {
  /** By both ends, longest idle first. */
  readonly #open = new Map<string, Connection>()
  /** By the socket of requests, which over TLS is another object; spares each scrape a look at its ends. */
  readonly #bySocket = new WeakMap<Socket, Connection>()
  readonly #most: () => number
  #requests = 0

  /** @param most how many there may be; asked again as they become more. */
  constructor(most: () => number = mostConnections) {
    this.#most = most
  }

  /** How many requests have not been answered yet. */
  get requests(): number {
    return this.#requests
  }

  /** Counts a new connection, and closes others if there are too many. */
  add(socket: Socket): void {
    this.#makeRoom()
    const ends = endsOf(socket)
    const connection: Connection = { socket, ends, bytesBefore: 0 }
    this.#open.set(ends, connection)
    socket.once('close', () => {
      if (this.#open.get(ends) === connection) this.#open.delete(ends)
    })
  }

  /** The TLS handshake is over. */
  secured(socket: Socket): void {
    const connection = this.#find(socket)
    if (connection) connection.bytesBefore = socket.bytesRead
  }

  /** A request began. */
  began(response: ServerResponse): void {
    this.#requests += 1
    const connection = response.socket ? this.#find(response.socket) : undefined
    if (connection) connection.response = response
    response.on('close', () => {
      this.#requests -= 1
      if (connection) this.#ended(connection, response)
    })
  }

  /** Whether nothing of a request has come on it yet. */
  isSilent(socket: Socket): boolean {
    return this.#find(socket)?.bytesBefore === socket.bytesRead
  }

  /** The response under way on it. */
  responseOn(socket: Socket): ServerResponse | undefined {
    return this.#find(socket)?.response
  }

  destroyAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy()
  }

  #find(socket: Socket): Connection | undefined {
    const found = this.#bySocket.get(socket) ?? this.#open.get(endsOf(socket))
    if (found) this.#bySocket.set(socket, found)
    return found
  }

  #ended(connection: Connection, response: ServerResponse): void {
    const { ends } = connection
    if (connection.response === response) connection.response = undefined
    if (this.#open.delete(ends)) this.#open.set(ends, connection) // at the end now
  }

  #makeRoom(): void {
    if (this.#open.size < FEW) return
    const most = this.#most()
    while (this.#open.size >= most) {
      const all = [...this.#open.values()]
      const leaving = all.find(({ response }) => !response) ?? all[0]
      if (!leaving) return
      this.#open.delete(leaving.ends)
      leaving.socket.destroy()
    }
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

/**
 * How many connections there may be: half of the files that the process may open, and never what else
 * needs some. Read each time, since `prlimit` can change it at any time.
 */
function mostConnections(): number {
  const files = openFilesLimit() ?? 2 * MOST
  return Math.max(FEW, Math.min(files / 2, files - RESERVED_FILES, MOST))
}

/** @returns `undefined` where the system does not say: without /proc. */
function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, files] = /^Max open files\s+(\d+)/m.exec(limits) ?? []
    return files === undefined ? undefined : Number(files)
  } catch {
    return undefined
  }
}
