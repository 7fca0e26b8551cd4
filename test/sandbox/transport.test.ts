import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createApiApp } from '../../src/sandbox/api/api-app.ts'
import { serve } from '../fakes/serve.ts'
import { CLIENT, REDIRECT_URI, setupWorld } from './world-setup.ts'

async function setup(t: TestContext) {
  const s = setupWorld()
  const origin = await serve(t, createApiApp(s.world))
  const token = s.connect()
  const get = (path: string, signal?: AbortSignal) =>
    fetch(origin + path, {
      headers: { authorization: `Bearer ${token}` },
      ...(signal && { signal }),
    })
  const credentials = { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret }
  const grant = (code: string) => ({
    ...{ grant_type: 'authorization_code', ...credentials, redirect_uri: REDIRECT_URI, code },
  })
  return { ...s, origin, token, get, grant }
}

describe('Over HTTP', () => {
  it('answers JSON without a charset, ending with a line feed', async (t) => {
    const { get } = await setup(t)
    const response = await get('/accounts')
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(response.headers.get('x-powered-by'), null)
    assert.match(await response.text(), /\]\}\n$/)
  })
  it('reads form-encoded bodies, with all the odd characters of a secret', async (t) => {
    const { origin, grant, codeFor } = await setup(t)
    const body = new URLSearchParams(grant(codeFor()))
    assert.equal((await fetch(`${origin}/oauth2/token`, { method: 'POST', body })).status, 200)
  })
  it('does not know a secret whose plus sign was not encoded', async (t) => {
    const { origin, grant, codeFor } = await setup(t)
    const body = new URLSearchParams(grant(codeFor())).toString().replaceAll('%2B', '+')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await fetch(`${origin}/oauth2/token`, { method: 'POST', body, headers })
    assert.equal(response.status, 401)
  })
  it('reads multipart bodies', async (t) => {
    const { origin, grant, codeFor } = await setup(t)
    const body = new FormData()
    for (const [name, value] of Object.entries(grant(codeFor()))) body.append(name, value)
    assert.equal((await fetch(`${origin}/oauth2/token`, { method: 'POST', body })).status, 200)
  })
  const unread: [title: string, type: string, body: string][] = [
    ['JSON', 'application/json', '{"grant_type":"authorization_code"}'],
    ['a damaged multipart body', 'multipart/form-data', 'nonsense'],
    ['plain text', 'text/plain', 'grant_type=authorization_code'],
  ]
  for (const [title, type, body] of unread) {
    it(`reads nothing from ${title}`, async (t) => {
      const { origin } = await setup(t)
      const headers = { 'content-type': type }
      const response = await fetch(`${origin}/oauth2/token`, { method: 'POST', body, headers })
      assert.equal(response.status, 400)
      assert.match(await response.text(), /missing_param\.grant_type/)
    })
  }
  it('answers paths that are no proper URL', async (t) => {
    const { origin } = await setup(t)
    for (const path of ['//', '/%', '/accounts/', '/transactions/%E0%A4%A'])
      assert.ok([401, 404].includes((await fetch(origin + path)).status), path)
  })
})

