import { DAY_MS } from '../../lib/clock.ts'
import type { NewAccount, NewPerson } from '../bank/cast.ts'
import type { Fate } from '../bank/entry.ts'
import type { NewTransaction } from '../bank/new-transaction.ts'
import { FAULT_KINDS, type Fault } from '../faults/fault.ts'
import { type Knobs, knobFaults } from '../knobs.ts'
import type { SandboxClient } from '../oauth/clients.ts'
import {
  BadRequest,
  booleanIn,
  type Fields,
  fieldsOf,
  given,
  integerIn,
  integerWithin,
  needed,
  onlyFields,
  textIn,
  textsIn,
} from './fields.ts'

const isKnobs = (fields: Fields): fields is Partial<Knobs> => knobFaults(fields).length === 0

/** @throws {BadRequest} naming each knob that is unknown or has an impossible value. */
export function parseKnobs(fields: Fields): Partial<Knobs> {
  if (isKnobs(fields)) return fields
  throw new BadRequest(knobFaults(fields).join('; '))
}

const FINAL_STATUSES = [200, 599] as const // 1xx would leave the client waiting for a final reply
const MAX_DELAY_MS = DAY_MS
const MAX_BYTES = 64 * 2 ** 20 // built in memory
const MAX_TRANSACTIONS = 1_000_000 // of an account; they take about half a gigabyte
const MAX_PAUSE_S = 1_000_000_000 // about 30 years

/** @throws {BadRequest} also for faults that could not be sent as described. */
export function parseFault(fields: Fields): Fault {
  onlyFields(fields, [
    ...['kind', 'endpoint', 'method', 'accountId', 'after', 'count', 'status', 'code'],
    ...['retryAfter', 'delayMs', 'bytes', 'fields'],
  ])
  const kind = FAULT_KINDS.find((known) => known === fields['kind'])
  if (kind === undefined) throw new BadRequest(`kind is one of ${FAULT_KINDS.join(', ')}`)
  const { count } = fields
  return {
    kind,
    ...given({
      endpoint: textIn(fields, 'endpoint'),
      method: textIn(fields, 'method'),
      after: integerWithin(fields, 'after', [0, Number.MAX_SAFE_INTEGER]),
      accountId: textIn(fields, 'accountId'),
      count:
        count === 'forever' ? count : integerWithin(fields, 'count', [1, Number.MAX_SAFE_INTEGER]),
      status: integerWithin(fields, 'status', FINAL_STATUSES),
      code: textIn(fields, 'code'),
      retryAfter: retryAfterIn(fields),
      delayMs: integerWithin(fields, 'delayMs', [0, MAX_DELAY_MS]),
      bytes: integerWithin(fields, 'bytes', [1, MAX_BYTES]),
      fields: fieldsIn(fields, 'fields'),
    }),
  }
}

function fieldsIn(fields: Fields, name: string): Fields | undefined {
  const value = fields[name]
  return value === undefined ? undefined : fieldsOf(value)
}

/** Seconds, or any text that a header can hold, including malformed values. */
function retryAfterIn(fields: Fields): string | number | undefined {
  const { retryAfter } = fields
  if (typeof retryAfter !== 'string') return integerWithin(fields, 'retryAfter', [0, MAX_PAUSE_S])
  if (/^[\x20-\x7e]*$/.test(retryAfter)) return retryAfter
  throw new BadRequest('retryAfter must be a header: printable ASCII, on one line')
}

