import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createShiftedClock } from '../../src/sandbox/clock.ts'
import {
  type Bank,
  type Fault,
  SANDBOX_CLIENT,
  type SandboxOptions,
  type SeenRequest,
  startSandbox,
} from '../../src/sandbox/sandbox.ts'
import { FakeClock } from '../fakes/clock.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { type Body, DAY_MS } from './world-setup.ts'

const REDIRECT_URI = 'http://127.0.0.1:8080/callback'

async function setup(t: TestContext, options: Partial<SandboxOptions> = {}) {
  const sandbox = await startSandbox({ clock: new FakeClock(), ...options })
  t.after(() => sandbox.stop())
  sandbox.registerClient({ ...SANDBOX_CLIENT, redirectUris: [REDIRECT_URI] })
  const url = new URL(sandbox.authUrl)
  const { clientId: client_id, clientSecret: client_secret } = SANDBOX_CLIENT
  const query = { client_id, redirect_uri: REDIRECT_URI, response_type: 'code', state: 's' }
  url.search = new URLSearchParams(query).toString()

  async function token(fields: Record<string, string>): Promise<Body> {
    const body = new URLSearchParams({ client_id, client_secret, ...fields })
    return (await fetch(`${sandbox.apiUrl}/oauth2/token`, { method: 'POST', body })).json()
  }
  async function logIn(email?: string): Promise<Body> {
    const callback = await sandbox.logIn(url, email)
    const code = callback.searchParams.get('code') ?? ''
    return token({ grant_type: 'authorization_code', redirect_uri: REDIRECT_URI, code })
  }
  const get = async (
    path: string,
    accessToken: string,
  ): Promise<{ status: number; body: Body }> => {
    const headers = { authorization: `Bearer ${accessToken}` }
    const response = await fetch(sandbox.apiUrl + path, { headers })
    return { status: response.status, body: await response.json() }
  }
  return { sandbox, url, token, logIn, get }
}

it('a client logs in, waits for approval, reads and refreshes', async (t) => {
  const { sandbox, token, logIn, get } = await setup(t)
  const { access_token, refresh_token } = await logIn()
  assert.equal((await get('/accounts', access_token)).status, 403)
  sandbox.approve()
  const { accounts } = (await get('/accounts', access_token)).body
  assert.equal(accounts.length, 6)
  sandbox.expireAccess('sam@example.com')
  assert.equal((await get('/accounts', access_token)).status, 401)
  const fresh = await token({ grant_type: 'refresh_token', refresh_token })
  assert.equal((await get('/accounts', fresh.access_token)).status, 200)
  assert.deepEqual(sandbox.requests.map(told), [
    ...['POST /oauth2/token 200', 'GET /accounts 403', 'GET /accounts 200'],
    ...['GET /accounts 401', 'POST /oauth2/token 200', 'GET /accounts 200'],
  ])
})

const told = ({ endpoint, status }: SeenRequest): string => `${endpoint} ${status}`

