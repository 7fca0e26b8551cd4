import type { RequestListener } from 'node:http'
import express, { type Express, type RequestHandler } from 'express'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Names } from '../lib/names.ts'
import { basePathOf, isLoopback } from '../lib/url.ts'
import type { LoginFlow, LoginStatus } from '../login/login-flow.ts'
import { assetsRoute } from './assets-route.ts'
import { authorizeRoute } from './authorize-route.ts'
import { createBindingCookie } from './binding-cookie.ts'
import { callbackRoute } from './callback-route.ts'
import type { ExporterFacts } from './exporter-facts.ts'
import { helpRoute } from './help-route.ts'
import { createKeyGate } from './key-gate.ts'
import type { Site } from './layout.ts'
import { HELP_PATH } from './layout.ts'
import { loginRoute } from './login-route.ts'
import { toOwnHost } from './own-host.ts'
import { onlyAsPage } from './page-request.ts'
import {
  failurePage,
  methodNotAllowed,
  noOAuthPage,
  notFoundPage,
  refuseTricks,
} from './refusals.ts'
import { securityHeaders } from './security-headers.ts'
import { statusRoute } from './status-route.ts'

/** What the pages read. */
export interface PagesDeps {
  /** Absent with playground tokens, with which nobody logs in here. */
  readonly flow?: LoginFlow | undefined
  readonly logins: () => readonly LoginStatus[]
  /** The login of this id; also tells the poller that a person is waiting for it. */
  readonly watch: (id: string) => LoginStatus | undefined
  readonly authKey: () => string
  /** `redirect_uri`: the only source of our own address. Its path is the prefix of every link. */
  readonly publicUrl: URL
  /** To be registered with Monzo, to the letter. */
  readonly redirectUrl: string
  /** Whether the Go exporter's paths work, too: `/token/start` and `/token/callback`. */
  readonly isGoMode: boolean
  /** Of `monzo_auth_url`. Browsers must be allowed to follow a form's redirect to it. */
  readonly authOrigin: string
  /** Of the listener that Prometheus is meant to ask. */
  readonly scrapeOrigin: () => string
  readonly isStatsTokenSet: () => boolean
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: () => readonly string[]
  /** Sentences for the top of the status page: a weak key, who may read the metrics… */
  readonly warnings: () => readonly string[]
  /** What people call their accounts, by id. */
  readonly accountNames: () => Names
  /** The labels to export instead of Monzo's own, by category. */
  readonly categoryNames: () => Names
  /** Every category that is exported, as Monzo calls it. */
  readonly categories: () => readonly string[]
  readonly facts: () => ExporterFacts
  readonly version: string
  /** Whether more people may log in: without `account_id`. */
  readonly addsPeople: boolean
  readonly clock: Clock
  readonly log: Log
}

const MAX_FORM_BYTES = 8 * 1024 // a key, a code and a state

/**
 * Everything that people see; loaded and built on the first request for it. Expects targets as
 * `routeTarget` makes them.
 */
export function createPages(deps: PagesDeps): RequestListener {
  const { publicUrl, authOrigin, trustedProxies, log } = deps
  const site: Site = {
    prefix: basePathOf(publicUrl),
    version: deps.version,
    linksMetrics: isLoopback(publicUrl.hostname),
  }
  const scrape = { ...deps, origin: deps.scrapeOrigin }
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag') // nothing is cached, so there is nothing to compare
  app.set('query parser', false) // `request-fields.ts` reads it
  app.enable('case sensitive routing') // a proxy that guards /authorize must not miss /AUTHORIZE
  app.enable('strict routing')
  app.use(trustProxies(app, trustedProxies))
  app.use(securityHeaders(publicUrl, authOrigin), noStore, refuseTricks(site))

  const hasOAuth = deps.flow !== undefined
  only(app, '/', site, { get: statusRoute({ ...deps, site, scrape, hasOAuth }) })
  only(app, HELP_PATH, site, { get: helpRoute(site) })
  only(app, '/assets/:name', site, { get: assetsRoute() })
  if (deps.flow) addLoginRoutes(app, deps, deps.flow, site)
  else app.all(['/authorize', '/callback', '/login/:id'], noOAuthPage(site))
  app.use(notFoundPage(site))
  app.use(failurePage(site, log))
  return app
}

function addLoginRoutes(app: Express, deps: PagesDeps, flow: LoginFlow, site: Site): void {
  const { publicUrl, clock, log } = deps
  const scrape = { ...deps, origin: deps.scrapeOrigin }
  const gate = createKeyGate(deps)
  const cookie = createBindingCookie(publicUrl)
  const form = express.text({
    type: 'application/x-www-form-urlencoded',
    limit: MAX_FORM_BYTES,
    inflate: false,
  })
  const authorize = [
    onlyAsPage(site),
    toOwnHost(publicUrl, '/authorize'),
    form,
    authorizeRoute({ site, flow, gate, cookie, named: deps }),
  ]
  const callback = [
    onlyAsPage(site),
    form,
    callbackRoute({ site, flow, gate, cookie, scrape, clock, log }),
  ]
  const paths = (own: string, go: string) => (deps.isGoMode ? [own, go] : [own])
  only(app, paths('/authorize', '/token/start'), site, { get: authorize, post: authorize })
  only(app, paths('/callback', '/token/callback'), site, { get: callback, post: callback })
  only(app, '/login/:id', site, { get: loginRoute(deps.watch) })
}

type Handlers = RequestHandler | RequestHandler[]

/** These methods on this path, HEAD with GET; 405 for any other. */
function only(
  app: Express,
  path: string | string[],
  site: Site,
  { get, post }: { readonly get: Handlers; readonly post?: Handlers },
): void {
  const route = app.route(path).get(get)
  if (post) route.post(post)
  route.all(methodNotAllowed(site, post ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD']))
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store')
  next()
}

/** Keeps Express's `trust proxy` up to date with the configuration, which can be reloaded. */
function trustProxies(app: Express, trusted: () => readonly string[]): RequestHandler {
  let last: readonly string[] | undefined
  return (_request, _response, next) => {
    const proxies = trusted()
    if (proxies !== last) app.set('trust proxy', proxies.length > 0 ? [...proxies] : false)
    last = proxies
    next()
  }
}
