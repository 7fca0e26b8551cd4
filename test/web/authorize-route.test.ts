import assert from 'node:assert/strict'
import { it } from 'node:test'
import TOML from '@iarna/toml'
import type { PagesDeps } from '../../src/web/pages.ts'
import { ask, KEY, setupPages, WRONG } from './fake-site.ts'

const MONZO = 'https://auth.monzo.com/?client_id=oauth2client_1&state=state-1'
const RIGHT = `/authorize?key=${KEY}`

it('sends the right key’s browser to Monzo, bound by a cookie', async (t) => {
  const { get } = await setupPages(t)
  const { status, headers, cookies, text } = await get(RIGHT)
  assert.equal(status, 303)
  assert.equal(headers.location, MONZO)
  assert.deepEqual(cookies, [
    'monzo_exporter_login=binding%201; Max-Age=600; Path=/; HttpOnly; SameSite=Lax',
  ])
  assert.equal(text, '')
  assert.equal(headers['referrer-policy'], 'no-referrer')
})

it('takes the key from a form just as well', async (t) => {
  const { post } = await setupPages(t)
  const { status, headers } = await post('/authorize', { key: KEY })
  assert.deepEqual([status, headers.location], [303, MONZO])
})

it('takes a key with every odd character, percent-encoded', async (t) => {
  const authKey = '$Kq1wJ@HF18yN^4I &+=?#/ü🔑'
  const { get, post } = await setupPages(t, { authKey: () => authKey })
  assert.equal((await get(`/authorize?${new URLSearchParams({ key: authKey })}`)).status, 303)
  assert.equal((await get(`/authorize?key=${encodeURIComponent(authKey)}`)).status, 303)
  assert.equal((await post('/authorize', { key: authKey })).status, 303)
})

it('makes the cookie secure and host-bound when the pages are on https', async (t) => {
  const { get } = await setupPages(t, { publicUrl: new URL('https://example.org/monzo') })
  const { cookies } = await get(`/monzo${RIGHT}`, { host: 'example.org' })
  assert.deepEqual(cookies, [
    '__Host-monzo_exporter_login=binding%201; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure',
  ])
})

it('hands the browser’s cookie to the flow, so that two tabs can log in', async (t) => {
  const { get, flow } = await setupPages(t)
  await get(RIGHT, { cookie: 'other=1; monzo_exporter_login=binding%201; more=2' })
  await get(RIGHT, { cookie: 'monzo_exporter_login=%ff' })
  await get(RIGHT, { cookie: 'nonsense' })
  assert.deepEqual(flow.begun, ['binding 1', undefined, undefined])
})

const NAMED: Partial<PagesDeps> = {
  logins: () => [
    {
      ...{ id: 'login-1', state: 'connected' },
      accounts: [
        { accountId: 'acc_0000Current', accountType: 'uk_retail' },
        { accountId: 'acc_0000Joint', accountType: 'uk_retail_joint' },
      ],
    },
  ],
  accountNames: () => ({ acc_0000Joint: 'Rent "and" bills' }),
  categories: () => ['category_0000Cats', 'category_0000Dogs', 'eating out'],
  categoryNames: () => ({ category_0000Dogs: 'Dogs' }),
}

