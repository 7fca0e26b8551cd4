import { DAY_MS } from '../../lib/clock.ts'
import { logInHeadlessly, personOf } from '../headless-login.ts'
import type { World } from '../world.ts'
import {
  BadRequest,
  type Fields,
  integerIn,
  needed,
  numberIn,
  onlyFields,
  textIn,
  textsIn,
} from './fields.ts'
import {
  parseAccount,
  parseChange,
  parseClient,
  parseFault,
  parseKnobs,
  parsePeople,
  parseTransaction,
} from './parse.ts'
import { SCENARIOS, scenarioDescriptions } from './scenarios.ts'
import { stateBody } from './state-body.ts'

/** One route of the admin port. */
export interface AdminRoute {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  /** @returns the JSON to answer with. @throws {BadRequest | RangeError | Refusal} */
  run(world: World, fields: Fields, params: Readonly<Record<string, string>>): unknown
}

const MAX_ADVANCE_MS = 10 * 365 * DAY_MS // every skipped day is simulated

/** Every route of the admin port. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  { method: 'get', path: '/state', run: stateBody },
  { method: 'get', path: '/requests', run: ({ journal }) => ({ requests: journal.requests }) },
  {
    method: 'get',
    path: '/webhooks',
    run: ({ webhooks, courier }) => ({
      webhooks: webhooks.list(),
      deliveries: courier.deliveries,
    }),
  },
  { method: 'get', path: '/feed', run: ({ feed }) => ({ items: feed.items }) },
  { method: 'get', path: '/scenarios', run: scenarioDescriptions },
  { method: 'post', path: '/scenarios/:name', run: runScenario },
  ...grantRoutes(),
  { method: 'post', path: '/login', run: logIn },
  {
    method: 'post',
    path: '/clock/advance',
    run(world, fields) {
      const ms = needed(numberIn(fields, 'ms'), 'ms')
      if (ms > MAX_ADVANCE_MS) throw new BadRequest(`ms is at most ${MAX_ADVANCE_MS}: ten years`)
      world.advance(ms)
      return { now: new Date(world.clock.now()).toISOString() }
    },
  },
  {
    method: 'post',
    path: '/knobs',
    run(world, fields) {
      world.setKnobs(parseKnobs(fields))
      return world.knobs()
    },
  },
  {
    method: 'post',
    path: '/faults',
    run({ faults }, fields) {
      faults.add(parseFault(fields))
      return { faults: faults.list() }
    },
  },
  { method: 'delete', path: '/faults', run: ({ faults }) => faults.clear() },
  {
    method: 'post',
    path: '/transactions',
    run({ bank }, fields) {
      const accountId = needed(textIn(fields, 'account_id'), 'account_id')
      const { id } = bank.addTransaction(accountId, parseTransaction(fields))
      return { transaction_id: id, balance: bank.balances(accountId).balanceMinor }
    },
  },
  {
    method: 'post',
    path: '/transactions/:id',
    run({ bank }, fields, params) {
      const accountId = needed(textIn(fields, 'account_id'), 'account_id')
      bank.changeTransaction(accountId, params['id'] ?? '', parseChange(fields))
      return { balance: bank.balances(accountId).balanceMinor }
    },
  },
  { method: 'get', path: '/books/:account_id', run: booksBody },
  {
    method: 'post',
    path: '/accounts',
    run(world, fields) {
      const owners = textsIn(fields, 'user_ids') ?? [needed(textIn(fields, 'user_id'), 'user_id')]
      const ownerIds = owners.map((owner) => personOf(world, owner).id)
      return { account_id: world.bank.addAccount(parseAccount(fields, ownerIds)).id }
    },
  },
  {
    method: 'post',
    path: '/balance',
    run({ bank }, fields) {
      const accountId = needed(textIn(fields, 'account_id'), 'account_id')
      bank.setBalance(accountId, needed(integerIn(fields, 'balance'), 'balance'))
      return { balance: bank.balances(accountId).balanceMinor }
    },
  },
  {
    method: 'post',
    path: '/clients',
    run: ({ clients }, fields) => clients.register(parseClient(fields)),
  },
  {
    method: 'post',
    path: '/people',
    run: ({ bank }, fields) => ({
      people: parsePeople(fields)
        .map((person) => bank.addPerson(person))
        .map(({ id, email }) => ({ user_id: id, email })),
    }),
  },
]

/**
 * Each takes `user_id` or `email`, or neither for everybody, and answers with the users it changed.
 */
function grantRoutes(): readonly AdminRoute[] {
  const methods = {
    '/approve': 'approve',
    '/decline': 'decline',
    '/revoke': 'revoke',
    '/lapse': 'lapse',
    '/expire-access': 'expireAccess',
    '/evict': 'evict',
  } as const
  return Object.entries(methods).map(([path, method]) => ({
    method: 'post',
    path,
    run(world, fields) {
      onlyFields(fields, ['user_id', 'email'])
      return { user_ids: world.grants[method](userIn(world, fields)) }
    },
  }))
}

function logIn(world: World, fields: Fields): unknown {
  onlyFields(fields, ['authorize_url', 'email'])
  const authorizeUrl = needed(textIn(fields, 'authorize_url'), 'authorize_url')
  if (!URL.canParse(authorizeUrl)) throw new BadRequest('authorize_url must be a URL')
  const callback = logInHeadlessly(world, authorizeUrl, textIn(fields, 'email'))
  return { callback_url: callback.href }
}

function runScenario(
  world: World,
  fields: Fields,
  params: Readonly<Record<string, string>>,
): unknown {
  onlyFields(fields, ['user_id', 'email'])
  const [, scenario] = Object.entries(SCENARIOS).find(([name]) => name === params['name']) ?? []
  if (!scenario) throw new BadRequest(`scenarios are: ${Object.keys(SCENARIOS).join(', ')}`)
  scenario.run(world, userIn(world, fields))
  return { description: scenario.description }
}

/** The bank's own books of an account, day by day, in minor units. */
function booksBody({ bank }: World, _fields: Fields, params: Readonly<Record<string, string>>) {
  const accountId = params['account_id'] ?? ''
  return {
    unexplained: bank.balances(accountId).unexplainedMinor,
    days: bank.days(accountId).map((day) => ({
      date: day.date,
      balance: day.balanceMinor,
      received: day.receivedMinor,
      spent: day.spentMinor,
      transactions: day.transactions,
    })),
  }
}

function userIn(world: World, fields: Fields): string | undefined {
  const idOrEmail = textIn(fields, 'user_id') ?? textIn(fields, 'email')
  return idOrEmail === undefined ? undefined : personOf(world, idOrEmail).id
}
