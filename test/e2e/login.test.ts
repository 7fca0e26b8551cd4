import assert from 'node:assert/strict'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { setUp } from './harness.ts'

const HOUR_MS = 3_600_000
const SAM = 'sam@example.com'
const ROBIN = 'robin@example.com'

describe('A first login', () => {
  it('goes from the printed link over the approval to the balance in the bank', async (t) => {
    const exporter = await setUp(t)
    const { links, sandbox, clock, account } = exporter
    const link = `${exporter.origin}/authorize?key=a%20key%20with%20%2B%20%2F%20%26%20%3D`
    assert.deepEqual(links, [link])
    await exporter.matches(/^monzo_up 0$/m)
    await exporter.hides(/^monzo_balance/m)

    const page = await exporter.logIn()
    assert.equal(page.status, 200)
    assert.match(page.text, /approve/i)
    await clock.advance(15_000)
    const state = (name: string) =>
      new RegExp(`^monzo_login_state\\{user_id="user_\\w+",state="${name}"\\} 1$`, 'm')
    await exporter.matches(state('awaiting_approval'))
    await exporter.hides(/^monzo_balance|^monzo_poll_failures_total/m)
    assert.deepEqual(
      exporter.log.lines.filter((line) => /^(warn|error): (?!Nobody)/.test(line)),
      [],
    )

    sandbox.approve()
    await clock.advance(15_000)
    await exporter.matches(state('connected'))
    await exporter.shows('monzo_up', 1)
    const { balanceMinor, potsMinor, spendTodayMinor } = sandbox.bank.balances(account)
    const labels = `{account_id="${account}",currency="GBP"}`
    await exporter.shows(`monzo_balance${labels}`, balanceMinor / 100)
    await exporter.shows(`monzo_balance_including_pots${labels}`, (balanceMinor + potsMinor) / 100)
    await exporter.shows(`monzo_spent_today${labels}`, -spendTodayMinor / 100)
    assert.deepEqual(links, [link])
  })
  it('exports what a person has, and nothing of what is closed, deleted or without balance', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    const { bank } = exporter.sandbox
    const sam = bank.findPerson(SAM) ?? assert.fail()
    const text = await exporter.stats()
    const exported = (name: string, label: string) =>
      [...text.matchAll(new RegExp(`^${name}\\{.*?${label}="([^"]+)"`, 'gm'))]
        .map(([, id]) => id)
        .sort()
    const open = bank
      .accountsOf(sam.id)
      .filter(({ isClosed, type }) => !isClosed && type !== 'uk_loan')
    assert.deepEqual(exported('monzo_balance', 'account_id'), open.map(({ id }) => id).sort())
    const pots = open.flatMap(({ id }) => bank.pots(id)).filter(({ isDeleted }) => !isDeleted)
    assert.deepEqual(exported('monzo_balance_in_pot', 'pot_id'), pots.map(({ id }) => id).sort())
    assert.ok(open.length < bank.accountsOf(sam.id).length)
    await exporter.shows('monzo_up', 1)
    assert.doesNotMatch(text, /^monzo_poll_failures_total/m)
  })
  it('is kept in a file that only its owner can read, and that a restart uses', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    const { mode } = await stat(exporter.tokensFile)
    assert.equal(mode & 0o777, 0o600)
    const { version, logins } = await exporter.tokens()
    assert.equal(version, 1)
    assert.equal(logins.length, 1)
    assert.equal(logins[0].expires_in, 107_999)
    await exporter.stop()
    exporter.newCalls()
    await exporter.start()
    await exporter.clock.advance(1000)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.newCalls()['POST /oauth2/token'], undefined)
    assert.equal(exporter.links.length, 1)
  })
})

