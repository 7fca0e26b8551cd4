import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** What a proxy does with a request for a tunnel. */
export type Play = (socket: Socket, request: IncomingMessage) => void

/** Opens the tunnel that is asked for. */
export const openTunnel: Play = (socket, { url = '' }) => {
  const { hostname, port } = new URL(`http://${url}`)
  const upstream = connect(Number(port), hostname, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.pipe(socket).pipe(upstream)
  })
  upstream.on('error', () => socket.destroy())
  socket.on('error', () => upstream.destroy())
}

/** A proxy on loopback. Without `play`, it opens every tunnel. */
export async function startProxy(t: TestContext, play: Play = openTunnel) {
  const asked: { readonly target: string; readonly authorization: string | undefined }[] = []
  const forwarded: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    forwarded.push(`${request.method} ${request.url} ${request.headers.host}`)
    response.end('{"by":"the proxy"}')
  })
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const { 'proxy-authorization': authorization } = request.headers
    asked.push({ target: request.url ?? '', authorization })
    socket.on('error', () => undefined)
    play(socket, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, asked, forwarded, sockets }
}
