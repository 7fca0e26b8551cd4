import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Body, setupWorld } from './world-setup.ts'

describe('GET /accounts', () => {
  it('lists every account of the person, with all keys of 2025', () => {
    const { connect, send, sam, current } = setupWorld()
    const { accounts } = send('GET /accounts', connect()).body
    assert.equal(accounts.length, 6)
    const account = accounts.find(({ id }: Body) => id === current)
    assert.deepEqual(Object.keys(account), [
      ...['id', 'closed', 'created', 'description', 'type', 'currency', 'country_code', 'owners'],
      ...['account_number', 'sort_code', 'payment_details', 'owner_type', 'is_flex'],
      ...['product_type', 'closed_account_app_access', 'legal_entity', 'country_code_alpha3'],
    ])
    assert.equal(account.description, sam)
    assert.deepEqual(account.owners, [
      { user_id: sam, preferred_name: 'Sam Sample', preferred_first_name: 'Sam' },
    ])
    assert.equal(account.payment_details.locale_uk.account_number, account.account_number)
  })
  it('describes each type in its own way, and shows bank details of few', () => {
    const { connect, send, sam, robin } = setupWorld()
    const { accounts } = send('GET /accounts', connect()).body
    const shown = accounts.map((account: Body) => [
      account.type,
      account.description.replace(/_0000\w+$/, ''),
      account.closed,
      'account_number' in account,
      account.is_flex,
    ])
    assert.deepEqual(shown, [
      ['uk_monzo_flex', 'monzoflex', false, false, true],
      ['uk_retail', 'user', false, true, false],
      ['uk_prepaid', 'user', true, false, false],
      ['uk_rewards', 'rewardsoptin', false, false, false],
      ['uk_loan', 'loan', false, false, false],
      ['uk_retail_joint', `Joint account between ${sam} and user`, false, true, false],
    ])
    assert.equal(accounts.at(-1).owners[1].user_id, robin)
    assert.equal(accounts.at(-2).owner_type, 'unknown')
  })
  const filters: [type: string, count: number][] = [
    ['uk_retail', 1],
    ['uk_retail_joint', 1],
    ['uk_spaceship', 0],
  ]
  for (const [type, count] of filters) {
    it(`lists ${count} for account_type=${type}`, () => {
      const { connect, send } = setupWorld()
      const { accounts } = send(`GET /accounts?account_type=${type}`, connect()).body
      assert.equal(accounts.length, count)
    })
  }
})

describe('GET /balance', () => {
  it('has all that is recorded, and adds up', () => {
    const { connect, send, current, world } = setupWorld()
    const { body } = send(`GET /balance?account_id=${current}`, connect())
    const { balanceMinor, potsMinor, spendTodayMinor } = world.bank.balances(current)
    assert.deepEqual(body, {
      balance: balanceMinor,
      total_balance: balanceMinor + potsMinor,
      balance_including_flexible_savings: balanceMinor + potsMinor,
      currency: 'GBP',
      spend_today: spendTodayMinor,
      local_currency: '',
      local_exchange_rate: 0,
      local_spend: [{ spend_today: spendTodayMinor, currency: 'GBP' }],
    })
    assert.ok(spendTodayMinor < 0)
  })
  it('owes on Flex, and has nothing spent today on a quiet account', () => {
    const { connect, send, accountOf } = setupWorld()
    const token = connect()
    const flex = send(`GET /balance?account_id=${accountOf('uk_monzo_flex')}`, token).body
    assert.equal(flex.balance, -8500)
    assert.equal(flex.spend_today, 0)
    assert.deepEqual(flex.local_spend, [])
  })
  it('is the same for both who own a joint account', () => {
    const { connect, send, accountOf } = setupWorld()
    const path = `GET /balance?account_id=${accountOf('uk_retail_joint')}`
    assert.deepEqual(send(path, connect()).body, send(path, connect('robin@example.com')).body)
  })
})

describe('GET /pots', () => {
  const potsOf = (type: string) => {
    const { connect, send, accountOf } = setupWorld()
    return send(`GET /pots?current_account_id=${accountOf(type)}`, connect()).body.pots
  }
  it('lists deleted ones too, with balance 0', () => {
    const deleted = potsOf('uk_retail').filter((pot: Body) => pot.deleted)
    assert.equal(deleted.length, 2)
    assert.ok(deleted.every((pot: Body) => pot.balance === 0))
  })
  it('has goal, lock and multiplier only where there are some', () => {
    const pots = potsOf('uk_retail')
    assert.deepEqual(
      pots.map((pot: Body) => 'goal_amount' in pot),
      [true, false, false, true, false, false, false, false, true],
    )
    const [locked] = pots.filter((pot: Body) => pot.locked)
    assert.deepEqual(
      [locked.lock_type, locked.locked_until],
      ['until_date', '2030-04-20T00:00:00Z'],
    )
    assert.equal(pots.filter((pot: Body) => 'lock_type' in pot).length, 1)
    assert.deepEqual(
      pots.map((pot: Body) => pot.round_up_multiplier),
      [null, 1, null, null, null, null, null, null, null],
    )
  })
  it('is empty on accounts without pots', () => {
    assert.deepEqual(potsOf('uk_rewards'), [])
    assert.deepEqual(potsOf('uk_loan'), [])
  })
})

