import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Exposition, Rendering } from '../../src/metrics/exposition.ts'
import { createListener, type ListenerDeps } from '../../src/web/listener.ts'
import { createScrapes } from '../../src/web/scrapes.ts'
import { createBearerCheck } from '../../src/web/secret-check.ts'
import { serve } from '../fakes/serve.ts'
import { ask, fakeLog } from './fake-site.ts'

function rendering(contentType: string, text: string): Rendering {
  return { contentType, plain: Buffer.from(text), gzip: gzipSync(text) }
}

const TEXT = '# HELP monzo_up …\nmonzo_up 0\n'
const EXPOSITION: Exposition = {
  text: rendering('text/plain; version=0.0.4; charset=utf-8', TEXT),
  openMetrics: rendering(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
    `${TEXT}# EOF\n`,
  ),
}

async function setup(t: TestContext, changes: Partial<ListenerDeps> = {}) {
  const log = fakeLog()
  const loads: number[] = []
  const deps: ListenerDeps = {
    exposition: () => EXPOSITION,
    log,
    publicUrl: new URL('http://127.0.0.1:8080'),
    isAllowed: () => true,
    scrapes: createScrapes({ now: () => 0 }),
    ready: () => undefined,
    pages: async () => {
      loads.push(1)
      return (request, response) => response.end(`page ${request.url}`)
    },
    ...changes,
  }
  const origin = await serve(t, createListener(deps))
  const get = (path: string, headers: Record<string, string> = {}) => ask(origin, path, { headers })
  return { origin, get, log, loads }
}

const statsPaths = [
  ...['/stats', '/metrics', '/stats?x=1', '/monzo/stats', '/monzo/metrics'],
  ...['/stats/', '/monzo/metrics/', '//stats', '///stats/', '//monzo/stats', '/monzo//stats?x=1'],
  ...['http://127.0.0.1:8080/stats', 'http://example.org//monzo/stats/'],
]
for (const path of statsPaths) {
  it(`answers ${path} in the text format, without loading the pages`, async (t) => {
    const { get, loads } = await setup(t, { publicUrl: new URL('https://example.org/monzo') })
    const { status, headers, text } = await get(path)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(headers['content-length'], String(Buffer.byteLength(TEXT)))
    assert.equal(headers.vary, 'accept, accept-encoding')
    assert.equal(text, TEXT)
    assert.deepEqual(loads, [])
  })
}

it('lets no cache keep what machines are told, and no page frame it', async (t) => {
  const { get } = await setup(t, {
    isAllowed: (authorization) => authorization !== 'no',
    deliver: () => false,
  })
  const paths = ['/stats', '/metrics', '/-/healthy', '/-/ready', '/webhook/wrong']
  const replies = await Promise.all(paths.map((path) => get(path)))
  for (const { headers } of [...replies, await get('/stats', { authorization: 'no' })]) {
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
})

it('answers in OpenMetrics, compressed, to a client that likes both better', async (t) => {
  const { origin } = await setup(t)
  const headers = { accept: 'application/openmetrics-text', 'accept-encoding': 'gzip' }
  const response = await fetch(`${origin}/stats`, { headers })
  assert.equal(response.headers.get('content-encoding'), 'gzip')
  assert.equal(
    response.headers.get('content-type'),
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  )
  const { gzip } = EXPOSITION.openMetrics
  assert.equal(response.headers.get('content-length'), String(gzip.byteLength))
  assert.equal(await response.text(), `${TEXT}# EOF\n`)
})

it('remembers whose scrape was answered, and that one was turned away', async (t) => {
  const scrapes = createScrapes({ now: () => 1 })
  const isAllowed = createBearerCheck('one-token')
  const { get } = await setup(t, { scrapes, isAllowed })
  await get('/metrics')
  assert.equal(scrapes.news.refusedAtMs, 1)
  await get('/stats', { authorization: 'Bearer one-token' })
  assert.equal(scrapes.news.lastAtMs, 1)
})

it('reads headers in any spelling, and those that come twice as one', async (t) => {
  const { origin } = await setup(t, { isAllowed: createBearerCheck('one-token') })
  const ask = async (headers: string[]) => {
    const asking = request(`${origin}/stats`, { headers, agent: false }).end()
    const [response] = await once(asking, 'response')
    response.resume()
    return [response.statusCode, response.headers['content-encoding']]
  }
  const host = ['Host', new URL(origin).host]
  const token = ['AUTHORIZATION', 'Bearer one-token']
  assert.deepEqual(await ask([...host, ...token, 'Accept-Encoding', 'gzip']), [200, 'gzip'])
  const twice = ['Accept-Encoding', 'br', 'accept-encoding', 'gzip']
  assert.deepEqual(await ask([...host, ...token, ...twice]), [200, 'gzip'])
  assert.deepEqual(await ask([...host, 'Accept-Encoding', 'gzip']), [401, undefined])
})

it('gives clients that take turns each their own format', async (t) => {
  const { get } = await setup(t)
  const open = { accept: 'application/openmetrics-text' }
  const texts = [await get('/stats', open), await get('/stats'), await get('/stats', open)]
  assert.deepEqual(
    texts.map(({ text }) => text.endsWith('# EOF\n')),
    [true, false, true],
  )
})

it('sends new bytes as soon as there are some, with their own length', async (t) => {
  let current = EXPOSITION
  const { get } = await setup(t, { exposition: () => current })
  await get('/stats')
  const text = 'monzo_up 1\nmonzo_balance 1.23\n'
  current = { ...EXPOSITION, text: rendering('text/plain; version=0.0.4', text) }
  assert.equal((await get('/stats')).text, text)
})

it('waits for bytes that are still being rendered', async (t) => {
  const { get } = await setup(t, { exposition: () => Promise.resolve(EXPOSITION) })
  const { status, text } = await get('/stats')
  assert.deepEqual([status, text], [200, TEXT])
})

const broken: [title: string, exposition: () => Promise<Exposition>][] = [
  ['rejects', () => Promise.reject(new Error('secret detail'))],
  [
    'throws',
    () => {
      throw new Error('secret detail')
    },
  ],
]
for (const [title, exposition] of broken) {
  it(`answers 500 without details and logs them when rendering ${title}`, async (t) => {
    const { get, log } = await setup(t, { exposition })
    const { status, text } = await get('/stats')
    assert.equal(status, 500)
    assert.doesNotMatch(text, /secret detail/)
    assert.deepEqual(
      log.entries.map(({ message }) => message),
      ['the metrics could not be rendered'],
    )
  })
}

it('answers HEAD with the headers of GET and no body', async (t) => {
  const { origin } = await setup(t)
  const { status, headers, text } = await ask(origin, '/stats', { method: 'HEAD' })
  assert.equal(status, 200)
  assert.equal(headers['content-length'], String(Buffer.byteLength(TEXT)))
  assert.equal(text, '')
})

for (const path of ['/stats', '/metrics', '/-/healthy', '/-/ready']) {
  it(`answers POST ${path} with 405 and what is allowed`, async (t) => {
    const { origin } = await setup(t)
    const { status, headers } = await ask(origin, path, { method: 'POST', body: 'x' })
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
  })
}

const authorizations: [header: string | undefined, status: number][] = [
  [undefined, 401],
  ['', 401],
  ['Bearer', 401],
  ['Bearer wrong', 401],
  ['Basic stats-secret', 401],
  ['Bearer stats-secret ', 200], // node trims it
  ['Bearer stats-secret', 200],
  ['bearer stats-secret', 200],
]
for (const [authorization, expected] of authorizations) {
  it(`answers ${expected} to Authorization ${authorization ?? '(none)'} when stats_token is set`, async (t) => {
    const { get, log } = await setup(t, { isAllowed: createBearerCheck('stats-secret') })
    const headers = authorization === undefined ? undefined : { authorization }
    for (const path of ['/stats', '/metrics']) {
      const reply = await get(path, headers)
      assert.equal(reply.status, expected)
      assert.equal(reply.headers['www-authenticate'], expected === 401 ? 'Bearer' : undefined)
      assert.doesNotMatch(JSON.stringify(reply), /stats-secret/)
    }
    assert.deepEqual(log.entries, [])
  })
}

it('is healthy without stats_token, login or pages', async (t) => {
  const { get } = await setup(t, {
    isAllowed: createBearerCheck('stats-secret'),
    ready: () => 'nobody is logged in',
  })
  const { status, headers, text } = await get('/-/healthy')
  assert.deepEqual([status, text], [200, 'ok'])
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['referrer-policy'], 'no-referrer')
})

