import type { Socket } from 'node:net'

/**
 * All that is read from this connection until it ends, by a reset as well: whoever hangs up on bytes
 * it has not read resets the connection. `once(socket, 'close')` would reject then.
 */
export function untilHungUp(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
  })
  return new Promise((resolve) => {
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
}