describe('PUT /pots', () => {
  const form = (s: ReturnType<typeof setupWorld>) => ({
    ...{ source_account_id: s.current, destination_account_id: s.current },
    ...{ amount: '1000', dedupe_id: '1' },
  })
  const potNamed = (s: ReturnType<typeof setupWorld>, name: RegExp) =>
    s.world.bank.pots(s.current).find((pot) => name.test(pot.name))?.id ?? ''
  it('moves money in and out, and leaves a trace that a test can look for', () => {
    const s = setupWorld()
    const token = s.connect()
    const pot = potNamed(s, /Bills/)
    const before = s.world.bank.findPot(pot)?.balanceMinor ?? 0
    assert.equal(s.send(`PUT /pots/${pot}/deposit`, token, form(s)).body.balance, before + 1000)
    assert.equal(s.send(`PUT /pots/${pot}/withdraw`, token, form(s)).body.balance, before)
    const seen = s.world.journal.requests.map(({ endpoint }) => endpoint)
    assert.deepEqual(seen.slice(-2), ['PUT /pots/:id/deposit', 'PUT /pots/:id/withdraw'])
  })
  it('takes nothing out of a locked pot', () => {
    const s = setupWorld()
    const token = s.connect()
    const pot = potNamed(s, /Deposit/)
    assert.equal(s.send(`PUT /pots/${pot}/withdraw`, token, form(s)).status, 403)
    assert.equal(s.send(`PUT /pots/${pot}/deposit`, token, form(s)).status, 200)
  })
  it('refuses what makes no sense', () => {
    const s = setupWorld()
    const token = s.connect()
    const pot = potNamed(s, /Bills/)
    const cases: [path: string, change: Record<string, string>, status: number][] = [
      [`PUT /pots/${pot}/deposit`, { amount: '1.5' }, 400],
      [`PUT /pots/${pot}/deposit`, { amount: '-5' }, 400],
      [`PUT /pots/${pot}/deposit`, { dedupe_id: '' }, 400],
      ['PUT /pots/pot_nope/deposit', {}, 404],
      [`PUT /pots/${pot}/deposit`, { source_account_id: s.accountOf('uk_retail_joint') }, 403],
    ]
    for (const [path, change, status] of cases)
      assert.equal(s.send(path, token, { ...form(s), ...change }).status, status)
  })
})

describe('GET /transactions/:id', () => {
  it('finds one on any of the accounts, with its merchant when asked', () => {
    const { connect, send, accountOf, world } = setupWorld()
    const token = connect()
    const entry = world.bank
      .transactions(accountOf('uk_retail_joint'))
      .find(({ merchant }) => merchant !== undefined)
    const plain = send(`GET /transactions/${entry?.id}`, token).body.transaction
    assert.equal(plain.merchant, entry?.merchant?.id)
    const path = `GET /transactions/${entry?.id}?expand[]=merchant`
    const { merchant, ...rest } = send(path, token).body.transaction
    assert.equal(merchant.name, entry?.merchant?.name)
    assert.deepEqual({ ...rest, merchant: plain.merchant }, plain)
  })
  it("does not find somebody else's", () => {
    const { connect, send, accountOf, robin, world } = setupWorld()
    const [entry] = world.bank.transactions(accountOf('uk_retail', robin))
    const reply = send(`GET /transactions/${entry?.id}`, connect())
    assert.deepEqual([reply.status, reply.code], [404, 'not_found.transaction'])
  })
})

describe('Who and where', () => {
  it('GET / and GET /ping ask for nothing', () => {
    const { send } = setupWorld()
    assert.equal(send('GET /').body.name, 'Monzo API')
    assert.deepEqual(send('GET /ping').body, { ping: 'pong' })
  })
  it('GET /ping/whoami tells user and client, approved or not', () => {
    const { logIn, send, sam } = setupWorld()
    const { access_token, client_id } = logIn()
    assert.deepEqual(send('GET /ping/whoami', access_token).body, {
      ...{ authenticated: true, client_id, user_id: sam },
    })
  })
})