describe('What a person does wrong, or somebody else tries', () => {
  it('shows a sentence for a forged and an expired state, and loses nothing', async (t) => {
    const { get, comeBack, clock } = await setUp(t)
    const forged = await get('/callback?code=x&state=forged')
    assert.equal(forged.status, 400)
    assert.match(await forged.text(), /not started here, or more than ten minutes ago/)
    const { callback, cookie } = await comeBack()
    await clock.advance(10 * 60_000 + 1)
    const expired = await get(callback.href, { headers: { cookie } })
    assert.equal(expired.status, 400)
  })
  it('redirects a reload after success, and exchanges no code twice', async (t) => {
    const { get, logIn, newCalls } = await setUp(t)
    const { callback, cookie } = await logIn()
    const again = await get(callback.href, { headers: { cookie } })
    assert.equal(again.status, 303)
    assert.equal(newCalls()['POST /oauth2/token'], 1)
  })
  it('asks for the key in another browser, and goes on with it', async (t) => {
    const { get, comeBack, tokens } = await setUp(t)
    const { callback } = await comeBack()
    const page = await get(callback.href)
    assert.match(await page.text(), /name="key"/)
    const post = (key: string) => {
      const fields = { ...Object.fromEntries(callback.searchParams), key }
      return get('/callback', { method: 'POST', body: new URLSearchParams(fields) })
    }
    assert.equal((await post('wrong')).status, 401)
    await assert.rejects(tokens())
    assert.equal((await post('a key with + / & =')).status, 200)
    assert.equal((await tokens()).logins.length, 1)
  })
  it('says that access was denied, and leaves the way open', async (t) => {
    const { get, comeBack } = await setUp(t)
    const { callback, cookie } = await comeBack()
    const state = callback.searchParams.get('state')
    const page = await get(`/callback?error=access_denied&state=${state}`, { headers: { cookie } })
    assert.equal(page.status, 403)
    assert.match(await page.text(), /denied/)
    assert.equal((await get(callback.href, { headers: { cookie } })).status, 200)
  })
  it('says that the client must be confidential', async (t) => {
    const { logIn, shows } = await setUp(t, { knobs: { confidential: false } })
    const { status, text } = await logIn()
    assert.equal(status, 502)
    assert.match(text, /the OAuth client is not confidential/)
    assert.match(text, /Confidentiality = Confidential/)
    await shows('monzo_login_state{state="unauthorized"}', 1)
  })
  it('says that the client secret is wrong', async (t) => {
    const { logIn, log } = await setUp(t, { settings: { client_secret: 'mnzconf.wrong' } })
    const { status, text } = await logIn()
    assert.equal(status, 502)
    assert.match(text, /Monzo refused the OAuth client/)
    assert.match(text, /Compare client_id and client_secret/)
    assert.match(
      log.lines.at(-1) ?? '',
      /^warn: A login failed: Monzo refused the OAuth client.*Compare/,
    )
  })
  it('turns away a login that cannot see account_id, and says so on the page', async (t) => {
    const exporter = await setUp(t, { settings: { account_id: 'acc_0000NotOne' } })
    await exporter.logIn()
    exporter.sandbox.approve()
    await exporter.clock.advance(15_000)
    await exporter.clock.advance(1000)
    await exporter.matches(/^monzo_login_state\{state="unauthorized"\} 1$/m)
    const said = exporter.log.lines.filter((line) => line.includes('cannot see the account'))
    assert.equal(said.length, 1)
    assert.match(said[0] ?? '', new RegExp(`They see .*\\b${exporter.account}\\b`))
    const page = await (await exporter.get('/')).text()
    assert.match(page, /cannot see the account of account_id/)
    assert.deepEqual((await exporter.tokens()).logins, [])
    assert.equal(exporter.newCalls()['POST /oauth2/logout'], 1)
    assert.equal(exporter.links.length, 2)
  })
  const garbage = [
    'html',
    'truncated',
    'oversized',
    'not_json',
    'wrong_types',
    'ok_with_error',
  ] as const
  for (const kind of garbage)
    it(`makes nothing of ${kind} from Monzo: no balance, no crash, and then a balance again`, async (t) => {
      const exporter = await setUp(t, { settings: { stale_after: '20s' } })
      await exporter.connect()
      exporter.sandbox.addFault({ kind, endpoint: 'GET /balance', count: 'forever' })
      await exporter.clock.advance(60_000)
      await exporter.hides(/^monzo_balance\{/m)
      await exporter.shows('monzo_up', 0)
      await exporter.matches(
        /^monzo_poll_failures_total\{reason="monzo_(?:un\w+|intercepted)"\} \d+$/m,
      )
      exporter.sandbox.clearFaults()
      await exporter.clock.advance(60_000)
      await exporter.shows('monzo_up', 1)
      await exporter.matches(/^monzo_balance\{/m)
    })
})

describe('Several people', () => {
  it('stand beside each other, and their joint account is exported once', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect(SAM)
    await exporter.connect(ROBIN)
    const text = await exporter.stats()
    assert.equal((await exporter.tokens()).logins.length, 2)
    assert.equal(text.match(/^monzo_login_up\{.*\} 1$/gm)?.length, 2)
    const ids = [...text.matchAll(/^monzo_balance\{account_id="(\w+)"/gm)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
    const { bank } = exporter.sandbox
    const joint = bank
      .accountsOf(bank.findPerson(ROBIN)?.id ?? '')
      .find(({ type }) => type === 'uk_retail_joint')
    assert.ok(ids.includes(joint?.id))
  })
})

describe('Staying logged in', () => {
  it('refreshes ahead of expiry, saves first, and never asks a person', async (t) => {
    const exporter = await setUp(t, {
      settings: { poll_interval: '10m' },
      knobs: { expiresIn: 2 * 3600 },
    })
    await exporter.connect()
    const before = await exporter.tokens()
    exporter.newCalls()
    await exporter.clock.advance(2 * HOUR_MS)
    const after = await exporter.tokens()
    assert.notEqual(after.logins[0].refresh_token, before.logins[0].refresh_token)
    assert.equal(after.logins[0].authorized_at, before.logins[0].authorized_at)
    assert.equal(exporter.newCalls()['POST /oauth2/token'], 1)
    await exporter.shows('monzo_up', 1)
    await exporter.shows('monzo_token_refreshes_total{outcome="refreshed"}', 1)
    assert.equal(exporter.links.length, 1)
  })
  for (const expiredToken of [401, 400] as const)
    it(`refreshes when Monzo refuses the token with ${expiredToken}, and repeats the call`, async (t) => {
      const exporter = await setUp(t, { knobs: { expiredToken } })
      await exporter.connect()
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(15_000)
      await exporter.shows('monzo_up', 1)
      await exporter.shows('monzo_token_refreshes_total{outcome="refreshed"}', 1)
      await exporter.hides(/^monzo_poll_failures_total/m)
    })
  it('refreshes a token that expired while nothing ran', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    await exporter.stop()
    await exporter.clock.advance(40 * HOUR_MS)
    await exporter.start()
    await exporter.clock.advance(1000)
    await exporter.shows('monzo_up', 1)
    await exporter.shows('monzo_token_refreshes_total{outcome="refreshed"}', 1)
  })
  it('asks for a new login, once, when the refresh token is refused, and keeps the file', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    exporter.sandbox.evict()
    const before = await readFile(exporter.tokensFile, 'utf8')
    await exporter.clock.advance(15_000)
    assert.equal(exporter.newCalls()['POST /oauth2/token'], 2) // the login, and the refusal
    await exporter.clock.advance(HOUR_MS)
    assert.deepEqual(exporter.newCalls(), {})
    await exporter.matches(/state="reauthorization_required"\} 1$/m)
    await exporter.hides(/^monzo_balance\{/m)
    assert.equal(await readFile(exporter.tokensFile, 'utf8'), before)
    assert.equal(exporter.links.length, 2)
    await exporter.connect()
    await exporter.shows('monzo_up', 1)
    assert.equal((await exporter.tokens()).logins.length, 1)
  })
  it('takes a lapsed approval for the end only after three polls over five minutes, and mends by itself', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    exporter.sandbox.lapse()
    await exporter.clock.advance(4 * 60_000)
    await exporter.matches(/state="connected"\} 1$/m)
    await exporter.clock.advance(2 * 60_000)
    await exporter.matches(/state="reauthorization_required"\} 1$/m)
    exporter.newCalls()
    await exporter.clock.advance(20 * 60_000)
    assert.deepEqual(exporter.newCalls(), { 'GET /accounts': 2 })
    exporter.sandbox.approve()
    await exporter.clock.advance(10 * 60_000)
    await exporter.shows('monzo_up', 1)
  })
})

