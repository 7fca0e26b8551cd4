import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const FEW = 4 // always allowed, without looking at the limit
const MOST = 2000 // about 20 MB of memory
const RESERVED_FILES = 40 // 23 of Node itself; tokens.json and its lock, calls to Monzo

interface Connection {
  readonly socket: Socket
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
  /** By both ends, since over TLS a request's socket is another object; longest idle first. */
  readonly #open = new Map<string, Connection>()
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
    const connection: Connection = { socket, bytesBefore: 0 }
    this.#open.set(ends, connection)
    socket.once('close', () => {
      if (this.#open.get(ends) === connection) this.#open.delete(ends)
    })
  }

  /** The TLS handshake is over. */
  secured(socket: Socket): void {
    const connection = this.#open.get(endsOf(socket))
    if (connection) connection.bytesBefore = socket.bytesRead
  }

  /** A request began. */
  began(response: ServerResponse): void {
    this.#requests += 1
    const ends = endsOf(response.socket)
    const connection = this.#open.get(ends)
    if (connection) connection.response = response
    response.once('close', () => {
      this.#requests -= 1
      if (!connection || this.#open.get(ends) !== connection) return
      if (connection.response === response) connection.response = undefined
      this.#open.delete(ends) // so that it goes to the end
      this.#open.set(ends, connection)
    })
  }

  /** Whether nothing of a request has come on it yet. */
  isSilent(socket: Socket): boolean {
    return this.#open.get(endsOf(socket))?.bytesBefore === socket.bytesRead
  }

  /** The response under way on it. */
  responseOn(socket: Socket): ServerResponse | undefined {
    return this.#open.get(endsOf(socket))?.response
  }

  destroyAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy()
  }

  #makeRoom(): void {
    if (this.#open.size < FEW) return
    const most = this.#most()
    while (this.#open.size >= most) {
      const all = [...this.#open]
      const leaving = all.find(([, { response }]) => !response) ?? all[0]
      if (!leaving) return
      const [ends, { socket }] = leaving
      this.#open.delete(ends)
      socket.destroy()
    }
  }
}

function endsOf(socket: Socket | null): string {
  const { remoteAddress, remotePort, localAddress, localPort } = socket ?? {}
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
