import type { RequestHandler } from 'express'
import type { LoginFlow } from '../login/login-flow.ts'
import type { Cookie } from './binding-cookie.ts'
import { idsPage, type Named, SHOW_IDS } from './ids-page.ts'
import { refuseKey } from './key-form.ts'
import type { KeyGate } from './key-gate.ts'
import { type Site, sendPage } from './layout.ts'
import { formOf, queryOf } from './request-fields.ts'

/** What `/authorize` reads. */
export interface AuthorizeDeps {
  readonly site: Site
  readonly flow: Pick<LoginFlow, 'begin'>
  readonly gate: KeyGate
  readonly cookie: Cookie
  readonly named: Named
}

/**
 * GET and POST /authorize: with the right key, binds a login to this browser and leads to Monzo. A form
 * may ask for the ids of accounts and categories instead.
 */
export function authorizeRoute({ site, flow, gate, cookie, named }: AuthorizeDeps): RequestHandler {
  return (request, response) => {
    const isForm = request.method === 'POST'
    const fields = isForm ? formOf(request) : queryOf(request)
    const showsIds = isForm && fields.get(SHOW_IDS.name) === SHOW_IDS.value
    const check = gate(fields.get('key'), request.ip)
    if (check.kind !== 'right') {
      const action = `${site.prefix}/authorize`
      const form = showsIds
        ? { action, button: 'Show ids', hidden: { [SHOW_IDS.name]: SHOW_IDS.value } }
        : { action, button: 'Authorize' }
      return refuseKey(response, site, check, form)
    }
    if (showsIds) return sendPage(response, 200, site, idsPage(site, named))
    const { authorizeUrl, binding } = flow.begin(cookie.read(request))
    cookie.set(response, binding)
    response.status(303).set('location', authorizeUrl.href).end() // no body: nothing to leak
  }
}
