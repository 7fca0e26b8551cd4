import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { singleFlight } from '../lib/single-flight.ts'
import { basePathOf } from '../lib/url.ts'
import { sendText } from './plain-text.ts'
import { pathOf, routeTarget } from './route-path.ts'
import { type StatsDeps, statsRoute } from './stats-route.ts'
import { withWebhooks } from './webhook-route.ts'

/** What a listener reads. */
export interface ListenerDeps extends StatsDeps {
  /** `redirect_uri`; its path is the prefix that every route is answered with and without. */
  readonly publicUrl: URL
  /** Why there is nothing fresh to scrape; `undefined` when there is. */
  readonly ready: () => string | undefined
  /** Whether `/` has the metrics, too: in Go mode, where only metrics are served. */
  readonly isRootMetrics?: boolean | undefined
  /** Takes a delivery; `false` when no webhook has this secret. Absent without webhooks. */
  readonly deliver?: ((secret: string) => boolean) | undefined
  /**
   * Loads what is for people, on the first request for it. Absent where only metrics are served. What
   * it loads is handed targets without the prefix.
   */
  readonly pages?: (() => Promise<RequestListener>) | undefined
}

/**
 * Answers machines itself, and hands everything else to the pages. Those load Express; an exporter
 * that is only scraped never does.
 */
export function createListener(deps: ListenerDeps): RequestListener {
  const answers = machineRoutes(deps)
  const pages = deps.pages ? latePages(deps.pages, deps) : notFound
  const others = deps.deliver ? withWebhooks(deps.deliver, pages) : pages
  const prefix = basePathOf(deps.publicUrl)
  return (request, response) => {
    const target = routeTarget(request.url ?? '/', prefix)
    const answer = answers.get(pathOf(target))
    request.url = target
    if (!answer) others(request, response)
    else if (request.method === 'GET' || request.method === 'HEAD') answer(request, response)
    else sendText(response, 405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' })
  }
}

function machineRoutes(deps: ListenerDeps): ReadonlyMap<string, RequestListener> {
  const stats = statsRoute(deps)
  const routes: Readonly<Record<string, RequestListener>> = {
    '/stats': stats,
    '/metrics': stats,
    ...(deps.isRootMetrics ? { '/': stats } : {}),
    '/-/healthy': (_request, response) => sendText(response, 200, 'ok'),
    '/-/ready': (_request, response) => {
      const reason = deps.ready()
      sendText(response, reason === undefined ? 200 : 503, reason ?? 'ready')
    },
  }
  return new Map(Object.entries(routes))
}

function latePages(load: () => Promise<RequestListener>, { log }: ListenerDeps): RequestListener {
  let pages: RequestListener | undefined
  const loadOnce = singleFlight(load) // two requests at once must share one guess limit
  const loadAndAnswer = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      pages = await loadOnce()
      pages(request, response)
    } catch (error) {
      log.error({ err: error }, 'the pages could not be loaded')
      if (response.headersSent) response.destroy()
      else sendText(response, 500, 'The pages could not be loaded; the log says why.')
    }
  }
  return (request, response) => {
    if (pages) pages(request, response)
    else void loadAndAnswer(request, response)
  }
}

const notFound: RequestListener = (_request, response) => {
  sendText(response, 404, 'Only /stats, /metrics, /-/healthy and /-/ready are served here.')
}
