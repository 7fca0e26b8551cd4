import { DAY_MS } from '../../lib/clock.ts'
import type { Bank } from '../bank/bank.ts'
import { SAM_EMAIL } from '../bank/default-cast.ts'
import type { Fault } from '../faults/fault.ts'
import { DEFAULT_KNOBS } from '../knobs.ts'
import type { World } from '../world.ts'

/** A situation that an exporter meets in real life, set up by one call. */
export interface Scenario {
  readonly description: string
  /** @param userId the person affected; absent: everybody, or Sam where it changes an account. */
  run(world: World, userId: string | undefined): void
}

/** Lets three pages pass. */
const PAGES = { endpoint: 'GET /transactions', after: 3 }

const fault =
  (...faults: readonly Fault[]): Scenario['run'] =>
  ({ faults: queue }) =>
    faults.forEach(queue.add)

const oddToken = (one: Fault): Fault => ({ ...one, endpoint: 'POST /oauth2/token' })

/** By name, as in `POST /scenarios/<name>`: those of MONZO.md sections 10 and 10b, and some more. */
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
    description: 'Access tokens expire (E1); refresh tokens still work.',
    run: ({ grants }, userId) => void grants.expireAccess(userId),
  },
  evict: {
    description: 'Another login with the same client evicts the tokens: E2, and E14 on refresh.',
    run: ({ grants }, userId) => void grants.evict(userId),
  },
  lapse_90_days: {
    description: 'Ninety days pass, and the approval ends.',
    run: (world) => world.advance(90 * DAY_MS),
  },
  drop_next_token_response: {
    description: 'The next refresh rotates the token, but the reply is lost.',
    run: fault({ kind: 'drop_after', endpoint: 'POST /oauth2/token' }),
  },
  rate_limited: {
    description: 'The next three calls get 429 without Retry-After.',
    run: fault({ kind: 'status', status: 429, count: 3 }),
  },
  rate_limited_retry_after: {
    description: 'The next call gets 429 with Retry-After: 30.',
    run: fault({ kind: 'status', status: 429, retryAfter: 30 }),
  },
  server_error: {
    description: 'The next three calls get 500.',
    run: fault({ kind: 'status', status: 500, count: 3 }),
  },
  gateway_timeout: {
    description: 'The next three calls get 504.',
    run: fault({ kind: 'status', status: 504, count: 3 }),
  },
  html_body: {
    description: 'Two pages of HTML from a server in front of Monzo: one with 502, one with 200.',
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
    description:
      'Five damaged replies: cut off, too large, not JSON, wrong types, an error with status 200.',
    run: fault(
      { kind: 'truncated' },
      { kind: 'oversized' },
      { kind: 'not_json' },
      { kind: 'wrong_types' },
      { kind: 'ok_with_error' },
    ),
  },
  firewall: {
    description: 'A firewall answers everything with 403 in HTML, until calm.',
    run: fault({ kind: 'html', status: 403, count: 'forever' }),
  },
  firewall_401: {
    description: 'A firewall answers everything with 401 in HTML, until calm.',
    run: fault({ kind: 'html', status: 401, count: 'forever' }),
  },
  proxy_json: {
    description: 'A proxy answers everything with 401, in JSON of its own, until calm.',
    run: fault({ kind: 'no_code', status: 401, count: 'forever' }),
  },
  captive_portal: {
    description: 'The login page of a network answers everything, with 200 in HTML, until calm.',
    run: fault({ kind: 'html', status: 200, count: 'forever' }),
  },
  redirected: {
    description: 'Everything is redirected to the login page of a network, until calm.',
    run: fault({ kind: 'redirect', count: 'forever' }),
  },
  no_content: {
    description: 'Everything gets 204 without a body, until calm.',
    run: fault({ kind: 'no_body', count: 'forever' }),
  },
  closed_without_a_word: {
    description: 'Every connection is closed without a reply, until calm.',
    run: fault({ kind: 'closed', count: 'forever' }),
  },
  switching_protocols: {
    description: 'The next call gets 101 Switching Protocols.',
    run: fault({ kind: 'switched' }),
  },
  silence: {
    description: 'Three calls get no reply, half a head, and half a body, on open connections.',
    run: fault({ kind: 'silent' }, { kind: 'half_head' }, { kind: 'half_body' }),
  },
  changed_on_the_way: {
    description:
      'Four right replies: compressed, behind a byte-order mark, with many cookies, of a wrong length.',
    run: fault(
      { kind: 'gzip' },
      { kind: 'byte_order_mark' },
      { kind: 'big_headers' },
      { kind: 'wrong_length' },
    ),
  },
  retry_after_on_success: {
    description: 'The next call succeeds, with Retry-After: 999999999.',
    run: fault({ kind: 'fields', retryAfter: 999_999_999 }),
  },
  pots_refused: {
    description: 'From now on every token is refused for /pots, and for nothing else.',
    run: fault({ kind: 'status', status: 401, endpoint: '/pots', count: 'forever' }),
  },
  odd_token_replies: {
    description: 'Four token replies: three odd token types, and the object inside of data.',
    run: fault(
      ...['', 'JWT', 42].map((token_type) => oddToken({ kind: 'fields', fields: { token_type } })),
      oddToken({ kind: 'wrapped' }),
    ),
  },
  endless_transactions: {
    description: 'From now on pages of transactions are full, have 6 MB each, and never end.',
    run: fault({
      ...{ kind: 'endless_pages', endpoint: 'GET /transactions', count: 'forever' },
      bytes: 6_000_000,
    }),
  },
  transaction_of_9999: {
    description: 'From now on each list of transactions has one of the year 9999.',
    run: fault({ kind: 'year_9999', endpoint: 'GET /transactions', count: 'forever' }),
  },
  null_lists: {
    description: 'From now on pots and transactions are null.',
    run: fault(
      ...['pots', 'transactions'].map(
        (list): Fault => ({
          ...{ kind: 'fields', endpoint: `GET /${list}`, fields: { [list]: null } },
          count: 'forever',
        }),
      ),
    ),
  },
  account_without_balance: {
    description: 'One more account, whose balance is null.',
    run({ bank, faults }, userId) {
      const ownerIds = [ownerOf(bank, userId)]
      const { id } = bank.addAccount({ ownerIds, type: 'uk_moon_base' })
      faults.add({
        ...{ kind: 'fields', endpoint: 'GET /balance', accountId: id, count: 'forever' },
        fields: { balance: null },
      })
    },
  },
  unknown_account_type: {
    description: 'Two more accounts: one of an unknown type, and one whose balance is refused.',
    run({ bank }, userId) {
      const ownerIds = [ownerOf(bank, userId)]
      bank.addAccount({ ownerIds, type: 'uk_moon_base', balanceMinor: 12_345 })
      bank.addAccount({ ownerIds, type: 'uk_monzo_flex_backing_loan' })
    },
  },
  new_fields: {
    description: 'From now on every object has unknown fields.',
    run: fault({ kind: 'new_fields', count: 'forever' }),
  },
  missing_optional_fields: {
    description: 'From now on every object lacks the fields that Monzo does not promise.',
    run: fault({ kind: 'missing_fields', count: 'forever' }),
  },
  negative_balance: {
    description: 'The current account is overdrawn by £123.45.',
    run: ({ bank }, userId) => bank.setBalance(currentAccountOf(bank, userId), -12_345),
  },
  deleted_and_same_named_pots: {
    description: 'Three more pots called Holiday, one of them deleted.',
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
    description: 'A payment settles under a new id, and the pending one stays listed beside it.',
    run({ bank }, userId) {
      const accountId = currentAccountOf(bank, userId)
      const payment = { amountMinor: -2500, category: 'transport', description: 'Sample Fuel' }
      bank.addTransaction(accountId, { ...payment, isSettled: false })
      bank.addTransaction(accountId, payment)
    },
  },
  hold_vanishes: {
    description: 'A pending payment of £25, which nobody claims: a day later it is gone.',
    run({ bank }, userId) {
      bank.addTransaction(currentAccountOf(bank, userId), {
        ...{ amountMinor: -2500, description: 'Sample Hotel', isSettled: false },
        fates: [{ afterMs: DAY_MS, change: 'vanishes' }],
      })
    },
  },
  hold_replaced: {
    description:
      'A hold of £25 from the day before yesterday, and the payment of £31.40 that it has become, under a new id: both are listed for a day, then the hold is gone.',
    run({ bank, clock }, userId) {
      const accountId = currentAccountOf(bank, userId)
      const payment = { category: 'transport', description: 'Sample Fuel' }
      bank.addTransaction(accountId, {
        ...{ ...payment, amountMinor: -2500, isSettled: false },
        createdMs: clock.now() - 2 * DAY_MS,
        fates: [{ afterMs: 3 * DAY_MS, change: 'vanishes' }],
      })
      bank.addTransaction(accountId, { ...payment, amountMinor: -3140 })
    },
  },
  settles_for_more: {
    description: 'A pending payment of £1, as at a petrol pump: a day later it settles as £45.60.',
    run({ bank, clock }, userId) {
      const afterMs = DAY_MS
      const change = { amountMinor: -4560, settledMs: clock.now() + afterMs }
      bank.addTransaction(currentAccountOf(bank, userId), {
        ...{ amountMinor: -100, category: 'transport', description: 'Sample Fuel' },
        ...{ isSettled: false, fates: [{ afterMs, change }] },
      })
    },
  },
  recategorized: {
    description: 'The person moves the payments of the last 30 to 60 days to "holidays".',
    run({ bank, clock }, userId) {
      const accountId = currentAccountOf(bank, userId)
      const [firstMs, lastMs] = [clock.now() - 60 * DAY_MS, clock.now() - 30 * DAY_MS]
      for (const { id, createdMs, isInSpending } of [...bank.transactions(accountId, firstMs)])
        if (isInSpending && createdMs >= firstMs && createdMs < lastMs)
          bank.changeTransaction(accountId, id, { category: 'holidays' })
    },
  },
  unexplained: {
    description: 'The balance grows by £250 that no transaction explains.',
    run({ bank }, userId) {
      const accountId = currentAccountOf(bank, userId)
      bank.setBalance(accountId, bank.balances(accountId).balanceMinor + 25_000)
    },
  },
  window_closes_early: {
    description:
      'Each approval lets a client read only three pages of transactions older than 90 days; then E10, until the next login. `calm` ends it.',
    run: (world) => world.setKnobs({ historyPages: 3 }),
  },
  rate_limited_page: {
    description: 'The fourth page of transactions from now on gets 429 with Retry-After: 5.',
    run: fault({ ...PAGES, kind: 'status', status: 429, retryAfter: 5 }),
  },
  failing_page: {
    description: 'The fourth page of transactions from now on fails with 500, five times.',
    run: fault({ ...PAGES, kind: 'status', status: 500, count: 5 }),
  },
  long_history: {
    description: 'One more current account, with 100,000 transactions over ten years.',
    run({ bank, clock }, userId) {
      bank.addAccount({
        ...{ ownerIds: [ownerOf(bank, userId)], type: 'uk_retail', label: 'long history' },
        ...{ balanceMinor: 123_456, transactions: 100_000 },
        createdMs: clock.now() - 3652 * DAY_MS,
      })
    },
  },
  two_users: {
    description: 'A third person, Alex, who can log in as alex@example.com beside Sam.',
    run: ({ bank }) => void bank.addPerson({ email: 'alex@example.com', name: 'Alex Sample' }),
  },
  documented_tokens: {
    description: 'Token replies as in the docs: expires_in 21600, no scope.',
    run: (world) => world.setKnobs({ tokenResponse: 'docs', expiresIn: 21_600 }),
  },
  public_client: {
    description: 'The client is not confidential: no refresh tokens.',
    run: (world) => world.setKnobs({ confidential: false }),
  },
}

/** By name. */
export const scenarioDescriptions = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(SCENARIOS).map(([name, { description }]) => [name, description]),
  )

function ownerOf(bank: Bank, userId: string | undefined): string {
  return userId ?? bank.findPerson(SAM_EMAIL)?.id ?? ''
}

function currentAccountOf(bank: Bank, userId: string | undefined): string {
  const accounts = bank.accountsOf(ownerOf(bank, userId))
  return accounts.find(({ type }) => type === 'uk_retail')?.id ?? ''
}
