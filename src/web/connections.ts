import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const FEW = 4 // always allowed, without looking at the limit
const MOST = 2000 // about 20 MB of memory
const RESERVED_FILES = 32 // what Node keeps open, tokens.json and its lock, calls to Monzo

interface Connection {
  readonly socket: Socket
  /** What it had sent when a request could begin: a TLS handshake, or nothing. */
  bytesBefore: number
  /** The newest response that has not ended. */
  response?: ServerResponse | undefined
}

/**
 * The open connections of one listener, those in a TLS handshake included, and what is under way on
 * them. A new connection is never turned away: where there are too many, the one that has been idle
 * for longest is closed instead, so that nobody can keep a scrape out by holding connections.
 */
export class Connections {
  /** By peer, since over TLS a request's socket is another object; longest without a request first. */
  readonly #open = new Map<string, Connection>()
  readonly #most: () => number
  #requests = 0

  constructor(most: () => number) {
    this.#most = most
  }

  /** How many requests have not been answered yet. */
  get requests(): number {
    return this.#requests
  }

  /** Counts a new connection, and closes others if there are too many. */
  add(socket: Socket): void {
    this.#makeRoom()
    const peer = peerOf(socket)
    const connection = { socket, bytesBefore: 0 }
    this.#open.set(peer, connection)
    socket.once('close', () => {
      if (this.#open.get(peer) === connection) this.#open.delete(peer)
    })
  }

  /** The TLS handshake is over. */
  secured(socket: Socket): void {
    const connection = this.#open.get(peerOf(socket))
    if (connection) connection.bytesBefore = socket.bytesRead
  }

  /** A request began. */
  began(response: ServerResponse): void {
    this.#requests += 1
    const peer = peerOf(response.socket)
    const connection = this.#open.get(peer)
    if (connection) connection.response = response
    response.once('close', () => {
      this.#requests -= 1
      if (!connection || this.#open.get(peer) !== connection) return
      if (connection.response === response) connection.response = undefined
      this.#open.delete(peer) // so that it goes to the end
      this.#open.set(peer, connection)
    })
  }

  /** Whether nothing of a request has come on it yet. */
  isSilent(socket: Socket): boolean {
    return this.#open.get(peerOf(socket))?.bytesBefore === socket.bytesRead
  }

  /** The response under way on it. */
  responseOn(socket: Socket): ServerResponse | undefined {
    return this.#open.get(peerOf(socket))?.response
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
      const [peer, { socket }] = leaving
      this.#open.delete(peer)
      socket.destroy()
    }
  }
}

const peerOf = (socket: Socket | null): string => `${socket?.remoteAddress} ${socket?.remotePort}`

/**
 * How many connections one listener may keep: a quarter of the files that the process may open, since
 * there can be three listeners. Read each time, since `prlimit` can change it at any time.
 */
export function mostConnections(): number {
  const files = openFilesLimit()
  const share = files === undefined ? MOST : Math.floor((files - RESERVED_FILES) / 4)
  return Math.min(Math.max(share, FEW), MOST)
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
