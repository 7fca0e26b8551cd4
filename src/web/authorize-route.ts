import type { RequestHandler } from 'express'
import type { LoginFlow } from '../login/login-flow.ts'
import type { Cookie } from './binding-cookie.ts'
import { refuseKey } from './key-form.ts'
import type { KeyGate } from './key-gate.ts'
import type { Site } from './layout.ts'
import { formOf, queryOf } from './request-fields.ts'

/** What `/authorize` reads. */
export interface AuthorizeDeps {
  readonly site: Site
  readonly flow: Pick<LoginFlow, 'begin'>
  readonly gate: KeyGate
  readonly cookie: Cookie
}

/** GET and POST /authorize: with the right key, binds a login to this browser and leads to Monzo. */
export function authorizeRoute({ site, flow, gate, cookie }: AuthorizeDeps): RequestHandler {
  return (request, response) => {
    const fields = request.method === 'POST' ? formOf(request) : queryOf(request)
    const check = gate(fields.get('key'), request.ip)
    if (check.kind !== 'right') {
      const form = { action: `${site.prefix}/authorize`, button: 'Authorize' }
      return refuseKey(response, site, check, form)
    }
    const { authorizeUrl, binding } = flow.begin(cookie.read(request))
    cookie.set(response, binding)
    response.status(303).set('location', authorizeUrl.href).end() // no body: nothing to leak
  }
}