describe('A sandbox', () => {
  it('shows the same money as another of the same seed and time', async (t) => {
    const everything = async () => {
      const { sandbox, logIn, get } = await setup(t, { seed: 7 })
      const { access_token } = await logIn()
      sandbox.approve()
      const { accounts } = (await get('/accounts', access_token)).body
      const bodies = accounts.flatMap(({ id }: Body) => [
        get(`/balance?account_id=${id}`, access_token),
        get(`/pots?current_account_id=${id}`, access_token),
        get(`/transactions?account_id=${id}&limit=100`, access_token),
      ])
      return [access_token, accounts, await Promise.all(bodies)]
    }
    assert.deepEqual(await everything(), await everything())
  })
  it('has three addresses, all on loopback unless told otherwise', async (t) => {
    const { sandbox } = await setup(t)
    const urls = [sandbox.authUrl, sandbox.apiUrl, sandbox.adminUrl]
    assert.equal(new Set(urls).size, 3)
    for (const url of urls) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  })
  it('listens where it is told, and says at once when that is taken', async (t) => {
    const { sandbox } = await setup(t, { host: 'localhost' })
    const port = Number(new URL(sandbox.authUrl).port)
    const clock = new FakeClock()
    await assert.rejects(startSandbox({ clock, host: 'localhost', ports: { admin: port } }), {
      ...{ name: 'AppError', code: 'ADDRESS_IN_USE' },
    })
    await assert.rejects(startSandbox({ clock, host: '203.0.113.1' }), {
      code: 'ADDRESS_UNUSABLE',
    })
  })
  it('stops at once, even while somebody waits for a slow reply', async (t) => {
    const clock = new DrivenClock()
    const { sandbox, get } = await setup(t, { clock })
    sandbox.addFault({ kind: 'slow', delayMs: 60_000 })
    const reply = get('/accounts', 'x')
    const isLost = assert.rejects(reply, TypeError)
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    await sandbox.stop()
    await isLost
    assert.equal(clock.waiting, 0)
  })
  it('answers on when a client leaves during a slow reply', async (t) => {
    const clock = new DrivenClock()
    const { sandbox, get } = await setup(t, { clock })
    sandbox.addFault({ kind: 'slow', delayMs: 60_000 })
    const gone = new AbortController()
    const reply = fetch(`${sandbox.apiUrl}/ping`, { signal: gone.signal })
    const isLost = assert.rejects(reply, { name: 'AbortError' })
    while (clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    gone.abort()
    await isLost
    while (clock.waiting > 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual((await get('/ping', 'x')).body, { ping: 'pong' })
  })
  it('refuses impossible knobs before it listens', async () => {
    const knobs: Body = { lapse: 'maybe' }
    await assert.rejects(startSandbox({ clock: new FakeClock(), knobs }), RangeError)
  })
})

describe('What its owner does', () => {
  it('decline, revoke, lapse and evict reach the logins of one person', async (t) => {
    const { sandbox, logIn, get } = await setup(t)
    const [sam] = sandbox.bank.people
    const statusAfter = async (happen: () => void) => {
      const { access_token } = await logIn()
      sandbox.approve('robin@example.com')
      happen()
      return (await get('/accounts', access_token)).status
    }
    assert.equal(await statusAfter(() => sandbox.approve(sam?.id)), 200)
    assert.equal(await statusAfter(() => sandbox.decline(sam?.id)), 403)
    assert.equal(await statusAfter(() => sandbox.revoke(sam?.id)), 401)
    assert.equal(await statusAfter(() => sandbox.evict(sam?.id)), 401)
    const lapse = () => {
      sandbox.approve()
      sandbox.lapse()
    }
    assert.equal(await statusAfter(lapse), 403)
    assert.throws(() => sandbox.approve('nobody'), RangeError)
  })
  it('faults, knobs and time', async (t) => {
    const { sandbox, logIn, get } = await setup(t)
    const busy: Fault = { kind: 'status', status: 429, count: 'forever' }
    sandbox.addFault(busy)
    assert.equal((await get('/ping', 'x')).status, 429)
    sandbox.clearFaults()
    assert.equal((await get('/ping', 'x')).status, 200)
    sandbox.setKnobs({ expiresIn: 60 })
    const { access_token } = await logIn()
    sandbox.approve()
    sandbox.advance(DAY_MS)
    assert.equal((await get('/accounts', access_token)).status, 401)
  })
  it('log in is refused like the page refuses it', async (t) => {
    const { sandbox, url } = await setup(t)
    await assert.rejects(sandbox.logIn(url, 'nobody@example.com'), RangeError)
    url.searchParams.set('redirect_uri', 'http://127.0.0.1:8080/')
    await assert.rejects(sandbox.logIn(url), { name: 'Refusal' })
  })
})

it('a test can move money behind its back', async (t) => {
  const { sandbox, logIn, get } = await setup(t)
  const { bank }: { bank: Bank } = sandbox
  const [sam] = bank.people
  const account = bank.accountsOf(sam?.id ?? '').find(({ type }) => type === 'uk_retail')
  const { access_token } = await logIn()
  sandbox.approve()
  const path = `/balance?account_id=${account?.id}`
  const before = (await get(path, access_token)).body.balance
  bank.addTransaction(account?.id ?? '', { amountMinor: -999 })
  assert.equal((await get(path, access_token)).body.balance, before - 999)
})

describe('createShiftedClock', () => {
  it('is later than the other one by as much as it was moved, and waits like it', async () => {
    const base = new FakeClock('2026-01-01T00:00:00Z')
    const clock = createShiftedClock(base)
    clock.advance(DAY_MS)
    await clock.sleep(1000)
    assert.equal(clock.now(), base.now() + DAY_MS)
    assert.equal(clock.elapsed(), 1000)
    assert.deepEqual(base.slept, [1000])
    assert.equal(await clock.within(5, async ({ aborted }) => aborted), false)
  })
})
