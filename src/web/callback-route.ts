import type { Request, RequestHandler, Response } from 'express'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { CallbackStanding, LoginFlow } from '../login/login-flow.ts'
import type { Cookie } from './binding-cookie.ts'
import {
  failedLogin,
  otherBrowserForm,
  otherBrowserPage,
  type Unfinished,
  waitingPage,
} from './callback-pages.ts'
import type { KeyGate } from './key-gate.ts'
import { refuseKey } from './key-refusal.ts'
import { type Site, sendPage } from './layout.ts'
import { sendNotice } from './notice.ts'
import { formOf, queryOf } from './request-fields.ts'
import type { ScrapeDeps } from './scrape-config.ts'

/** What `/callback` reads. */
export interface CallbackDeps {
  readonly site: Site
  readonly flow: Pick<LoginFlow, 'standing' | 'finish'>
  readonly gate: KeyGate
  readonly cookie: Cookie
  readonly scrape: ScrapeDeps
  readonly log: Log
}

/**
 * GET and POST /callback: where Monzo sends the browser back to. A login is finished in the browser
 * that began it, or with the key; never by whoever just has the link.
 */
export function callbackRoute(deps: CallbackDeps): RequestHandler {
  const { site, flow, gate, cookie } = deps
  return async (request, response) => {
    const isForm = request.method === 'POST'
    const fields = isForm ? formOf(request) : queryOf(request)
    const state = fields.get('state') ?? ''
    const standing = flow.standing(state, cookie.read(request))
    if (standing === 'finished') return void seeStatus(response, site)
    const refusal = refusalOf(standing, fields)
    if (refusal) return sendNotice(response, site, failedLogin(site, refusal))
    const unfinished = { code: fields.get('code') ?? '', state }
    if (standing === 'other_browser') {
      if (!isForm) return sendPage(response, 200, site, otherBrowserPage(site, unfinished))
      const verdict = gate(fields.get('key'), request.ip)
      if (verdict.kind !== 'right')
        return refuseKey(response, site, verdict, otherBrowserForm(site, unfinished))
    }
    await finish(deps, request, response, unfinished)
  }
}

async function finish(
  { site, flow, cookie, scrape, log }: CallbackDeps,
  request: Request,
  response: Response,
  unfinished: Unfinished,
): Promise<void> {
  if (request.method === 'HEAD') return void response.status(200).end() // it must change nothing
  cookie.clear(response)
  try {
    const login = await flow.finish(new URLSearchParams({ ...unfinished }))
    sendPage(response, 200, site, waitingPage(site, scrape, login))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const notice = failedLogin(site, error)
    if (notice.status === 500) log.error({ code: error.code, err: error }, 'a login failed')
    sendNotice(response, site, notice)
  }
}

/** Why this callback can't be finished, whoever asks; the state stays as it is. */
function refusalOf(standing: CallbackStanding, fields: URLSearchParams): AppError | undefined {
  if (standing === 'unknown')
    return new AppError(
      'LOGIN_STATE_UNKNOWN',
      'It was not begun here, or more than ten minutes ago',
      { hint: 'Start again, and open Monzo’s mail within ten minutes.' },
    )
  if (standing === 'used')
    return new AppError('LOGIN_STATE_USED', 'Every link from Monzo’s mail works once', {
      hint: 'If it failed before, start again; the status page tells whether somebody is logged in.',
    })
  if (fields.has('error'))
    return new AppError('LOGIN_DENIED', 'Monzo reports that access was not granted', {
      hint: 'If that was a mistake, start again and allow access this time.',
    })
  if (!fields.get('code'))
    return new AppError('CODE_REFUSED', 'Monzo sent no code along', {
      hint: 'Open the whole link from Monzo’s mail, or start again.',
    })
  return undefined
}

function seeStatus(response: Response, { prefix }: Site): void {
  response.status(303).set('location', `${prefix}/`).end()
}
