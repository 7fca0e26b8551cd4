import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LoginStatus } from '../../src/login/login-flow.ts'
import { ask, KEY, setupPages, WRONG } from './fake-site.ts'

const PROXIED = { publicUrl: new URL('https://example.org/monzo') }

it('tells browsers to keep nothing, to send no referrer, and to run only our own script', async (t) => {
  const { get } = await setupPages(t)
  for (const path of ['/', '/authorize', '/callback', '/login/login-1', '/nowhere', '/a//trick']) {
    const { headers } = await get(path)
    assert.equal(headers['cache-control'], 'no-store', path)
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['x-powered-by'], undefined)
    assert.equal(
      headers['content-security-policy'],
      "default-src 'none';style-src 'self';script-src 'self';img-src 'self';connect-src 'self';" +
        "form-action 'self' http://127.0.0.1:8080 https://auth.monzo.com;" +
        "base-uri 'none';frame-ancestors 'none'",
    )
    assert.equal(headers['strict-transport-security'], undefined)
  }
})

it('insists on https only where the pages are on https', async (t) => {
  const { get } = await setupPages(t, PROXIED)
  const { headers } = await get('/')
  assert.equal(headers['strict-transport-security'], 'max-age=31536000')
  assert.match(String(headers['content-security-policy']), /;upgrade-insecure-requests$/)
})

it('has no inline script, style or handler that the policy would stop', async (t) => {
  const { get, flow } = await setupPages(t)
  flow.standings = { s: 'same_browser' }
  for (const path of ['/', '/authorize', '/callback?code=c&state=s']) {
    const { text } = await get(path)
    assert.doesNotMatch(text, /<script>|<style|\sstyle=|\son[a-z]+=|javascript:/)
    assert.match(text, /<html lang="en">/)
    assert.match(text, /<main>/)
  }
})

const routes: [path: string, methods: string][] = [
  ['/', 'GET, HEAD'],
  ['/authorize', 'GET, HEAD, POST'],
  ['/callback', 'GET, HEAD, POST'],
  ['/login/login-1', 'GET, HEAD'],
  ['/assets/style.css', 'GET, HEAD'],
]
for (const [path, methods] of routes) {
  it(`answers other methods on ${path} with 405 and what is allowed`, async (t) => {
    const { origin, flow } = await setupPages(t)
    const others = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', ...(/POST/.test(methods) ? [] : ['POST'])]
    for (const method of others) {
      const { status, headers } = await ask(origin, path, { method })
      assert.deepEqual([status, headers.allow], [405, methods], method)
    }
    assert.deepEqual(flow.begun, [])
  })
  it(`answers HEAD ${path} as GET, without a body`, async (t) => {
    const { origin, get } = await setupPages(t)
    const [head, full] = [await ask(origin, path, { method: 'HEAD' }), await get(path)]
    assert.equal(head.status, full.status)
    assert.equal(head.headers['content-type'], full.headers['content-type'])
    assert.equal(head.text, '')
  })
}

const strangers = [
  '/nowhere',
  '/index.html',
  '/.env',
  '/authorize/x',
  '/AUTHORIZE?key=x',
  '/login',
  '/login/unknown',
  '/assets/',
  '/assets/other.css',
  '/assets/constructor',
  '/monzo/',
  '//evil.example/',
  '//evil.example/authorize',
]
for (const path of strangers) {
  it(`answers ${path} with a page, 404`, async (t) => {
    const { get, log } = await setupPages(t)
    const { status, headers, text } = await get(path)
    assert.equal(status, 404)
    assert.match(headers['content-type'] ?? '', /^text\/html/)
    assert.match(text, /There is no such page/)
    assert.deepEqual(log.entries, [])
  })
}

const tricks = [
  '/a//b',
  '//evil.example//authorize',
  '/%2fstats',
  '/%2e%2e',
  '/assets/%2e%2e/style.css',
  '/assets/..%2f..%2fpackage.json',
  '/%2f%2fevil.example',
  '/\\evil.example',
  '/%0d%0aset-cookie:%20a=b',
  '/%ff',
  '/?a=1&a=2',
]
for (const path of tricks) {
  it(`answers ${path} with 400 and redirects nobody`, async (t) => {
    const { get, log } = await setupPages(t)
    const { status, headers, cookies } = await get(path)
    assert.equal(status, 400)
    assert.equal(headers.location, undefined)
    assert.deepEqual(cookies, [])
    assert.deepEqual(log.entries, [])
  })
}

it('names the slash that is too many, which proxies add and nobody sees', async (t) => {
  const { get } = await setupPages(t)
  const { status, text } = await get('/assets//style.css')
  assert.equal(status, 400)
  assert.match(text, /It has two slashes in a row: a link, or the proxy .* adds one too many\./)
})

for (const path of ['/', '/authorize', '/callback', '/login/login-1', '/assets/style.css'])
  it(`answers ${path} with a slash too many in front, behind the prefix or at the end`, async (t) => {
    const { get } = await setupPages(t, PROXIED)
    const expected = await get(path)
    for (const other of [
      `/${path}`,
      `//${path}/`,
      `/monzo/${path}`,
      `//monzo${path}`,
      `${path}/`,
    ]) {
      const { status, headers, text } = await get(other)
      assert.deepEqual(
        [status, headers.location],
        [expected.status, expected.headers.location],
        other,
      )
      assert.equal(text, expected.text)
    }
  })

