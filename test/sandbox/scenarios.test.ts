import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SCENARIOS } from '../../src/sandbox/admin/scenarios.ts'
import { type Body, setupWorld } from './world-setup.ts'

type Setup = ReturnType<typeof setupWorld>

interface Stage extends Setup {
  readonly token: string
  readonly refreshToken: string
  readonly balance: () => Body
  readonly accounts: () => Body
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
  public_client: ({ logIn }) => assert.ok(!('refresh_token' in logIn())),
}

for (const [name, { description }] of Object.entries(SCENARIOS)) {
  it(`${name}: ${description}`, () => {
    const s = setupWorld()
    const { access_token, refresh_token } = s.logIn()
    s.approve()
    SCENARIOS[name]?.run(s.world, name === 'calm' ? undefined : s.sam)
    const see = SEEN[name]
    assert.ok(see, 'has no test')
    see({
      ...s,
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