describe('A fault, over HTTP', () => {
  for (const kind of ['reset', 'drop_after'] as const) {
    it(`of kind ${kind} is a network error`, async (t) => {
      const { get, world } = await setup(t)
      world.faults.add({ kind })
      await assert.rejects(get('/accounts'), TypeError)
      assert.equal((await get('/accounts')).status, 200)
    })
  }
  it('of kind drop_after costs a refresh token', async (t) => {
    const { origin, logIn, refresh, world } = await setup(t)
    const { refresh_token } = logIn()
    world.faults.add({ kind: 'drop_after', endpoint: 'POST /oauth2/token' })
    const body = new URLSearchParams({
      ...{ grant_type: 'refresh_token', refresh_token },
      ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret },
    })
    await assert.rejects(fetch(`${origin}/oauth2/token`, { method: 'POST', body }), TypeError)
    assert.equal(refresh(refresh_token).code, 'unauthorized.bad_refresh_token')
  })
  it('of kind truncated begins well, and breaks off', async (t) => {
    const { get, world } = await setup(t)
    world.faults.add({ kind: 'truncated' })
    const response = await get('/accounts')
    assert.equal(response.status, 200)
    await assert.rejects(response.text(), TypeError)
  })
  it('of kind html is a page', async (t) => {
    const { get, world } = await setup(t)
    world.faults.add({ kind: 'html', retryAfter: 5 })
    const response = await get('/accounts')
    assert.equal(response.status, 502)
    assert.equal(response.headers.get('content-type'), 'text/html')
    assert.equal(response.headers.get('retry-after'), '5')
    assert.match(await response.text(), /^<html>/)
  })
  it('of kind not_json says that it is JSON', async (t) => {
    const { get, world } = await setup(t)
    world.faults.add({ kind: 'not_json' })
    const response = await get('/accounts')
    assert.deepEqual(
      [response.status, response.headers.get('content-type')],
      [200, 'application/json'],
    )
    await assert.rejects(response.json(), SyntaxError)
  })
  it('of kind oversized arrives whole', async (t) => {
    const { get, world } = await setup(t)
    world.faults.add({ kind: 'oversized', bytes: 2 ** 20 })
    assert.equal((await (await get('/accounts')).arrayBuffer()).byteLength, 2 ** 20)
  })
  for (const kind of ['silent', 'half_head', 'half_body'] as const)
    it(`of kind ${kind} leaves the connection open, by the sandbox's clock`, async (t) => {
      const { get, world, clock } = await setup(t)
      const hangs = new Promise<void>((resolve) => {
        const sleep = (_ms: number, signal: AbortSignal) => {
          resolve()
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          )
        }
        Object.assign(clock, { sleep })
      })
      world.faults.add({ kind })
      const leaving = new AbortController()
      const reply = get('/accounts', leaving.signal).then((response) => response.text())
      await hangs
      leaving.abort(new Error('had enough'))
      await assert.rejects(reply, { message: 'had enough' })
    })
  it('of kind switched, closed and wrong_length is none that fetch can read', async (t) => {
    const { get, world } = await setup(t)
    for (const kind of ['switched', 'closed'] as const) {
      world.faults.add({ kind })
      await assert.rejects(get('/accounts'), TypeError)
    }
    world.faults.add({ kind: 'wrong_length' })
    const response = await get('/accounts')
    assert.ok(Number(response.headers.get('content-length')) > 0)
    await response.body?.cancel()
  })
  it('of kind gzip, byte_order_mark and big_headers is the right reply', async (t) => {
    const { get, world } = await setup(t)
    const right = await (await get('/accounts')).json()
    for (const kind of ['gzip', 'byte_order_mark'] as const) {
      world.faults.add({ kind })
      assert.deepEqual(await (await get('/accounts')).json(), right)
    }
    world.faults.add({ kind: 'big_headers' })
    await assert.rejects(get('/accounts'), TypeError) // more than the global fetch reads
  })
  it('is for one account only, if it says so', async (t) => {
    const { get, world, current, accountOf } = await setup(t)
    world.faults.add({ kind: 'no_code', accountId: current, status: 404, count: 'forever' })
    assert.equal((await get(`/balance?account_id=${current}`)).status, 404)
    assert.equal((await get(`/pots?current_account_id=${current}`)).status, 404)
    assert.equal((await get(`/balance?account_id=${accountOf('uk_retail_joint')}`)).status, 200)
  })
  it("of kind slow waits by the sandbox's clock", async (t) => {
    const { get, world, clock } = await setup(t)
    world.faults.add({ kind: 'slow', delayMs: 45_000 })
    assert.equal((await get('/accounts')).status, 200)
    assert.deepEqual(clock.slept, [45_000])
  })
})
