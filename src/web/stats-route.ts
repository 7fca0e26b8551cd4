import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Log } from '../lib/log.ts'
import type { Exposition } from '../metrics/exposition.ts'
import { acceptsGzip, prefersOpenMetrics } from './accept.ts'
import { sendText } from './plain-text.ts'

/** What `/stats` reads. */
export interface StatsDeps {
  /** The newest bytes. A promise only while the first ones are being rendered. */
  readonly exposition: () => Exposition | Promise<Exposition>
  /** Whether a scrape with this `Authorization` may see them: `stats_token`. */
  readonly isAllowed: (authorization: string | undefined) => boolean
  readonly log: Log
}

/**
 * GET /stats and /metrics: 200 always, logged in or not; 401 without the token, when there is one.
 * Plain `node:http` and, but for the first answer, synchronous: a scrape costs next to nothing.
 */
export function statsRoute({ exposition, isAllowed, log }: StatsDeps): RequestListener {
  const send = createSender()
  const fail = (response: ServerResponse, error: unknown) => {
    log.error({ err: error }, 'the metrics could not be rendered')
    sendText(response, 500, 'The metrics could not be rendered; the log says why.')
  }
  return (request, response) => {
    if (!isAllowed(headerOf(request, 'authorization'))) {
      const headers = { 'www-authenticate': 'Bearer' }
      sendText(response, 401, 'These metrics need stats_token as a bearer token.', headers)
      return
    }
    try {
      const current = exposition()
      if (!(current instanceof Promise)) return send(request, response, current)
      current.then(
        (rendered) => send(request, response, rendered),
        (error: unknown) => fail(response, error),
      )
    } catch (error) {
      fail(response, error)
    }
  }
}

/** Headers are built once per body, and read once per kind of client: few ever ask. */
function createSender() {
  const headersOf = new WeakMap<Buffer, string[]>()
  const isOpenMetrics = rememberLast(prefersOpenMetrics)
  const isGzip = rememberLast(acceptsGzip)
  return (request: IncomingMessage, response: ServerResponse, exposition: Exposition) => {
    const isOpen = isOpenMetrics(headerOf(request, 'accept'))
    const rendering = isOpen ? exposition.openMetrics : exposition.text
    const encoding = isGzip(headerOf(request, 'accept-encoding')) ? 'gzip' : 'plain'
    const body = rendering[encoding]
    let prepared = headersOf.get(body)
    if (!prepared) {
      prepared = headersFor(rendering.contentType, body.byteLength, encoding === 'gzip')
      headersOf.set(body, prepared)
    }
    response.writeHead(200, prepared)
    response.end(body)
  }
}

function headersFor(contentType: string, byteLength: number, isGzip: boolean): string[] {
  const headers = ['content-type', contentType, 'content-length', String(byteLength)]
  headers.push('vary', 'accept, accept-encoding', 'x-content-type-options', 'nosniff')
  headers.push('cross-origin-resource-policy', 'same-origin')
  return isGzip ? [...headers, 'content-encoding', 'gzip'] : headers
}

/** As `headers` has it; but asking for those makes an object of all of them, for every scrape. */
function headerOf(
  request: IncomingMessage,
  wanted: 'accept' | 'accept-encoding' | 'authorization',
): string | undefined {
  const { rawHeaders } = request
  let found: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length !== wanted.length || rawHeaders[at]?.toLowerCase() !== wanted)
      continue
    if (found !== undefined) return request.headers[wanted] // more than one: Node knows the rules
    found = rawHeaders[at + 1]
  }
  return found
}

/** Prometheus sends the same header with every scrape: it is read once. */
function rememberLast(read: (header: string | undefined) => boolean) {
  let last: string | undefined
  let answer = read(undefined)
  return (header: string | undefined): boolean => {
    if (header !== last) {
      answer = read(header)
      last = header
    }
    return answer
  }
}
