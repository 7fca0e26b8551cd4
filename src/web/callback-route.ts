import type { Request, RequestHandler, Response } from 'express'
import type { Clock } from '../lib/clock.ts'
import { createComplaint, inOneLine } from '../lib/complaint.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { callbackRefusal, type LoginFlow } from '../login/login-flow.ts'
import type { Cookie } from './binding-cookie.ts'
import {
  failedLogin,
  otherBrowserForm,
  otherBrowserPage,
  type Unfinished,
  waitingPage,
} from './callback-pages.ts'
import { refuseKey } from './key-form.ts'
import type { KeyGate } from './key-gate.ts'
import { type Site, sendPage } from './layout.ts'
import { sendMessage } from './message-page.ts'
import { formOf, queryOf } from './request-fields.ts'
import type { ScrapeDeps } from './scrape-config.ts'

/** What `/callback` reads. */
export interface CallbackDeps {
  readonly site: Site
  readonly flow: Pick<LoginFlow, 'standing' | 'finish'>
  readonly gate: KeyGate
  readonly cookie: Cookie
  readonly scrape: ScrapeDeps
  readonly clock: Clock
  readonly log: Log
}

/** Logs why a login failed, and from where somebody tried. */
type SayFailure = (failure: AppError, request: Request) => void

/**
 * GET and POST /callback: where Monzo sends the browser back to. A login is finished in the browser
 * that began it, or with the key; never by whoever just has the link.
 */
export function callbackRoute(deps: CallbackDeps): RequestHandler {
  const { site, flow, gate, cookie } = deps
  const sayFailure = createSayFailure(deps)
  return async (request, response) => {
    const isForm = request.method === 'POST'
    const fields = isForm ? formOf(request) : queryOf(request)
    const state = fields.get('state') ?? ''
    const standing = flow.standing(state, cookie.read(request))
    if (standing === 'finished') return void seeStatus(response, site)
    const refusal = callbackRefusal(standing, fields)
    if (refusal) {
      sayFailure(refusal, request)
      return sendMessage(response, site, failedLogin(site, refusal))
    }
    const unfinished = { code: fields.get('code') ?? '', state }
    if (standing === 'other_browser') {
      if (!isForm) return sendPage(response, 200, site, otherBrowserPage(site, unfinished))
      const check = gate(fields.get('key'), request.ip)
      if (check.kind !== 'right')
        return refuseKey(response, site, check, otherBrowserForm(site, unfinished))
    }
    await finish(deps, request, response, { unfinished, sayFailure })
  }
}

function createSayFailure({ site, clock, log }: CallbackDeps): SayFailure {
  const ofStrangers = createComplaint(clock)
  return (failure, { ip: address }) => {
    const level = failedLogin(site, failure).status === 500 ? 'error' : 'warn'
    const say = () =>
      log[level](
        { address, code: failure.code, err: failure },
        `A login failed: ${inOneLine(failure)}`,
      )
    // Anybody can make up a state; everything else takes somebody who had the key.
    if (failure.code === 'LOGIN_STATE_UNKNOWN') ofStrangers.fails(failure, say)
    else say()
  }
}

async function finish(
  { site, flow, cookie, scrape }: CallbackDeps,
  request: Request,
  response: Response,
  { unfinished, sayFailure }: { unfinished: Unfinished; sayFailure: SayFailure },
): Promise<void> {
  if (request.method === 'HEAD') return void response.status(200).end() // it must change nothing
  cookie.clear(response)
  try {
    const login = await flow.finish(unfinished.code, unfinished.state)
    sendPage(response, 200, site, waitingPage(site, scrape, login))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    sayFailure(error, request)
    sendMessage(response, site, failedLogin(site, error))
  }
}

function seeStatus(response: Response, { prefix }: Site): void {
  response.status(303).set('location', `${prefix}/`).end()
}
