import type { RequestHandler } from 'express'
import { basePathOf } from '../lib/url.ts'
import { createCookie } from './binding-cookie.ts'

const SECONDS = 10 // one redirect takes less

/**
 * Sends a request for another host name (`localhost` for `127.0.0.1`) to `redirect_uri`'s, where
 * Monzo will return to: a cookie set here would be missing there. It goes where the configuration
 * says and never where the request says; 307, so that a form keeps its key out of the address.
 *
 * A proxy that hides the name the browser used would make this a loop. The cookie ends it: it comes
 * back only if the browser was on the right host all along.
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
