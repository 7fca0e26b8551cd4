import { ERRORS, errorBody, Refusal } from '../errors.ts'
import type { World } from '../world.ts'
import { bearerOf } from './access.ts'
import { ACCOUNT_ROUTES } from './account-routes.ts'
import { OAUTH_ROUTES } from './oauth-routes.ts'
import { type ApiRequest, matchPath, type Reply, type Route } from './route.ts'
import { TRANSACTION_ROUTES } from './transaction-routes.ts'
import { WEBHOOK_AND_FEED_ROUTES } from './webhook-and-feed-routes.ts'

/** Every endpoint of Monzo's API. */
const ROUTES: readonly Route[] = [
  ...ACCOUNT_ROUTES,
  ...TRANSACTION_ROUTES,
  ...OAUTH_ROUTES,
  ...WEBHOOK_AND_FEED_ROUTES,
]

/** The route that a request goes to, if there is one. */
export interface Target {
  /** Method and pattern, such as `GET /transactions/:id`; for unknown paths the path as sent. */
  readonly endpoint: string
  readonly route: Route | undefined
  readonly params: Readonly<Record<string, string>>
  /** The path exists, but not for this method. */
  readonly isWrongMethod: boolean
}

/** Finds the route without answering, since faults are chosen by endpoint. */
export function targetOf({ method, path }: ApiRequest): Target {
  let isWrongMethod = false
  for (const route of ROUTES) {
    const params = matchPath(route.path, path)
    if (!params) continue
    if (route.method === method)
      return { endpoint: `${method} ${route.path}`, route, params, isWrongMethod: false }
    isWrongMethod = route.path !== '/oauth2/authorize' // Monzo has no handler for a GET there
  }
  return { endpoint: `${method} ${path}`, route: undefined, params: {}, isWrongMethod }
}

/** Answers a request as Monzo does, without transport and without faults. */
export function answer(world: World, request: ApiRequest, target: Target): Reply {
  try {
    if (isTooMany(world, request)) throw new Refusal(ERRORS.E21)
    if (target.route) return target.route.answer({ ...request, params: target.params }, world)
    if (target.isWrongMethod) throw new Refusal(ERRORS.WRONG_METHOD)
    // Monzo's message has the path that the service behind its gateway sees.
    const route = `${request.method} ${request.path.replace(/^\/oauth2(?=\/)/, '')}`
    throw new Refusal(ERRORS.E20, { fill: { route } })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return refusalReply(world, error)
  }
}

/** @param headers to add to the usual ones. */
export const refusalReply = (
  world: World,
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  status: refusal.error.status,
  headers,
  body: errorBody(refusal, world.knobs().extraErrorFields === 'on'),
})

function isTooMany(world: World, request: ApiRequest): boolean {
  if (world.knobs().rateLimit === 'off') return false
  if (request.path.startsWith('/oauth2/'))
    return world.limits.isOver('oauth', request.form.get('client_id') ?? '')
  const token = bearerOf(request.authorization) ?? ''
  return world.limits.isOver('calls', world.grants.userOf(token) ?? '')
}