describe('Earlier programs’ users', () => {
  it('keep the login of the Rust exporter: its file is read, and learned from', async (t) => {
    const first = await setUp(t)
    await first.connect()
    await first.stop()
    const { logins } = await first.tokens()
    const { access_token, refresh_token } = logins[0]
    const file = { access_token, expires_at: '2026-11-23T09:00:00.123456789Z', refresh_token }
    await writeFile(first.tokensFile, JSON.stringify(file))
    await first.start()
    await first.clock.advance(1000)
    await first.shows('monzo_up', 1)
    const saved = await first.tokens()
    assert.equal(saved.version, 1)
    assert.equal(saved.logins[0].user_id, logins[0].user_id)
    await first.hides(/^monzo_authorization_expiry/m)
  })
})

describe('What polling costs', () => {
  it('is three calls a poll and account, and the list of accounts every ten minutes', async (t) => {
    const exporter = await setUp(t)
    await exporter.stop()
    await exporter.start({ account_id: exporter.account })
    await exporter.connect()
    exporter.newCalls()
    await exporter.clock.advance(10 * 60_000)
    assert.deepEqual(exporter.newCalls(), {
      'GET /balance': 40,
      'GET /pots': 40,
      'GET /transactions': 40,
      'GET /accounts': 1,
    })
  })
  it('is nothing for pots when they are switched off', async (t) => {
    const exporter = await setUp(t, { settings: { pots: 'false' } })
    await exporter.connect()
    assert.equal(exporter.newCalls()['GET /pots'], undefined)
    await exporter.hides(/^monzo_balance_in_pot/m)
  })
})

