import type { Request, RequestHandler } from 'express'
import type { Site } from './layout.ts'
import { sendMessage } from './message-page.ts'

/**
 * 403 for a request that a browser makes for an image, a frame, a script or ahead of need. A hostile
 * page can make as many as it likes: counted as wrong keys, they would lock the owner out. Programs
 * don't send these headers, and neither do browsers by http, except to this machine itself.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function onlyAsPage(site: Site): RequestHandler {
  return (request, response, next) => {
    if (isForPage(request)) return next()
    sendMessage(response, site, {
      status: 403,
      title: 'This page can’t be part of another page',
      text: 'Another page tried to load it, so nothing that came with it was read',
    })
  }
}

function isForPage({ headers }: Request): boolean {
  const isAhead = 'sec-purpose' in headers || 'purpose' in headers // prefetch, prerender
  const destination = headers['sec-fetch-dest']
  return !isAhead && (destination === undefined || destination === 'document')
}