it('shows the ids to copy into config.toml to a form with the key, and sends nobody to Monzo', async (t) => {
  const { post, flow } = await setupPages(t, NAMED)
  const { status, text, cookies } = await post('/authorize', { key: KEY, show: 'ids' })
  assert.deepEqual([status, cookies, flow.begun], [200, [], []])
  assert.match(text, /Remove the <code>#<\/code> in front of a category that you name/)
  const [, shown = ''] = /<pre id="names"[^>]*>([^<]*)</.exec(text) ?? []
  assert.equal(
    shown.replaceAll('&quot;', '"'),
    `[account_names]
acc_0000Current = "Current account"
acc_0000Joint = "Rent \\"and\\" bills"

[category_names]
# category_0000Cats = ""
category_0000Dogs = "Dogs"
# "eating out" = ""`,
  )
  assert.deepEqual(TOML.parse(shown.replaceAll('&quot;', '"')), {
    account_names: { acc_0000Current: 'Current account', acc_0000Joint: 'Rent "and" bills' },
    category_names: { category_0000Dogs: 'Dogs' },
  })
})

it('shows no id without the right key, by link, or on the status page', async (t) => {
  const { get, post } = await setupPages(t, NAMED)
  const wrong = await post('/authorize', { key: WRONG, show: 'ids' })
  assert.equal(wrong.status, 401)
  assert.match(wrong.text, /<input type="hidden" name="show" value="ids">[^§]*<button>Show ids</)
  const replies = [
    wrong,
    await post('/authorize', { show: 'ids' }),
    await get('/authorize?show=ids'),
    await get(`${RIGHT}&show=ids`),
    await get('/'),
  ]
  for (const { text } of replies) assert.doesNotMatch(text, /acc_0000|category_0000/)
  assert.match(replies.at(-1)?.text ?? '', /<button class="plain" name="show" value="ids">/)
})

it('offers no ids before an account was read', async (t) => {
  const { get } = await setupPages(t)
  assert.doesNotMatch((await get('/')).text, /value="ids"/)
})

for (const [title, path] of [
  ['no key', '/authorize'],
  ['an empty key', '/authorize?key='],
]) {
  it(`asks for the key when there is ${title}, and never counts that`, async (t) => {
    const { get, flow } = await setupPages(t)
    for (let times = 0; times < 12; times++) {
      const { status, text } = await get(path ?? '')
      assert.equal(status, 401)
      assert.match(text, /<form method="post" action="\/authorize">/)
      assert.match(text, /name="key" type="password" autocomplete="off"/)
    }
    assert.deepEqual(flow.begun, [])
  })
}

it('answers a wrong key with a page to try again that does not repeat it', async (t) => {
  const { get, post, log, flow } = await setupPages(t)
  for (const reply of [
    await get(`/authorize?key=${WRONG}`),
    await post('/authorize', { key: WRONG }),
    await get(`/authorize?key=${KEY}x`),
    await post('/authorize', { key: KEY.toUpperCase() }),
  ]) {
    assert.equal(reply.status, 401)
    assert.match(reply.text, /That key is not right/)
    assert.match(reply.text, /aria-invalid="true"/)
    assert.doesNotMatch(JSON.stringify(reply), /horse/i)
    assert.deepEqual(reply.cookies, [])
  }
  assert.doesNotMatch(JSON.stringify(log.entries), /horse/i)
  assert.deepEqual(flow.begun, [])
})

it('answers the eleventh wrong key with 429 and how long to wait', async (t) => {
  const { get, post, clock } = await setupPages(t)
  for (let times = 0; times < 5; times++) {
    assert.equal((await get(`/authorize?key=${WRONG}`)).status, 401)
    assert.equal((await post('/authorize', { key: WRONG })).status, 401)
  }
  await clock.sleep(60_000)
  const { status, headers, text } = await post('/authorize', { key: WRONG })
  assert.deepEqual([status, headers['retry-after']], [429, '840'])
  assert.match(text, /Try again in 14 minutes\./)
  assert.equal((await get(RIGHT)).status, 429)
  assert.equal((await get('/authorize')).status, 401)
  assert.equal((await get('/')).status, 200)
})

const asParts: [title: string, headers: Record<string, string>][] = [
  ['an image', { 'sec-fetch-dest': 'image' }],
  ['a frame', { 'sec-fetch-dest': 'iframe' }],
  ['a script', { 'sec-fetch-dest': 'script' }],
  ['a call of a script', { 'sec-fetch-dest': 'empty' }],
  ['a page that is fetched ahead', { 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' }],
  ['a page that older browsers fetch ahead', { purpose: 'prefetch' }],
  ['something that browsers may invent', { 'sec-fetch-dest': 'webidentity' }],
]
for (const [title, headers] of asParts)
  it(`reads no key in what a browser asks as ${title}: no guess, and no way in`, async (t) => {
    const { get, post, flow, log } = await setupPages(t)
    flow.standings = { s: 'other_browser' }
    for (let times = 0; times < 6; times++) {
      assert.equal((await get(`/authorize?key=${WRONG}`, headers)).status, 403)
      assert.equal((await post('/authorize', { key: WRONG }, headers)).status, 403)
      const login = { key: WRONG, code: 'c', state: 's' }
      assert.equal((await post('/callback', login, headers)).status, 403)
    }
    assert.equal((await get(RIGHT, headers)).status, 403)
    assert.equal((await get('/callback?code=c&state=s', headers)).status, 403)
    assert.deepEqual([flow.begun, flow.finished, log.entries], [[], [], []])
    assert.equal((await get(RIGHT)).status, 303)
  })

it('reads a key in what a browser shows as a page, wherever the link stood', async (t) => {
  const { get } = await setupPages(t)
  for (const site of ['none', 'same-origin', 'cross-site']) {
    const headers = { 'sec-fetch-dest': 'document', 'sec-fetch-site': site }
    assert.equal((await get(RIGHT, headers)).headers.location, MONZO)
    assert.equal((await get(`/authorize?key=${WRONG}`, headers)).status, 401)
  }
})

it('lets the owner in after a slip, while others guess', async (t) => {
  const { get } = await setupPages(t, { trustedProxies: () => ['127.0.0.0/8'] })
  const from = (address: string, key: string) =>
    get(`/authorize?key=${key}`, { 'x-forwarded-for': address })
  for (let guess = 0; guess < 110; guess++) await from(`192.0.2.${guess}`, WRONG)
  assert.equal((await from('203.0.113.7', WRONG)).status, 429)
  assert.equal((await from('203.0.113.7', KEY)).status, 303)
})

it('counts addresses as a trusted proxy names them', async (t) => {
  const { get } = await setupPages(t, { trustedProxies: () => ['127.0.0.0/8'] })
  const from = (address: string, key: string) =>
    get(`/authorize?key=${key}`, { 'x-forwarded-for': address })
  for (let times = 0; times < 10; times++) await from('192.0.2.1', WRONG)
  assert.equal((await from('192.0.2.1', KEY)).status, 429)
  assert.equal((await from('192.0.2.2', KEY)).status, 303)
  assert.equal((await from('192.0.2.2, 192.0.2.1', KEY)).status, 429)
})

it('counts an address once where a trusted proxy adds ports', async (t) => {
  const { get } = await setupPages(t, { trustedProxies: () => ['127.0.0.0/8'] })
  const from = (address: string, key: string) =>
    get(`/authorize?key=${key}`, { 'x-forwarded-for': address })
  for (let port = 1; port <= 10; port++) await from(`203.0.113.7:${port}`, WRONG)
  assert.equal((await from('203.0.113.7:4711', KEY)).status, 429)
  for (let port = 1; port <= 10; port++) await from(`[2001:db8::${port}]:${port}`, WRONG)
  assert.equal((await from('[2001:db8::99]:4711', KEY)).status, 429)
  assert.equal((await from('[2001:db8:0:1::1]:4711', KEY)).status, 303)
})

it('believes X-Forwarded-For from nobody else', async (t) => {
  const { get } = await setupPages(t, { trustedProxies: () => ['192.0.2.0/24'] })
  for (let times = 0; times < 10; times++)
    await get(`/authorize?key=${WRONG}`, { 'x-forwarded-for': `198.51.100.${times}` })
  assert.equal((await get(RIGHT, { 'x-forwarded-for': '198.51.100.99' })).status, 429)
})

it('first sends a browser on another host name to the configured one, key and all', async (t) => {
  const { get, flow } = await setupPages(t)
  const { status, headers, text } = await get(RIGHT, { host: 'localhost:8080' })
  assert.equal(status, 307)
  assert.equal(headers.location, `http://127.0.0.1:8080${RIGHT}`)
  assert.equal(text, '')
  assert.deepEqual(flow.begun, [])
})

it('sends a form there by 307, so that its key never gets into an address', async (t) => {
  const { post } = await setupPages(t)
  const { status, headers } = await post('/authorize', { key: KEY }, { host: 'localhost:8080' })
  assert.deepEqual([status, headers.location], [307, 'http://127.0.0.1:8080/authorize'])
})

const hosts = ['evil.example', 'evil.example:80@127.0.0.1', '127.0.0.1.evil.example', '[::1]:8080']
for (const host of hosts) {
  it(`goes where redirect_uri says, whatever the request says: ${host}`, async (t) => {
    const { get } = await setupPages(t, { publicUrl: new URL('https://example.org/monzo') })
    const headers = { host, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
    for (const path of ['/authorize', '/monzo/authorize', '/authorize?next=//evil.example']) {
      const { location = '' } = (await get(path, headers)).headers
      assert.match(location, /^https:\/\/example\.org\/monzo\/authorize(?:\?|$)/)
    }
  })
}

it('does not send anybody in circles behind a proxy that hides the host name', async (t) => {
  const { get, flow } = await setupPages(t, { publicUrl: new URL('https://example.org') })
  const first = await get(RIGHT)
  assert.equal(first.headers.location, `https://example.org${RIGHT}`)
  const cookie = first.cookies.join().split(';')[0] ?? ''
  const second = await get(RIGHT, { cookie })
  assert.equal(second.headers.location, MONZO)
  assert.match(second.cookies.join('\n'), /^__Host-monzo_exporter_moved=; Max-Age=0/)
  assert.equal(flow.begun.length, 1)
})

it('does not mind another port or spelling of its host name', async (t) => {
  const { get } = await setupPages(t, { publicUrl: new URL('http://exporter.lan:8080') })
  for (const host of ['exporter.lan', 'exporter.lan:9090', 'Exporter.LAN:8080'])
    assert.equal((await get(RIGHT, { host })).headers.location, MONZO)
})

it('refuses keys given twice', async (t) => {
  const { get, post } = await setupPages(t)
  assert.equal((await get(`${RIGHT}&key=${KEY}`)).status, 400)
  const form = `key=${KEY}&key=${KEY}`
  assert.equal((await post('/authorize', new URLSearchParams(form).toString())).status, 400)
})

it('refuses forms beyond a few kilobytes', async (t) => {
  const { post } = await setupPages(t)
  assert.equal((await post('/authorize', { key: 'a'.repeat(9000) })).status, 413)
})

it('reads no key from anything but a form', async (t) => {
  const { origin } = await setupPages(t)
  const body = JSON.stringify({ key: KEY })
  const headers = { 'content-type': 'application/json' }
  assert.equal((await ask(origin, '/authorize', { method: 'POST', headers, body })).status, 401)
})
