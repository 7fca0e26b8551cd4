import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Log } from '../lib/log.ts'
import type { Site } from './layout.ts'
import { sendMessage } from './message-page.ts'
import { queryOf, RequestError } from './request-fields.ts'
import { hasTwoSlashes, isPathTrick, pathOf } from './route-path.ts'

/** 400 for what a proxy and we could read differently: odd paths, parameters given twice. */
export function refuseTricks(site: Site): RequestHandler {
  return (request, response, next) => {
    if (hasTwoSlashes(pathOf(request.url)))
      return sendMessage(response, site, { status: 400, title: NO_SENSE, text: SLASHES })
    if (isPathTrick(request.url)) return refuse(response, site, 400, NO_SENSE)
    queryOf(request)
    next()
  }
}

/** 404 for every path that no route has. */
export function notFoundPage(site: Site): RequestHandler {
  return (_request, response) => refuse(response, site, 404, 'There is no such page')
}

/** 404 on every OAuth page while playground tokens are used. */
export function noOAuthPage(site: Site): RequestHandler {
  return (_request, response) => {
    sendMessage(response, site, {
      status: 404,
      title: 'There is no login here',
      text: 'This exporter uses playground tokens (access_tokens) and opens no OAuth pages',
      hint: 'To log in instead, remove access_tokens and set client_id and client_secret.',
    })
  }
}

/** 405 for any method but these; a request with one of these goes on to the next route. */
export function methodNotAllowed(site: Site, methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (methods.includes(request.method)) return next()
    response.set('allow', methods.join(', '))
    refuse(response, site, 405, 'That cannot be done here')
  }
}

/**
 * Answers what a route threw: 4xx for a request that makes no sense; anything else is a bug. Logged
 * without query and body, which may hold the key or Monzo's code.
 */
export function failurePage(site: Site, log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const status = clientStatusOf(error)
    if (status === undefined)
      log.error({ err: error, method: request.method, path: pathOf(request.url) }, 'a page failed')
    if (response.headersSent) return next(error)
    if (status !== undefined) return refuse(response, site, status, BAD_REQUEST)
    sendMessage(response, site, { status: 500, title: 'Something broke', text: BROKEN })
  }
}

const NO_SENSE = 'This address does not make sense'
const SLASHES =
  'It has two slashes in a row: a link, or the proxy in front of the exporter, adds one too many'
const BAD_REQUEST = 'This request does not make sense'
const BROKEN = 'This is a bug in the exporter; its log says more'

function clientStatusOf(error: unknown): number | undefined {
  if (error instanceof RequestError) return error.status
  const isOfBodyParser = error instanceof Error && 'expose' in error && error.expose === true
  return isOfBodyParser && 'status' in error ? Number(error.status) : undefined
}

function refuse(response: Response, site: Site, status: number, title: string): void {
  sendMessage(response, site, { status, title })
}
