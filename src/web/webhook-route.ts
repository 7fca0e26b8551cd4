import type {
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http'
import { PLAIN_HEADERS, sendText } from './plain-text.ts'
import { pathOf } from './route-path.ts'

const MAX_BYTES = 64 * 1024 // a transaction with its merchant has about five thousand
const MAX_DRAINED_BYTES = 1024 * 1024 // received even so, or a client could not read the refusal

/**
 * POST /webhook/<secret>: Monzo's deliveries, answered without Express. The body is received and
 * ignored: anybody who knows the path could have sent it.
 * @param deliver handles a delivery, and tells whether the secret is one of ours.
 * @param next answers all other paths.
 */
export function withWebhooks(
  deliver: (secret: string) => boolean,
  next: RequestListener,
): RequestListener {
  return (request, response) => {
    const secret = /^\/webhook\/([^/]+)$/.exec(pathOf(request.url ?? '/'))?.[1]
    if (secret === undefined) next(request, response)
    else if (request.method === 'POST') drain(request, response, () => answer(response, secret))
    else sendText(response, 405, 'Only POST is answered here.', { allow: 'POST' })
  }

  function answer(response: ServerResponse, secret: string): void {
    if (deliver(secret)) {
      response.writeHead(200, { ...PLAIN_HEADERS, 'content-length': 0 })
      response.end()
    } else sendText(response, 404, 'There is no such webhook.')
  }
}

/** Calls `done` after a body that is short enough; hangs up on one that is far too long. */
function drain(request: IncomingMessage, response: ServerResponse, done: () => void): void {
  let bytes = 0
  const refuse = (headers: OutgoingHttpHeaders = {}) =>
    sendText(response, 413, `At most ${MAX_BYTES} bytes are taken.`, headers)
  const hangUp = () => {
    request.off('data', onData).off('end', onEnd)
    refuse({ connection: 'close' })
  }
  const onData = (chunk: Buffer) => {
    bytes += chunk.byteLength
    if (bytes > MAX_DRAINED_BYTES) hangUp()
  }
  const onEnd = () => {
    if (bytes > MAX_BYTES) refuse()
    else done()
  }
  if (Number(request.headers['content-length']) > MAX_DRAINED_BYTES) hangUp()
  else request.on('data', onData).on('end', onEnd)
}
