import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { AppError, isErrno } from '../lib/errors.ts'
import { localOrigin } from '../lib/url.ts'

/** That of AWS's load balancers, unless they are told otherwise; Monzo's is not known. */
const KEEP_ALIVE_MS = 60_000

/** An open port. */
export interface Listener {
  /** Without a slash at the end. */
  readonly url: string
  /** Closes open connections too. */
  close(): Promise<void>
}

/**
 * Serves an app over plain HTTP.
 * @param port 0 for any free port.
 * @throws {AppError} ADDRESS_IN_USE, ADDRESS_UNUSABLE.
 */
export async function listen(app: RequestListener, host: string, port: number): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app)
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    throw cannotListen(`${host}:${port}`, cause)
  }
  const address = server.address()
  const boundPort = typeof address === 'object' && address ? address.port : port
  return {
    url: localOrigin('http', { host, port: boundPort }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function cannotListen(where: string, cause: unknown): AppError {
  const isTaken = isErrno(cause, 'EADDRINUSE')
  return new AppError(
    isTaken ? 'ADDRESS_IN_USE' : 'ADDRESS_UNUSABLE',
    `the sandbox can't listen on ${where}`,
    { hint: isTaken ? 'Give it another port.' : 'Give it an address of this machine.', cause },
  )
}
