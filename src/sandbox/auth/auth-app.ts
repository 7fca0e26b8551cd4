import express, { type Express, type Request, type Response } from 'express'
import { scenarioDescriptions } from '../admin/scenarios.ts'
import { kindOf, type Person } from '../bank/account.ts'
import { SAM_EMAIL } from '../bank/default-cast.ts'
import { Refusal } from '../errors.ts'
import { loginRequestOf } from '../oauth/login-desk.ts'
import type { World } from '../world.ts'
import { CONTENT_SECURITY_POLICY } from './layout.ts'
import {
  renderCheckMailPage,
  renderEmailPage,
  renderFrontPage,
  renderMailPage,
  renderProblemPage,
  renderUnknownEmailPage,
} from './login-pages.ts'
import { type PhoneScreen, renderPhonePage } from './phone-page.ts'
import { STYLESHEET } from './stylesheet.ts'

const MAX_NAMED_EMAILS = 12
const MAX_FEED_ITEMS = 5
const MAX_POTS = 20 // what fits on a screen; an account may have hundreds

/** The simulated auth.monzo.com, with the person's mailbox and phone beside it. */
export function createAuthApp(world: World): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use((_request, response, next) => {
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cache-control', 'no-store')
    next()
  })
  app.use(express.urlencoded({ extended: false }))
  app.get('/style.css', (_request, response) => void response.type('css').send(STYLESHEET))
  addLogin(app, world)
  addMailbox(app, world)
  addPhone(app, world)
  app.use((_request, response) =>
    sendProblem(response, 404, 'No such page', 'There is nothing at this address.'),
  )
  return app
}

function addLogin(app: Express, world: World): void {
  app.get('/', (request, response) => {
    const fields = queryOf(request)
    if (!fields.has('client_id')) return void response.send(renderFrontPage(scenarioDescriptions()))
    const login = loginRequestOf(fields)
    const isKnown = world.clients.find(login.clientId) !== undefined
    if (!isKnown || fields.get('response_type') !== 'code') return sendUnidentified(response)
    response.send(renderEmailPage(login, SAM_EMAIL))
  })
  app.post('/', (request, response) => {
    const fields = bodyOf(request)
    const login = loginRequestOf(fields)
    const email = (fields.get('email') ?? '').trim().toLowerCase()
    const person = world.bank.findPerson(email)
    try {
      if (person) world.desk.sendLetter(login, person)
      else world.desk.check(login)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const sentence = 'There was a problem sending you a magic link. Please try again later.'
      return sendProblem(response, 400, 'Something went wrong', sentence)
    }
    if (person) return void response.send(renderCheckMailPage(person.email))
    const known = world.bank.people.slice(0, MAX_NAMED_EMAILS).map((other) => other.email)
    response.status(400).send(renderUnknownEmailPage(email, known))
  })
}

function addMailbox(app: Express, world: World): void {
  app.get('/mail', (request, response) => {
    const origin = `http://${request.headers.host ?? ''}`
    response.send(renderMailPage(world.desk.letters(), origin))
  })
  app.get('/magic/:id', (request, response) =>
    withLink(response, () => response.redirect(world.desk.follow(request.params.id).href)),
  )
  app.get('/deny/:id', (request, response) =>
    withLink(response, () => {
      const url = world.desk.deny(request.params.id)
      if (world.knobs().denyRedirect === 'access_denied') return response.redirect(url.href)
      const sentence = 'Nothing has been shared. You can close this page.'
      response.send(renderProblemPage('Thanks for telling us', sentence))
    }),
  )
}

function addPhone(app: Express, world: World): void {
  app.get('/phone', (request, response) => {
    const person = world.bank.findPerson(queryOf(request).get('user') ?? defaultUser(world))
    if (!person) return sendProblem(response, 404, 'No such person', 'Nobody has this phone.')
    response.send(renderPhonePage(phoneScreenOf(world, person)))
  })
  for (const tap of ['approve', 'decline', 'revoke'] as const)
    app.post(`/phone/${tap}`, (request, response) => {
      const fields = bodyOf(request)
      const person = world.bank.findPerson(fields.get('user_id') ?? '')
      if (!person) return sendProblem(response, 404, 'No such person', 'Nobody has this phone.')
      world.grants[tap](person.id, fields.get('client_id') ?? '')
      response.redirect(303, `/phone?user=${encodeURIComponent(person.email)}`)
    })
}

/** The first person with something to approve; otherwise Sam. */
const defaultUser = (world: World): string => world.grants.waiting()[0]?.userId ?? SAM_EMAIL

function phoneScreenOf(world: World, person: Person): PhoneScreen {
  const { bank, feed, grants } = world
  const waiting = grants.waiting().filter(({ userId }) => userId === person.id)
  const connected = grants.list().filter(({ userId, state }) => {
    return userId === person.id && state.state === 'verified'
  })
  const items = feed.items.filter(({ userId }) => userId === person.id)
  const accounts = bank.accountsOf(person.id).filter(({ isClosed }) => !isClosed)
  const pots = accounts.flatMap(({ id }) => bank.pots(id)).filter(({ isDeleted }) => !isDeleted)
  return {
    person,
    everybody: bank.people,
    waiting: waiting.map(({ clientId }) => clientId),
    connected: connected.map(({ clientId }) => clientId),
    accounts: accounts.map((account) => ({
      type: account.type,
      balanceMinor: kindOf(account).hasBalance ? bank.balances(account.id).balanceMinor : undefined,
    })),
    pots: pots.slice(0, MAX_POTS),
    feed: items
      .slice(-MAX_FEED_ITEMS)
      .toReversed()
      .map(({ fields }) => ({ title: fields['title'] ?? '', body: fields['body'] ?? '' })),
  }
}

function withLink(response: Response, open: () => void): void {
  try {
    open()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const sentence = 'Magic links work for ten minutes. Log in again to get a new one.'
    sendProblem(response, 404, 'This link has expired', sentence)
  }
}

const sendUnidentified = (response: Response): void =>
  sendProblem(
    response,
    400,
    "We couldn't identify who you'd like to connect",
    'The app that sent you here is not registered, or its request is not valid.',
  )

function sendProblem(response: Response, status: number, title: string, sentence: string): void {
  response.status(status).send(renderProblemPage(title, sentence))
}

const queryOf = (request: Request): URLSearchParams =>
  new URLSearchParams(request.originalUrl.split(/\?(.*)/s)[1])

function bodyOf(request: Request): URLSearchParams {
  const body: unknown = request.body
  const fields = new URLSearchParams()
  if (typeof body !== 'object' || body === null) return fields
  for (const [name, value] of Object.entries(body))
    if (typeof value === 'string') fields.append(name, value)
  return fields
}
