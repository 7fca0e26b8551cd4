import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SCENARIOS } from '../../src/sandbox/admin/scenarios.ts'
import { handle } from '../../src/sandbox/api/api-app.ts'
import { effectMinor } from '../../src/sandbox/bank/entry.ts'
import { type Body, DAY_MS, setupWorld } from './world-setup.ts'

type Setup = ReturnType<typeof setupWorld>

interface Stage extends Setup {
  readonly token: string
  readonly refreshToken: string
  readonly balance: () => Body
  readonly accounts: () => Body
  /** The current account's transactions, by default from just before the scenario on. */
  readonly rows: (since?: string) => Body[]
  /** What several requests for the same page get. */
  readonly statuses: (since: string, times: number) => number[]
}

/** What was paid and received after a transaction. */
function sumSince({ bank }: Setup['world'], transactionId: string): number {
  const sam = bank.findPerson('sam@example.com')?.id ?? ''
  const account = bank.accountsOf(sam).find(({ type }) => type === 'uk_retail')
  return bank
    .transactions(account?.id ?? '')
    .filter(({ id }) => id > transactionId)
    .reduce((sum, entry) => sum + effectMinor(entry), 0)
}

/** What is seen after a scenario, by a client that was connected before. */
const SEEN: Record<string, (stage: Stage) => void> = {
  calm({ world, accounts }) {
    assert.equal(accounts().status, 200)
    assert.equal(world.knobs().livelyEveryMs, 30_000)
  },
  approve: ({ accounts }) => assert.equal(accounts().status, 200),
  decline({ logIn, world, send }) {
    const { access_token } = logIn()
    SCENARIOS['decline']?.run(world, undefined)
    assert.equal(send('GET /accounts', access_token).status, 403)
  },
  revoke({ accounts, refresh, refreshToken }) {
    assert.equal(accounts().code, 'unauthorized.bad_access_token')
    assert.equal(refresh(refreshToken).code, 'unauthorized.bad_refresh_token')
  },
  expire_access({ accounts, refresh, refreshToken }) {
    assert.equal(accounts().code, 'unauthorized.bad_access_token.expired')
    assert.equal(refresh(refreshToken).status, 200)
  },
  evict({ accounts, refresh, refreshToken }) {
    assert.equal(accounts().code, 'unauthorized.bad_access_token.evicted')
    assert.equal(refresh(refreshToken).code, 'unauthorized.bad_refresh_token.evicted')
  },
  lapse_90_days({ refresh, refreshToken, send }) {
    const { access_token } = refresh(refreshToken).body
    assert.equal(send('GET /accounts', access_token).code, 'forbidden.insufficient_permissions')
  },
  drop_next_token_response({ refresh, refreshToken }) {
    assert.equal(refresh(refreshToken).delivery.cut, 'before_reply')
    assert.equal(refresh(refreshToken).code, 'unauthorized.bad_refresh_token')
  },
  rate_limited({ accounts }) {
    const replies = [accounts(), accounts(), accounts(), accounts()]
    assert.deepEqual(
      replies.map(({ status }) => status),
      [429, 429, 429, 200],
    )
    assert.equal(replies[0].delivery.headers['retry-after'], undefined)
  },
  rate_limited_retry_after({ accounts }) {
    const { status, delivery } = accounts()
    assert.deepEqual([status, delivery.headers['retry-after']], [429, '30'])
  },
  server_error: ({ accounts }) => assert.equal(accounts().status, 500),
  gateway_timeout: ({ accounts }) => assert.equal(accounts().status, 504),
  html_body({ accounts, world }) {
    for (const status of [502, 200]) {
      assert.throws(accounts, SyntaxError)
      assert.equal(world.journal.requests.at(-1)?.status, status)
    }
  },
  slow_reply: ({ accounts }) => assert.equal(accounts().delivery.delayMs, 30_000),
  connection_reset: ({ accounts }) => assert.equal(accounts().delivery.cut, 'reset'),
  damaged_replies({ accounts, world }) {
    for (let n = 0; n < 5; n++) {
      try {
        accounts()
      } catch {} // not_json
    }
    assert.deepEqual(
      world.journal.requests.slice(-5).map(({ fault }) => fault),
      ['truncated', 'oversized', 'not_json', 'wrong_types', 'ok_with_error'],
    )
    assert.equal(accounts().status, 200)
  },
  unknown_account_type({ accounts, send, token }) {
    const added = accounts().body.accounts.slice(-2)
    assert.deepEqual(
      added.map(({ id }: Body) => send(`GET /balance?account_id=${id}`, token).body.balance),
      [12_345, undefined],
    )
  },
  new_fields: ({ balance }) => assert.ok(balance().body.sandbox_new_flag),
  missing_optional_fields: ({ balance }) => assert.ok(!('local_spend' in balance().body)),
  negative_balance: ({ balance }) => assert.equal(balance().body.balance, -12_345),
  deleted_and_same_named_pots({ send, token, current }) {
    const { pots } = send(`GET /pots?current_account_id=${current}`, token).body
    const named = pots.filter(({ name }: Body) => name === 'Holiday')
    assert.deepEqual(
      named.map(({ deleted }: Body) => deleted),
      [false, false, true],
    )
  },
  many_transactions({ send, token, current }) {
    const path = `GET /transactions?account_id=${current}&limit=100&since=2026-11-22T09:59:59Z`
    const [one, two] = [send(path, token), send(`${path}&expand[]=merchant`, token)]
    assert.equal(one.body.transactions.length, 100)
    assert.equal(two.body.transactions.length, 100)
  },
  held_twice({ send, token, current }) {
    const path = `GET /transactions?account_id=${current}&since=2026-11-22T09:59:59Z`
    const rows = send(path, token).body.transactions.map((row: Body) => [
      row.amount,
      row.settled !== '',
    ])
    assert.deepEqual(new Set(rows.map(String)), new Set(['-2500,false', '-2500,true']))
  },
  hold_vanishes({ world, rows, balance }) {
    const [hold] = rows()
    assert.deepEqual([hold.amount, hold.settled], [-2500, ''])
    const before = balance().body.balance
    world.advance(DAY_MS - 1)
    assert.ok(rows().some(({ id }) => id === hold.id))
    const paid = sumSince(world, hold.id)
    world.advance(1)
    assert.ok(!rows().some(({ id }) => id === hold.id))
    assert.equal(balance().body.balance, before + paid + 2500)
  },
  hold_replaced({ world, rows }) {
    const fuel = () =>
      rows('2026-11-20T09:59:59Z')
        .filter(({ description }) => description === 'Sample Fuel')
        .map(({ amount, settled }) => `${amount} ${settled !== ''}`)
    assert.deepEqual(fuel(), ['-2500 false', '-3140 true'])
    world.advance(DAY_MS)
    assert.deepEqual(fuel(), ['-3140 true'])
  },
  settles_for_more({ world, rows }) {
    const [held] = rows()
    assert.deepEqual([held.amount, held.settled], [-100, ''])
    world.advance(DAY_MS)
    const settled = rows().find(({ id }) => id === held.id)
    assert.deepEqual(
      [settled?.amount, settled?.settled, settled?.created],
      [-4560, '2026-11-23T10:00:00Z', held.created],
    )
  },
  recategorized({ rows }) {
    const paid = rows('2026-09-25T00:00:00Z').filter((row) => row.include_in_spending)
    assert.ok(paid.length > 20)
    assert.ok(paid.every(({ category }) => category === 'holidays'))
    assert.ok(rows('2026-11-10T00:00:00Z').some(({ category }) => category !== 'holidays'))
  },
  unexplained({ world, current, balance }) {
    assert.equal(world.bank.balances(current).unexplainedMinor, 25_000)
    assert.equal(balance().body.balance, 184_217 + 25_000)
  },
  window_closes_early({ statuses }) {
    assert.deepEqual(statuses('2026-05-01T00:00:00Z', 5), [200, 200, 200, 403, 403])
    assert.deepEqual(statuses('2026-11-01T00:00:00Z', 1), [200])
  },
  rate_limited_page({ statuses, accounts }) {
    assert.equal(accounts().status, 200)
    assert.deepEqual(statuses('2026-11-01T00:00:00Z', 5), [200, 200, 200, 429, 200])
  },
  failing_page({ statuses }) {
    const failing = Array.from({ length: 5 }, () => 500)
    assert.deepEqual(statuses('2026-11-01T00:00:00Z', 9), [200, 200, 200, ...failing, 200])
  },
  long_history({ accounts, send, token, world }) {
    const { id, created } = accounts().body.accounts.at(-1)
    assert.ok(created < '2016-12-01')
    assert.equal(world.bank.transactions(id).length, 100_000)
    const path = `GET /transactions?account_id=${id}&limit=100`
    const [from, to] = ['2019-01-01T00:00:00Z', '2019-12-31T00:00:00Z']
    const { transactions } = send(`${path}&since=${from}&before=${to}`, token).body
    assert.equal(transactions.length, 100)
  },
  two_users({ logIn, approve, send, token }) {
    const alex = logIn('alex@example.com')
    approve()
    assert.equal(send('GET /accounts', alex.access_token).body.accounts.length, 1)
    assert.equal(send('GET /accounts', token).status, 200)
  },
  documented_tokens({ refresh, refreshToken }) {
    const { expires_in, scope } = refresh(refreshToken).body
    assert.deepEqual([expires_in, scope], [21_600, undefined])
  },
  firewall: ({ world, current }) => seesPage(world, current, 403),
  firewall_401: ({ world, current }) => seesPage(world, current, 401),
  captive_portal: ({ world, current }) => seesPage(world, current, 200),
  proxy_json({ accounts }) {
    const { status, code, body } = accounts()
    assert.deepEqual([status, code, body], [401, undefined, { message: 'Forbidden' }])
  },
  redirected: ({ world, current }) => {
    const { headers } = seesPage(world, current, 302)
    assert.match(headers['location'] ?? '', /^https:/)
  },
  no_content: ({ world, current }) =>
    assert.deepEqual(
      [rawBalance(world, current).status, rawBalance(world, current).body],
      [204, ''],
    ),
  closed_without_a_word({ accounts, refresh, refreshToken, world }) {
    for (let calls = 0; calls < 3; calls++) assert.equal(accounts().delivery.cut, 'before_reply')
    refresh(refreshToken)
    world.faults.clear()
    assert.equal(refresh(refreshToken).status, 200) // it has not arrived
  },
  switching_protocols({ accounts }) {
    assert.deepEqual([accounts().delivery.cut, accounts().status], ['switched', 200])
  },
  silence({ accounts }) {
    const cuts = [accounts(), accounts(), accounts(), accounts()].map(
      ({ delivery }) => delivery.cut,
    )
    assert.deepEqual(cuts, ['silent', 'silent_in_head', 'silent_in_body', undefined])
  },
  changed_on_the_way({ world, current }) {
    const [gzip, marked, headers, length, right] = [1, 2, 3, 4, 5].map(() =>
      rawBalance(world, current),
    )
    assert.equal(gzip?.isGzip, true)
    assert.equal(marked?.body, `\uFEFF${right?.body}`)
    assert.ok((headers?.headers['set-cookie'] ?? '').length > 60_000)
    assert.equal(length?.missingBytes, 10)
  },
  retry_after_on_success({ accounts }) {
    const { status, delivery } = accounts()
    assert.deepEqual([status, delivery.headers['retry-after']], [200, '999999999'])
  },
  pots_refused({ accounts, send, token, current }) {
    const pots = () => send(`GET /pots?current_account_id=${current}`, token)
    assert.deepEqual([pots().status, pots().code], [401, 'unauthorized.bad_access_token'])
    assert.equal(accounts().status, 200)
  },
  odd_token_replies({ refresh, refreshToken }) {
    let token = refreshToken
    for (const type of ['', 'JWT', 42]) {
      const { body } = refresh(token)
      assert.equal(body.token_type, type)
      token = body.refresh_token
    }
    const { body } = refresh(token)
    assert.deepEqual([Object.keys(body), typeof body.data.refresh_token], [['data'], 'string'])
  },
  endless_transactions({ send, token, current }) {
    const seen = new Set<string>()
    let since = '2026-11-22T09:59:59Z'
    for (let pages = 1; pages <= 3; pages++) {
      const { body, delivery } = send(
        `GET /transactions?account_id=${current}&limit=100&since=${since}`,
        token,
      )
      assert.ok(delivery.body.length > 6_000_000 && delivery.body.length < 8_000_000)
      for (const { id } of body.transactions) seen.add(id)
      assert.equal(seen.size, pages * 100)
      since = body.transactions.at(-1).id
    }
  },
  transaction_of_9999({ send, token, current }) {
    const { body } = send(
      `GET /transactions?account_id=${current}&since=2026-11-22T09:59:59Z`,
      token,
    )
    assert.deepEqual(
      body.transactions.map(({ created }: Body) => created),
      ['9999-12-31T23:59:59.999Z'],
    )
  },
  null_lists({ send, token, current }) {
    assert.deepEqual(send(`GET /pots?current_account_id=${current}`, token).body, { pots: null })
    const list = send(`GET /transactions?account_id=${current}&since=2026-11-22T09:59:59Z`, token)
    assert.deepEqual(list.body, { transactions: null })
  },
  account_without_balance({ accounts, send, token, balance }) {
    const { id } = accounts().body.accounts.find(({ type }: Body) => type === 'uk_moon_base')
    const { status, body } = send(`GET /balance?account_id=${id}`, token)
    assert.deepEqual([status, body.balance, body.currency], [200, null, 'GBP'])
    assert.equal(typeof balance().body.balance, 'number')
  },
  public_client: ({ logIn }) => assert.ok(!('refresh_token' in logIn())),
}

