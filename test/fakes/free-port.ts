import { once } from 'node:events'
import { createServer } from 'node:net'

// Below those that Linux gives to outgoing connections (32768 and up): tests in other processes
// make many, and one of them would take the port before it is listened on.
const FIRST = 15_000
const COUNT = 17_000

/** A port of this machine that nobody listens on now. Random: tests run beside each other. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    const server = createServer()
    const bound = once(server, 'listening').then(
      () => true,
      () => false, // in use
    )
    server.listen(port, '127.0.0.1')
    if (!(await bound)) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
