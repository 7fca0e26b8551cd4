import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Log } from '../lib/log.ts'
import type { Exposition } from '../metrics/exposition.ts'
import { acceptsGzip, prefersOpenMetrics } from './accept.ts'
import { PLAIN_HEADERS, sendText } from './plain-text.ts'
import type { Scrapes } from './scrapes.ts'

/** What `/stats` reads. */
export interface StatsDeps {
  /** The newest bytes. A promise only while the first ones are being rendered. */
  readonly exposition: () => Exposition | Promise<Exposition>
  /** Whether a scrape with this `Authorization` may see them: `stats_token`. */
  readonly isAllowed: (authorization: string | undefined) => boolean
  readonly scrapes: Pick<Scrapes, 'answered' | 'refused'>
  readonly log: Log
}

/**
 * GET /stats and /metrics: 200 always, logged in or not; 401 without the token, when there is one.
 * Sends bytes that were rendered before the request came, without Express.
 */
export function statsRoute({ exposition, isAllowed, scrapes, log }: StatsDeps): RequestListener {
  const send = createSender()
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (!isAllowed(request.headers.authorization)) {
      scrapes.refused()
      const headers = { 'www-authenticate': 'Bearer' }
      sendText(response, 401, 'These metrics need stats_token as a bearer token.', headers)
      return
    }
    try {
      send(request, response, await exposition())
      scrapes.answered(request)
    } catch (error) {
      log.error({ err: error }, 'the metrics could not be rendered')
      sendText(response, 500, 'The metrics could not be rendered; the log says why.')
    }
  }
  return (request, response) => void answer(request, response)
}

function createSender() {
  const isOpenMetrics = rememberLast(prefersOpenMetrics)
  const isGzip = rememberLast(acceptsGzip)
  return ({ headers }: IncomingMessage, response: ServerResponse, exposition: Exposition): void => {
    const rendering = isOpenMetrics(headers.accept) ? exposition.openMetrics : exposition.text
    const encoding = isGzip(headers['accept-encoding']) ? 'gzip' : 'plain'
    const body = rendering[encoding]
    response.writeHead(200, {
      'content-type': rendering.contentType,
      'content-length': body.byteLength,
      ...(encoding === 'gzip' ? { 'content-encoding': encoding } : {}),
      vary: 'accept, accept-encoding',
      ...PLAIN_HEADERS,
    })
    response.end(body)
  }
}

/** Parsing the same two headers again would cost 30 µs of CPU. The rest of a scrape takes 45. */
function rememberLast(read: (header: string | undefined) => boolean) {
  let last: string | undefined
  let answer = read(undefined)
  return (header: string | undefined): boolean => {
    if (header !== last) answer = read(header)
    last = header
    return answer
  }
}