describe('A balance', () => {
  it('follows the bank within a poll', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    exporter.sandbox.bank.setBalance(exporter.account, -1234)
    await exporter.clock.advance(15_000)
    const sample = `monzo_balance{account_id="${exporter.account}",currency="GBP"}`
    await exporter.shows(sample, -12.34)
  })
  it('disappears at the moment it is too old, with polls failing or hanging', async (t) => {
    const exporter = await setUp(t, { settings: { stale_after: '2m' } })
    await exporter.connect()
    exporter.sandbox.addFault({ kind: 'status', status: 500, count: 'forever' })
    await exporter.clock.advance(100_000)
    await exporter.matches(/^monzo_balance\{/m)
    await exporter.clock.advance(22_000)
    await exporter.hides(/^monzo_balance\{/m)
    await exporter.shows('monzo_up', 0)
    assert.equal((await exporter.get('/-/ready')).status, 503)
    assert.equal((await exporter.get('/-/healthy')).status, 200)
  })
})
describe('Balances that disappear', () => {
  const balanceLines = (lines: readonly string[]) =>
    lines.filter((line) => /balances? (?:of|has|have)/i.test(line))

  it('are said once: whose, since when and why, then that they are back; the page has it, too', async (t) => {
    const exporter = await setUp(t, { settings: { stale_after: '1m' } })
    await exporter.connect()
    const { user_id } = (await exporter.tokens()).logins[0]
    const failedAtMs = exporter.clock.now()
    exporter.sandbox.addFault({ kind: 'status', status: 500, count: 'forever' })
    await exporter.clock.advance(45_000)
    assert.deepEqual(balanceLines(exporter.log.lines), [])
    await exporter.clock.advance(75_000)
    const [line = '', ...more] = balanceLines(exporter.log.lines)
    assert.deepEqual(more, [])
    const [, whose, since = '', why] =
      /^warn: No balance of the login of (\S+) has been exported since (\S+) \(.+?\): (.+)$/.exec(
        line,
      ) ?? []
    assert.equal(whose, user_id)
    assert.ok(Math.abs(Date.parse(since) - failedAtMs - 60_000) <= 15_000, since)
    assert.match(why ?? '', /500.*Nothing to do/)
    const page = await (await exporter.get('/')).text()
    assert.match(page, /<h1 tabindex="-1">Connected, but no balance is exported<\/h1>/)
    const [, shown = ''] =
      /<dt>No balance exported since<\/dt><dd><time datetime="(\S+)"/.exec(page) ?? []
    assert.equal(`${shown.slice(0, 19)}Z`, since)

    exporter.sandbox.clearFaults()
    await exporter.clock.advance(75_000)
    assert.deepEqual(balanceLines(exporter.log.lines).slice(1), [
      `info: The balances of the login of ${user_id} are exported again.`,
    ])
    assert.doesNotMatch(await (await exporter.get('/')).text(), /exported since/)
  })
  it('are named when others are still read', async (t) => {
    let broken = 'none yet'
    const exporter = await setUp(t, {
      settings: { stale_after: '1m' },
      through: (fetch) => async (input, init) =>
        String(input).endsWith(`/balance?account_id=${broken}`)
          ? new Response('', { status: 500 })
          : fetch(input, init),
    })
    await exporter.connect()
    const { account } = exporter
    broken = account
    await exporter.clock.advance(2 * 60_000)
    const [line = '', ...more] = balanceLines(exporter.log.lines)
    assert.deepEqual(more, [])
    assert.match(line, new RegExp(`^warn: The balance of ${account} has not been exported since `))
    const page = await (await exporter.get('/')).text()
    assert.match(page, /Connected, but not every balance is exported/)
    assert.match(page, /<dt>Some balances missing since<\/dt>/)
  })
  it('are said of playground tokens, and of a start that reads none', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    await exporter.stop()
    const token = (await exporter.tokens()).logins[0].access_token
    exporter.sandbox.addFault({ kind: 'status', status: 500, count: 'forever' })
    const startedAt = `${new Date(exporter.clock.now()).toISOString().slice(0, 19)}Z`
    await exporter.start({ access_tokens: token, stale_after: '1m' }, [
      'client_id',
      'client_secret',
    ])
    await exporter.clock.advance(90_000)
    const [line = ''] = balanceLines(exporter.log.lines)
    assert.match(
      line,
      new RegExp(`^warn: No balance of the login .+ could be read since ${startedAt}: .*500`),
    )
  })
  it('are not said of a laptop that slept, since its next poll brings them back', async (t) => {
    const exporter = await setUp(t)
    await exporter.connect()
    await exporter.leap(1)
    assert.deepEqual(balanceLines(exporter.log.lines), [])
  })
})
it('runs on playground tokens alone: no link, no pages to log in, nothing on disk', async (t) => {
  const exporter = await setUp(t)
  await exporter.connect()
  await exporter.stop()
  const token = (await exporter.tokens()).logins[0].access_token
  await rm(exporter.tokensFile)
  const links = exporter.links.length
  await exporter.start({ access_tokens: token }, ['client_id', 'client_secret'])
  await exporter.clock.advance(1000)
  await exporter.shows('monzo_up', 1)
  assert.equal((await exporter.get('/authorize')).status, 404)
  assert.equal(exporter.links.length, links)
  await assert.rejects(stat(exporter.tokensFile))
  // One call that is refused whatever the token says nothing about the token.
  exporter.sandbox.addFault({
    kind: 'status',
    status: 401,
    endpoint: '/pots',
    count: 'forever',
  })
  await exporter.clock.advance(60_000)
  await exporter.shows('monzo_up', 1)
  assert.doesNotMatch(await exporter.stats(), /^monzo_balance_in_pot/m)
  exporter.sandbox.expireAccess()
  await exporter.clock.advance(15_000)
  await exporter.shows('monzo_up', 0)
  assert.match(exporter.log.lines.at(-1) ?? '', /copy a new one/)
})