/** As it goes over the wire, whether or not it is JSON. */
function rawBalance(world: Setup['world'], accountId: string) {
  return handle(world, {
    ...{ method: 'GET', path: '/balance', query: new URLSearchParams({ account_id: accountId }) },
    ...{ form: new URLSearchParams(), authorization: undefined },
  })
}

function seesPage(world: Setup['world'], accountId: string, status: number) {
  for (let calls = 0; calls < 5; calls++) assert.equal(rawBalance(world, accountId).status, status)
  const delivery = rawBalance(world, accountId)
  assert.match(delivery.body, /^<html>/)
  return delivery
}

for (const [name, { description }] of Object.entries(SCENARIOS)) {
  it(`${name}: ${description}`, () => {
    const s = setupWorld()
    const { access_token, refresh_token } = s.logIn()
    s.approve()
    SCENARIOS[name]?.run(s.world, name === 'calm' ? undefined : s.sam)
    const see = SEEN[name]
    assert.ok(see, 'has no test')
    const page = (since: string) =>
      s.send(`GET /transactions?account_id=${s.current}&limit=100&since=${since}`, access_token)
    see({
      ...s,
      rows: (since = '2026-11-22T09:59:59Z') => page(since).body.transactions,
      statuses: (since, times) => Array.from({ length: times }, () => page(since).status),
      token: access_token,
      refreshToken: refresh_token,
      balance: () => s.send(`GET /balance?account_id=${s.current}`, access_token),
      accounts: () => s.send('GET /accounts', access_token),
    })
  })
}
it('happens to Sam where it takes an account and nobody is told', () => {
  const { world, current } = setupWorld()
  SCENARIOS['negative_balance']?.run(world, undefined)
  assert.equal(world.bank.balances(current).balanceMinor, -12_345)
})
