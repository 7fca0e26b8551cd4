import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SCENARIOS } from '../../src/sandbox/admin/scenarios.ts'
import { createAuthApp } from '../../src/sandbox/auth/auth-app.ts'
import { html } from '../../src/sandbox/auth/html.ts'
import { serve } from '../fakes/serve.ts'
import { authorizeUrl, CLIENT, MINUTE_MS, REDIRECT_URI, setupWorld } from './world-setup.ts'

async function setup(t: TestContext) {
  const s = setupWorld()
  const origin = await serve(t, createAuthApp(s.world))
  const get = async (path: string) => {
    const response = await fetch(origin + path, { redirect: 'manual' })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = async (path: string, fields: Record<string, string>) => {
    const response = await fetch(origin + path, {
      ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const page = (state?: string) => authorizeUrl(state).replace('http://auth.monzo.test', '')
  const form = { client_id: CLIENT.clientId, redirect_uri: REDIRECT_URI, response_type: 'code' }
  const enter = (email: string, fields: Record<string, string> = {}) =>
    post('/', { ...form, email, ...fields })
  return { ...s, origin, get, post, page, form, enter }
}
const linkIn = (text: string): string => /href="(\/magic\/[^"]+)"/.exec(text)?.[1] ?? ''

describe('Logging in', () => {
  it('asks for an e-mail address, sends a link, and leads back with code and state', async (t) => {
    const { get, enter, page, exchange } = await setup(t)
    const first = await get(page('a b&c'))
    assert.equal(first.status, 200)
    assert.match(first.text, /<input type="hidden" name="state" value="a b&amp;c">/)
    assert.match(first.text, /type="email"[^>]+value="sam@example.com"/)
    const second = await enter('Sam@Example.com ', { state: 'a b&c' })
    assert.equal(second.status, 200)
    assert.match(second.text, /<h1>Check your e-mail<\/h1>/)
    const link = linkIn((await get('/mail')).text)
    const back = await get(link)
    assert.equal(back.status, 302)
    const url = new URL(back.headers.get('location') ?? '')
    assert.equal(url.origin + url.pathname, REDIRECT_URI)
    assert.equal(url.searchParams.get('state'), 'a b&c')
    assert.equal(exchange(url.searchParams.get('code') ?? '').status, 200)
  })
  it('leads back without state when there was none, and ignores what it does not know', async (t) => {
    const { get, enter, page } = await setup(t)
    const odd = `${page()}&response_mode=form_post&code_challenge=x&scope=all`
    assert.equal((await get(odd)).status, 200)
    await enter('sam@example.com')
    const back = await get(linkIn((await get('/mail')).text))
    assert.deepEqual([...new URL(back.headers.get('location') ?? '').searchParams.keys()], ['code'])
  })
  it('has an empty mailbox at first', async (t) => {
    assert.match((await (await setup(t)).get('/mail')).text, /No mail yet/)
  })
  it('shows the whole link too, to be opened in another browser', async (t) => {
    const { get, enter, origin } = await setup(t)
    await enter('sam@example.com')
    const { text } = await get('/mail')
    assert.ok(text.includes(`<code>${origin}${linkIn(text)}</code>`))
  })
  it('names the addresses that exist when it is another', async (t) => {
    const { enter, world } = await setup(t)
    const { status, text } = await enter('nobody@example.com')
    assert.equal(status, 400)
    assert.match(text, /<code>sam@example\.com<\/code>[\s\S]*<code>robin@example\.com<\/code>/)
    assert.equal(world.desk.letters().length, 0)
  })
  for (const uri of [`${REDIRECT_URI}/`, 'http://127.0.0.1:8080', 'https://evil.example/', '']) {
    it(`never leads back to "${uri}", which is not registered`, async (t) => {
      const { enter, world } = await setup(t)
      const { status, text, headers } = await enter('sam@example.com', { redirect_uri: uri })
      assert.equal(status, 400)
      assert.match(text, /problem sending you a magic link/)
      assert.equal(headers.get('location'), null)
      assert.equal(world.desk.letters().length, 0)
    })
  }
  it('does not identify an unknown client, or another response type', async (t) => {
    const { get, page } = await setup(t)
    for (const path of [
      page().replace(CLIENT.clientId, 'nope'),
      page().replace('=code', '=token'),
    ]) {
      const { status, text } = await get(path)
      assert.equal(status, 400)
      assert.match(text, /We couldn&#39;t identify who you&#39;d like to connect/)
    }
  })
  it('has links that expire after ten minutes', async (t) => {
    const { get, enter, world } = await setup(t)
    await enter('sam@example.com')
    const link = linkIn((await get('/mail')).text)
    world.advance(10 * MINUTE_MS + 1)
    assert.equal((await get(link)).status, 404)
    assert.equal((await get('/magic/magiclink_nope')).status, 404)
  })
  const denials: [knob: 'none' | 'access_denied', status: number, location: string | null][] = [
    ['none', 200, null],
    ['access_denied', 302, `${REDIRECT_URI}?error=access_denied&state=s`],
  ]
  for (const [denyRedirect, status, location] of denials) {
    it(`answers "this wasn't me" with ${status} when denyRedirect is ${denyRedirect}`, async (t) => {
      const { get, enter, world } = await setup(t)
      world.setKnobs({ denyRedirect })
      await enter('sam@example.com', { state: 's' })
      const path = /href="(\/deny\/[^"]+)"/.exec((await get('/mail')).text)?.[1] ?? ''
      const reply = await get(path)
      assert.deepEqual([reply.status, reply.headers.get('location')], [status, location])
    })
  }
})

describe('The phone', () => {
  it('asks whether to allow access, and approves', async (t) => {
    const { get, post, logIn, send, sam } = await setup(t)
    const { access_token } = logIn()
    const { text } = await get('/phone')
    assert.match(text, /Allow access to your data/)
    assert.match(text, new RegExp(CLIENT.clientId))
    const fields = { user_id: sam, client_id: CLIENT.clientId, pin: '1234' }
    const reply = await post('/phone/approve', fields)
    assert.equal(reply.status, 303)
    assert.equal(reply.headers.get('location'), '/phone?user=sam%40example.com')
    assert.equal(send('GET /accounts', access_token).status, 200)
    assert.doesNotMatch((await get('/phone')).text, /Allow access to your data/)
  })
  it('declines, and takes access back', async (t) => {
    const { post, get, logIn, connect, send, sam } = await setup(t)
    const fields = { user_id: sam, client_id: CLIENT.clientId }
    const { access_token } = logIn()
    await post('/phone/decline', fields)
    assert.equal(send('GET /accounts', access_token).status, 403)
    assert.match((await get('/phone?user=sam@example.com')).text, /Nothing to approve/)
    const token = connect()
    assert.match((await get('/phone')).text, /Remove access/)
    await post('/phone/revoke', fields)
    assert.equal(send('GET /accounts', token).status, 401)
  })
  it('approves for one client only', async (t) => {
    const { post, world, logIn, sam } = await setup(t)
    logIn()
    world.grants.open('oauth2client_0000Other', sam)
    await post('/phone/approve', { user_id: sam, client_id: CLIENT.clientId })
    assert.deepEqual(
      world.grants.waiting().map(({ clientId }) => clientId),
      ['oauth2client_0000Other'],
    )
  })
  it('is that of whoever has something to approve', async (t) => {
    const { get, logIn } = await setup(t)
    assert.match((await get('/phone')).text, /<h1>Sam&#39;s phone<\/h1>/)
    logIn('robin@example.com')
    assert.match((await get('/phone')).text, /<h1>Robin&#39;s phone<\/h1>/)
    assert.match((await get('/phone?user=sam@example.com')).text, /<h1>Sam&#39;s phone<\/h1>/)
    assert.equal((await get('/phone?user=nobody')).status, 404)
  })
  it('shows balances and feed items', async (t) => {
    const { get, world, sam, current } = await setup(t)
    world.bank.setBalance(current, -12_345)
    const fields = { title: 'Log in <again>', body: 'soon' }
    world.feed.add({ userId: sam, accountId: current, fields })
    const { text } = await get('/phone')
    assert.match(text, /<dd>-£123\.45<\/dd>/)
    assert.match(text, /<dt>uk_loan<\/dt><dd>–<\/dd>/)
    assert.match(text, /<h2>Log in &lt;again&gt;<\/h2>/)
  })
  it('shows pots by the names people gave them, each in its own direction', async (t) => {
    const { get, world, current } = await setup(t)
    world.bank.addPot(current, { name: 'حساب "أ" & <b>', balanceMinor: 123_456 })
    world.bank.addPot(current, { name: 'Long ago', balanceMinor: 0, isDeleted: true })
    const { text } = await get('/phone')
    assert.match(
      text,
      /<dt><bdi>حساب &quot;أ&quot; &amp; &lt;b&gt;<\/bdi><\/dt><dd>£1,234\.56<\/dd>/,
    )
    assert.doesNotMatch(text, /Long ago/)
  })
})

describe('Every page', () => {
  it('escapes whatever is put in', () => {
    const evil = `<script>'"&`
    assert.equal(html`<p>${evil}</p>`.text, '<p>&lt;script&gt;&#39;&quot;&amp;</p>')
    assert.equal(html`${[html`<b>${1}</b>`, html`<i></i>`]}`.text, '<b>1</b>\n<i></i>')
  })
  it('carries nothing that a link put into it', async (t) => {
    const { get, enter, page, world } = await setup(t)
    const evil = `"><script>alert(1)</script>`
    world.bank.addPerson({ email: 'eve@example.com', name: evil })
    world.clients.register({ ...CLIENT, clientId: evil })
    const path = page(evil).replace(CLIENT.clientId, encodeURIComponent(evil))
    await enter('eve@example.com')
    for (const text of [
      (await get(path)).text,
      (await enter(evil)).text,
      (await get('/mail')).text,
      (await get('/phone?user=eve@example.com')).text,
      (await get('/phone')).text,
    ])
      assert.doesNotMatch(text, /<script/)
  })
  it('lists what can be played, on the front page', async (t) => {
    const { text } = await (await setup(t)).get('/')
    for (const [name, { description }] of Object.entries(SCENARIOS)) {
      assert.ok(text.includes(`<code>${name}</code>`), name)
      assert.ok(text.includes(description.replaceAll('"', '&quot;').slice(0, 40)), name)
    }
  })
  it('has a language, one heading, a title, labels, no inline style and no script', async (t) => {
    const { get, enter, page, logIn, post } = await setup(t)
    logIn()
    const pages = [
      ...['/', page('s'), '/mail', '/phone', '/nope', '/magic/nope'].map(get),
      ...[enter('sam@example.com'), enter('nobody@example.com'), post('/', {})],
    ]
    for (const { text, headers } of await Promise.all(pages)) {
      assert.match(text, /^<!doctype html>\n<html lang="en">/)
      assert.match(text, /<title>[^<]+<\/title>/)
      assert.equal(text.match(/<h1>/g)?.length, 1)
      assert.doesNotMatch(text, /<script|<style|style=| on\w+=/)
      for (const [, id] of text.matchAll(/<input id="([^"]+)"/g))
        assert.match(text, new RegExp(`<label for="${id}">`))
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
      assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8/)
    }
  })
  it('shares one stylesheet, for light and dark', async (t) => {
    const { status, headers, text } = await (await setup(t)).get('/style.css')
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^text\/css/)
    assert.match(text, /prefers-color-scheme: dark/)
  })
})
