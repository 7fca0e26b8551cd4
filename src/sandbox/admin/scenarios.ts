import { DAY_MS } from '../../lib/clock.ts'
import { SAM_EMAIL } from '../bank/default-cast.ts'
import type { Fault } from '../faults/fault.ts'
import { DEFAULT_KNOBS } from '../knobs.ts'
import type { World } from '../world.ts'

/** Something that happens to an exporter sooner or later, in one call. */
export interface Scenario {
  readonly description: string
  /** @param userId whom it happens to; absent: everybody, or Sam where it takes an account. */
  run(world: World, userId: string | undefined): void
}

const fault =
  (...faults: readonly Fault[]): Scenario['run'] =>
  ({ faults: queue }) =>
    faults.forEach(queue.add)

/** By name, as in `POST /scenarios/<name>`. Each of MONZO.md's section 10, and some more. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  calm: {
    description: 'Every knob at its default, no faults.',
    run(world) {
      world.setKnobs(DEFAULT_KNOBS)
      world.faults.clear()
    },
  },
  approve: {
    description: 'The person approves in the app.',
    run: ({ grants }, userId) => void grants.approve(userId),
  },
  decline: {
    description: 'The person declines in the app: the token stays 403.',
    run: ({ grants }, userId) => void grants.decline(userId),
  },
  revoke: {
    description: 'The person removes the app: E4, and E13 on refresh.',
    run: ({ grants }, userId) => void grants.revoke(userId),
  },
  expire_access: {
    description: 'Access tokens are over (E1); refresh tokens still work.',
    run: ({ grants }, userId) => void grants.expireAccess(userId),
  },
  evict: {
    description: 'Somebody else logs in with the same client: E2, and E14 on refresh.',
    run: ({ grants }, userId) => void grants.evict(userId),
  },
  lapse_90_days: {
    description: 'Ninety days go by, and the approval with them.',
    run: (world) => world.advance(90 * DAY_MS),
  },
  drop_next_token_response: {
    description: 'The next refresh rotates the token, but the reply is lost.',
    run: fault({ kind: 'drop_after', endpoint: 'POST /oauth2/token' }),
  },
  rate_limited: {
    description: 'Three times 429 without Retry-After.',
    run: fault({ kind: 'status', status: 429, count: 3 }),
  },
  rate_limited_retry_after: {
    description: '429 with Retry-After: 30.',
    run: fault({ kind: 'status', status: 429, retryAfter: 30 }),
  },
  server_error: {
    description: 'Three times 500.',
    run: fault({ kind: 'status', status: 500, count: 3 }),
  },
  gateway_timeout: {
    description: 'Three times 504.',
    run: fault({ kind: 'status', status: 504, count: 3 }),
  },
  html_body: {
    description: 'A page of HTML from the edge, 502, then once with status 200.',
    run: fault({ kind: 'html' }, { kind: 'html', status: 200 }),
  },
  slow_reply: {
    description: 'The next reply takes 30 s.',
    run: fault({ kind: 'slow', delayMs: 30_000 }),
  },
  connection_reset: {
    description: 'The next three connections are reset.',
    run: fault({ kind: 'reset', count: 3 }),
  },
  damaged_replies: {
    description: 'One reply each: cut off, too large, not JSON, wrong types, an error with 200.',
    run: fault(
      { kind: 'truncated' },
      { kind: 'oversized' },
      { kind: 'not_json' },
      { kind: 'wrong_types' },
      { kind: 'ok_with_error' },
    ),
  },
  unknown_account_type: {
    description: 'An account of a type that nobody has heard of, and one whose balance is refused.',
    run({ bank }, userId) {
      const ownerIds = [ownerOf(bank, userId)]
      bank.addAccount({ ownerIds, type: 'uk_moon_base', balanceMinor: 12_345 })
      bank.addAccount({ ownerIds, type: 'uk_monzo_flex_backing_loan' })
    },
  },
  new_fields: {
    description: 'From now on every object has fields that nobody has heard of.',
    run: fault({ kind: 'new_fields', count: 'forever' }),
  },
  missing_optional_fields: {
    description: 'From now on every object lacks what Monzo does not promise.',
    run: fault({ kind: 'missing_fields', count: 'forever' }),
  },
  negative_balance: {
    description: 'The current account is overdrawn by £123.45.',
    run: ({ bank }, userId) => bank.setBalance(currentAccountOf(bank, userId), -12_345),
  },
  deleted_and_same_named_pots: {
    description: 'Two more pots called Holiday, and a third that is deleted.',
    run({ bank }, userId) {
      const accountId = currentAccountOf(bank, userId)
      bank.addPot(accountId, { name: 'Holiday', balanceMinor: 1000 })
      bank.addPot(accountId, { name: 'Holiday', balanceMinor: 2000 })
      bank.addPot(accountId, { name: 'Holiday', isDeleted: true })
    },
  },
  many_transactions: {
    description: '250 payments of one penny at once: more than two pages.',
    run({ bank }, userId) {
      const accountId = currentAccountOf(bank, userId)
      for (let n = 1; n <= 250; n++)
        bank.addTransaction(accountId, { amountMinor: -1, description: `Penny ${n}` })
    },
  },
  held_twice: {
    description: 'A payment settles under another id: its hold stays beside it, pending.',
    run({ bank }, userId) {
      const accountId = currentAccountOf(bank, userId)
      const payment = { amountMinor: -2500, category: 'transport', description: 'Sample Fuel' }
      bank.addTransaction(accountId, { ...payment, isSettled: false })
      bank.addTransaction(accountId, payment)
    },
  },
  two_users: {
    description: 'A third person, Alex, banks here too: log in as alex@example.com beside Sam.',
    run: ({ bank }) => void bank.addPerson({ email: 'alex@example.com', name: 'Alex Sample' }),
  },
  documented_tokens: {
    description: 'Token replies as the docs have them: 21600 s, no scope.',
    run: (world) => world.setKnobs({ tokenResponse: 'docs', expiresIn: 21_600 }),
  },
  public_client: {
    description: 'The client is not confidential: no refresh tokens.',
    run: (world) => world.setKnobs({ confidential: false }),
  },
}

type AnyBank = World['bank']

function ownerOf(bank: AnyBank, userId: string | undefined): string {
  return userId ?? bank.findPerson(SAM_EMAIL)?.id ?? ''
}

function currentAccountOf(bank: AnyBank, userId: string | undefined): string {
  const accounts = bank.accountsOf(ownerOf(bank, userId))
  return accounts.find(({ type }) => type === 'uk_retail')?.id ?? ''
}