it('answers every route with and without the prefix, and links with it', async (t) => {
  const { get } = await setupPages(t, PROXIED)
  for (const path of ['/', '/monzo', '/monzo/']) {
    const { status, text } = await get(path)
    assert.equal(status, 200, path)
    const links = [...text.matchAll(/(?:href|src|action)="(?!https:)([^"]*)"/g)].map(([, to]) => to)
    assert.ok(links.length > 5)
    for (const link of links) assert.match(link ?? '', /^\/monzo\//)
  }
  for (const path of ['/assets/style.css', '/login/login-1']) {
    assert.equal((await get(path)).status, 200)
    assert.equal((await get(`/monzo${path}`)).status, 200)
  }
  assert.equal((await get('/monzo/monzo/')).status, 404)
})

it('carries the prefix through a whole login', async (t) => {
  const { get, flow } = await setupPages(t, PROXIED)
  flow.standings = { s: 'same_browser', o: 'other_browser', f: 'finished' }
  assert.match((await get('/callback?code=c&state=s')).text, /data-login="\/monzo\/login\/login-1"/)
  assert.match((await get('/callback?code=c&state=o')).text, /action="\/monzo\/callback"/)
  assert.equal((await get('/callback?code=c&state=f')).headers.location, '/monzo/')
})

it('tells the waiting page the state and nothing else, and the poller that somebody waits', async (t) => {
  const { get, watched } = await setupPages(t)
  const { status, headers, text } = await get('/login/login-1')
  assert.equal(status, 200)
  assert.match(headers['content-type'] ?? '', /^application\/json/)
  assert.equal(text, '{"state":"awaiting_approval"}')
  assert.deepEqual(watched, ['login-1'])
})

it('tells the waiting page how far reading the history is: a year and a number', async (t) => {
  let progress: { year?: number; transactions: number } | undefined = { transactions: 0 }
  const watch = (id: string): LoginStatus => ({
    ...{ id, state: 'connected', userId: 'user_1' },
    history: { progress, transactions: 3412 },
  })
  const { get } = await setupPages(t, { watch })
  const told = async () => (await get('/login/login-1')).text
  assert.equal(await told(), '{"state":"connected","progress":"Reading your history"}')
  progress = { year: 2021, transactions: 3412 }
  const sentence = 'Reading your history: 2021, 3,412 transactions'
  assert.equal(await told(), `{"state":"connected","progress":"${sentence}"}`)
  progress = undefined
  assert.equal(await told(), '{"state":"connected"}')
})

for (const [name, type] of [
  ['style.css', 'text/css; charset=utf-8'],
  ['script.js', 'text/javascript; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
]) {
  it(`serves ${name} under the address that pages use, to be kept by no cache`, async (t) => {
    const { get } = await setupPages(t)
    assert.match((await get('/')).text, new RegExp(`"/assets/${name}"`))
    const { status, headers, text } = await get(`/assets/${name}`)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], type)
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.ok(text.length > 100)
  })
}

for (const path of [
  '/authorize',
  `/authorize?key=${KEY}`,
  '/callback?code=c&state=s',
  '/login/login-1',
]) {
  it(`says at ${path.split('?')[0]} that playground tokens are used, 404`, async (t) => {
    const { get, post } = await setupPages(t, { flow: undefined })
    for (const reply of [await get(path), await post(path, { key: KEY })]) {
      assert.equal(reply.status, 404)
      assert.match(reply.text, /playground tokens .* opens no OAuth pages/)
    }
  })
}

it('answers a bug with one sentence, logged without query and body', async (t) => {
  const bug = new Error('no good')
  const { get, log } = await setupPages(t, {
    logins: () => {
      throw bug
    },
  })
  const { status, text } = await get(`/?key=${WRONG}`)
  assert.equal(status, 500)
  assert.doesNotMatch(text, /no good|at .*\.ts/)
  assert.deepEqual(log.entries, [
    { level: 'error', fields: { err: bug, method: 'GET', path: '/' }, message: 'a page failed' },
  ])
})

it('shows the key on no page, in no header and in no log', async (t) => {
  const { get, post, flow, log } = await setupPages(t)
  flow.standings = { s: 'same_browser', o: 'other_browser' }
  const replies = [
    await get(`/authorize?key=${KEY}`),
    await post('/authorize', { key: KEY }),
    await get(`/?key=${KEY}`),
    await get(`/nowhere?key=${KEY}`),
    await get(`/authorize?key=${KEY}&key=${KEY}`),
    await get(`//authorize?key=${KEY}`),
    await post('/', { key: KEY }),
    await post('/callback', { key: KEY, code: 'c', state: 'o' }),
    await post('/callback', { key: KEY, code: 'c', state: 'unknown' }),
    await post('/authorize', { key: `${KEY}${'a'.repeat(9000)}` }),
  ]
  assert.doesNotMatch(JSON.stringify([replies, log.entries]), new RegExp(KEY))
})