/** @throws {BadRequest} */
export function parseTransaction(fields: Fields): NewTransaction {
  onlyFields(fields, [
    ...['account_id', 'amount', 'category', 'description', 'notes', 'scheme', 'categories'],
    ...['settled', 'decline_reason', 'include_in_spending', 'created', 'user_id'],
    ...['local_amount', 'local_currency'],
  ])
  const localAmount = integerIn(fields, 'local_amount')
  const localCurrency = textIn(fields, 'local_currency')
  return {
    amountMinor: needed(integerIn(fields, 'amount'), 'amount'),
    ...given({
      category: textIn(fields, 'category'),
      description: textIn(fields, 'description'),
      notes: textIn(fields, 'notes'),
      scheme: textIn(fields, 'scheme'),
      categories: categoriesIn(fields),
      isSettled: booleanIn(fields, 'settled'),
      declineReason: textIn(fields, 'decline_reason'),
      isInSpending: booleanIn(fields, 'include_in_spending'),
      createdMs: timeIn(fields, 'created'),
      userId: textIn(fields, 'user_id'),
      local:
        localAmount === undefined || localCurrency === undefined
          ? undefined
          : { amountMinor: localAmount, currency: localCurrency },
    }),
  }
}

/**
 * What to change of a transaction. Likewise when it is to vanish, by `vanishes`.
 * @throws {BadRequest}
 */
export function parseChange(fields: Fields): Fate['change'] {
  onlyFields(fields, [
    ...['account_id', 'amount', 'category', 'categories', 'include_in_spending', 'settled'],
    'vanishes',
  ])
  if (booleanIn(fields, 'vanishes') === true) return 'vanishes'
  return given({
    amountMinor: integerIn(fields, 'amount'),
    category: textIn(fields, 'category'),
    categories: categoriesIn(fields),
    isInSpending: booleanIn(fields, 'include_in_spending'),
    settledMs: timeIn(fields, 'settled'),
  })
}

function timeIn(fields: Fields, name: string): number | undefined {
  const text = textIn(fields, name)
  const atMs = text === undefined ? undefined : Date.parse(text)
  if (Number.isNaN(atMs)) throw new BadRequest(`${name} must be a time as in RFC 3339`)
  return atMs
}

function categoriesIn(fields: Fields): Readonly<Record<string, number>> | null | undefined {
  const value = fields['categories']
  if (value === undefined || value === null) return value
  if (typeof value !== 'object') throw new BadRequest('categories must be an object, or null')
  const names = Object.keys(value)
  const inner = Object.fromEntries(Object.entries(value))
  return Object.fromEntries(names.map((name) => [name, needed(integerIn(inner, name), name)]))
}

/** @throws {BadRequest} */
export function parseAccount(fields: Fields, ownerIds: readonly string[]): NewAccount {
  onlyFields(fields, [
    ...['user_id', 'user_ids', 'type', 'balance', 'closed', 'currency', 'label'],
    ...['created', 'transactions'],
  ])
  return {
    ownerIds,
    type: needed(textIn(fields, 'type'), 'type'),
    ...given({
      balanceMinor: integerIn(fields, 'balance'),
      isClosed: booleanIn(fields, 'closed'),
      currency: textIn(fields, 'currency'),
      label: textIn(fields, 'label'),
      createdMs: timeIn(fields, 'created'),
      transactions: integerWithin(fields, 'transactions', [0, MAX_TRANSACTIONS]),
    }),
  }
}

/** @throws {BadRequest} */
export function parseClient(fields: Fields): SandboxClient {
  onlyFields(fields, ['client_id', 'client_secret', 'redirect_uris'])
  return {
    clientId: needed(textIn(fields, 'client_id'), 'client_id'),
    clientSecret: needed(textIn(fields, 'client_secret'), 'client_secret'),
    redirectUris: textsIn(fields, 'redirect_uris') ?? [],
  }
}

const MAX_PEOPLE = 10_000

/** One person by name and e-mail, or `count` made-up ones. @throws {BadRequest} */
export function parsePeople(fields: Fields): readonly NewPerson[] {
  onlyFields(fields, ['name', 'email', 'count'])
  const count = integerIn(fields, 'count')
  if (count === undefined) {
    const email = needed(textIn(fields, 'email'), 'email').trim().toLowerCase()
    return [{ email, name: textIn(fields, 'name') ?? email }]
  }
  if (count < 1 || count > MAX_PEOPLE) throw new BadRequest(`count is from 1 to ${MAX_PEOPLE}`)
  return Array.from({ length: count }, (_, n) => ({
    email: `person-${n + 1}@example.com`,
    name: `Person ${n + 1}`,
  }))
}
