import type { RequestHandler } from 'express'
import { basePathOf } from '../lib/url.ts'
import { createCookie } from './binding-cookie.ts'

const SECONDS = 10 // a redirect takes less

/**
 * Redirects a request for another host name (`localhost` instead of `127.0.0.1`) to the host of
 * `redirect_uri`. Monzo sends the browser back there, where a cookie set here would be missing. The
 * target comes from the configuration, never from the request; the status is 307, so that a form is
 * posted again and its key stays out of the address.
 *
 * A proxy that hides the host name would make this a loop. A cookie ends it: it comes back only if
 * the browser was on the right host all along.
 */
export function toOwnHost(publicUrl: URL, path: string): RequestHandler {
  const moved = createCookie(publicUrl, 'monzo_exporter_moved', SECONDS)
  const own = publicUrl.hostname
  return (request, response, next) => {
    if (request.hostname?.toLowerCase() === own) return next()
    if (moved.read(request) !== undefined) {
      moved.clear(response)
      return next()
    }
    moved.set(response, '1')
    const query = request.url.indexOf('?')
    const target = new URL(publicUrl)
    target.pathname = basePathOf(publicUrl) + path
    target.search = query < 0 ? '' : request.url.slice(query)
    response.status(307).set('location', target.href).end()
  }
}