it('is ready when there is a fresh balance, and says why not otherwise', async (t) => {
  let reason: string | undefined = 'Nobody is logged in.'
  const { get } = await setup(t, { ready: () => reason })
  const before = await get('/-/ready')
  assert.deepEqual([before.status, before.text], [503, 'Nobody is logged in.'])
  reason = undefined
  assert.equal((await get('/-/ready')).status, 200)
})

it('loads the pages once, on the first request for one, and hands them the path without prefix', async (t) => {
  const { get, loads } = await setup(t, { publicUrl: new URL('https://example.org/monzo') })
  const both = await Promise.all([get('/monzo/?a=1'), get('/')])
  assert.deepEqual(
    both.map(({ text }) => text),
    ['page /?a=1', 'page /'],
  )
  assert.equal((await get('//monzo//authorize/?a=1')).text, 'page /authorize?a=1')
  assert.deepEqual(loads, [1])
})

it('answers 500 when the pages cannot be loaded, logs why, and tries again', async (t) => {
  let tries = 0
  const { get, log } = await setup(t, {
    pages: async () => {
      tries += 1
      if (tries === 1) throw new Error('no such module')
      return (_request, response) => response.end('page')
    },
  })
  const failed = await get('/')
  assert.equal(failed.status, 500)
  assert.doesNotMatch(failed.text, /no such module/)
  assert.equal(log.entries.length, 1)
  assert.equal((await get('/')).text, 'page')
})

for (const path of ['//-/healthy', '/-/healthy/', '//monzo/-/ready', '/monzo//-/ready/'])
  it(`answers ${path}: proxies add slashes to every route`, async (t) => {
    const { get } = await setup(t, { publicUrl: new URL('https://example.org/monzo') })
    assert.equal((await get(path)).status, 200)
  })

for (const path of [
  '//webhook/right',
  '/webhook/right/',
  '/monzo//webhook/right',
  '//monzo/webhook/right',
])
  it(`takes a delivery at ${path}`, async (t) => {
    const publicUrl = new URL('https://example.org/monzo')
    const { origin } = await setup(t, { publicUrl, deliver: (secret) => secret === 'right' })
    assert.equal((await ask(origin, path, { method: 'POST' })).status, 200)
  })

it('answers 404 for everything else where only metrics are served', async (t) => {
  const { get } = await setup(t, { pages: undefined })
  for (const path of ['/', '/authorize?key=x', '/callback', '/assets/style.css', '/x/../stats'])
    assert.equal((await get(path)).status, 404, path)
  assert.equal((await get('/stats')).status, 200)
})