describe('Webhooks', () => {
  it('are registered, listed by account and removed', () => {
    const { connect, send, current, accountOf } = setupWorld()
    const token = connect()
    const url = 'http://192.168.1.2:8080/webhook/x'
    const add = (account_id: string) =>
      send('POST /webhooks', token, { account_id, url }).body.webhook
    const one = add(current)
    const twice = add(current)
    add(accountOf('uk_retail_joint'))
    assert.match(one.id, /^webhook_0000/)
    assert.notEqual(one.id, twice.id)
    const list = () => send(`GET /webhooks?account_id=${current}`, token).body.webhooks
    assert.deepEqual(list(), [one, twice])
    assert.deepEqual(send(`DELETE /webhooks/${one.id}`, token).body, {})
    assert.deepEqual(list(), [twice])
    assert.equal(send(`DELETE /webhooks/${one.id}`, token).status, 404)
  })
  it('belong to those who own the account', () => {
    const { connect, send, current } = setupWorld()
    const webhook = { account_id: current, url: 'https://example.com/' }
    const { id } = send('POST /webhooks', connect(), webhook).body.webhook
    const robins = connect('robin@example.com')
    assert.equal(send('POST /webhooks', robins, webhook).status, 403)
    assert.equal(send(`DELETE /webhooks/${id}`, robins).status, 403)
  })
  it('need a URL', () => {
    const { connect, send, current } = setupWorld()
    const token = connect()
    const add = (url: string) => send('POST /webhooks', token, { account_id: current, url }).code
    assert.equal(add(''), 'bad_request.missing_param.url')
    assert.equal(add('nowhere'), 'bad_request.bad_param.url')
  })
})

describe('POST /feed', () => {
  const item = (s: ReturnType<typeof setupWorld>) => ({
    account_id: s.current,
    type: 'basic',
    'params[title]': 'Log in again soon',
    'params[image_url]': 'https://example.com/icon.png',
    'params[body]': 'Seven days are left',
    url: 'http://127.0.0.1:8080/',
  })
  it('puts a card into the feed, and keeps it for the admin', () => {
    const s = setupWorld()
    assert.deepEqual(s.send('POST /feed', s.connect(), item(s)).body, {})
    assert.deepEqual(s.world.feed.items, [
      {
        atMs: s.world.clock.now(),
        userId: s.sam,
        accountId: s.current,
        fields: {
          type: 'basic',
          title: 'Log in again soon',
          image_url: 'https://example.com/icon.png',
          body: 'Seven days are left',
          url: 'http://127.0.0.1:8080/',
        },
      },
    ])
  })
  for (const param of ['account_id', 'type', 'params[title]', 'params[image_url]']) {
    it(`misses ${param} before it looks at the token`, () => {
      const s = setupWorld()
      const { status, code } = s.send('POST /feed', undefined, { ...item(s), [param]: '' })
      assert.deepEqual([status, code], [400, `bad_request.missing_param.${param}`])
    })
  }
  it('knows one type only', () => {
    const s = setupWorld()
    const reply = s.send('POST /feed', s.connect(), { ...item(s), type: 'fancy' })
    assert.equal(reply.code, 'bad_request.bad_param.type')
  })
})

it('POST /oauth2/authorize sends the magic link, and refuses what is not registered', () => {
  const { send, world } = setupWorld()
  const { clientId: client_id, redirectUris } = world.clients.list()[0] ?? {}
  const form = {
    ...{ client_id: client_id ?? '', redirect_uri: redirectUris?.[0] ?? '' },
    ...{ response_type: 'code', email: 'sam@example.com', state: 's' },
  }
  assert.equal(send('POST /oauth2/authorize', undefined, form).status, 200)
  assert.equal(world.desk.letters().length, 1)
  const cases: [change: Record<string, string>, code: string][] = [
    [{ redirect_uri: 'http://127.0.0.1:8080/' }, 'bad_request.bad_param.redirect_uri'],
    [{ response_type: 'token' }, 'bad_request.bad_param.response_type'],
    [{ email: '' }, 'bad_request.missing_param.email'],
    [{ email: 'nobody@example.com', redirect_uri: 'x' }, 'bad_request.bad_param.redirect_uri'],
  ]
  for (const [change, code] of cases) {
    const reply = send('POST /oauth2/authorize', undefined, { ...form, ...change })
    assert.deepEqual([reply.status, reply.code], [400, code])
  }
  const nobody = { ...form, email: 'nobody@example.com' }
  assert.equal(send('POST /oauth2/authorize', undefined, nobody).status, 200)
  assert.equal(world.desk.letters().length, 1)
})
