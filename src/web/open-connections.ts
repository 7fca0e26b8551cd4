import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'

/** Every open connection of a server. */
export interface OpenConnections {
  /** Hangs up on all that have no request under way. */
  closeIdle(): void
  closeAll(): void
}

/**
 * Node's own `closeIdleConnections` knows only those that have carried a request, and its
 * `closeAllConnections` none in a TLS handshake: a browser that connects ahead of need, as they do,
 * would hold up every stop.
 */
export function trackConnections(server: Server, listener: RequestListener): OpenConnections {
  const byPeer = new Map<string, Socket>()
  const hasAsked = new WeakSet<Socket>()
  const track = (socket: Socket) => {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`
    byPeer.set(peer, socket)
    socket.once('close', () => {
      if (byPeer.get(peer) === socket) byPeer.delete(peer)
    })
  }
  server.on('connection', track)
  server.on('secureConnection', track) // takes the place of the bare one
  // On the hot path: nothing more. And no second listener, of which Node makes a list each time.
  server.on('request', (request, response) => {
    if (!hasAsked.has(request.socket)) hasAsked.add(request.socket)
    listener(request, response)
  })
  const close = (isLeft: (socket: Socket) => boolean) => {
    for (const socket of [...byPeer.values()]) if (isLeft(socket)) socket.destroy()
  }
  return {
    closeIdle() {
      server.closeIdleConnections()
      close((socket) => !hasAsked.has(socket))
    },
    closeAll: () => close(() => true),
  }
}
