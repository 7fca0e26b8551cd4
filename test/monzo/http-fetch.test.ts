import assert from 'node:assert/strict'
import type { IncomingMessage, RequestListener } from 'node:http'
import { it, type TestContext } from 'node:test'
import { createHttpFetch, type HttpInit, readBody } from '../../src/monzo/http-fetch.ts'
import { serve } from '../fakes/serve.ts'

async function setup(t: TestContext, listener: RequestListener) {
  const seen: { headers: IncomingMessage['headers']; port: number | undefined }[] = []
  const origin = await serve(t, (request, response) => {
    seen.push({ headers: request.headers, port: request.socket.remotePort })
    listener(request, response)
  })
  const httpFetch = createHttpFetch()
  const ask = (init: HttpInit = {}) => httpFetch(new URL(`${origin}/path?a=1`), init)
  return { ask, seen, httpFetch }
}
const text = async (reply: Parameters<typeof readBody>[0]) => readBody(reply, 1000)

it('sends method, headers and body, and reads status, headers and body', async (t) => {
  const { ask, seen } = await setup(t, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.writeHead(418, { 'Retry-After': '7' }).end(`${request.method} ${request.url} ${body}`)
  })
  const reply = await ask({ method: 'POST', headers: { authorization: 'Bearer t' }, body: 'ä=1' })
  assert.equal(reply.status, 418)
  assert.equal(reply.headers.get('retry-AFTER'), '7')
  assert.equal(reply.headers.get('nothing'), null)
  assert.equal(await text(reply), 'POST /path?a=1 ä=1')
  assert.equal(seen[0]?.headers.authorization, 'Bearer t')
  assert.equal(seen[0]?.headers['content-length'], '4')
})
it('does not follow a redirect', async (t) => {
  const { ask, seen } = await setup(t, (_request, response) => {
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  assert.equal((await ask()).status, 302)
  assert.equal(seen.length, 1)
})
it('uses a connection again for a GET, and a new one for a POST', async (t) => {
  const { ask, seen } = await setup(t, (_request, response) => response.end('x'))
  for (const method of ['GET', 'GET', 'POST', 'POST']) await text(await ask({ method }))
  const [first, second, third, fourth] = seen.map(({ port }) => port)
  assert.equal(first, second)
  assert.equal(new Set([second, third, fourth]).size, 3)
})
it('rejects with the reason of the signal, before the reply and within it', async (t) => {
  const { ask } = await setup(t, (request, response) => {
    if (request.method === 'GET') response.write('half')
  })
  const reason = new DOMException('too slow', 'TimeoutError')
  for (const method of ['POST', 'GET']) {
    const controller = new AbortController()
    const whole = ask({ method, signal: controller.signal }).then((reply) => {
      setImmediate(() => controller.abort(reason))
      return text(reply)
    })
    if (method === 'POST') setTimeout(() => controller.abort(reason), 20)
    await assert.rejects(whole, reason)
  }
})
it('rejects when the connection is cut before the reply and within it', async (t) => {
  const { ask } = await setup(t, (request, response) => {
    if (request.method === 'POST') return void request.socket.destroy()
    response.writeHead(200, { 'content-length': 10 }).write('half')
    setImmediate(() => request.socket.destroy())
  })
  await assert.rejects(ask({ method: 'POST' }), { code: 'ECONNRESET' })
  await assert.rejects(async () => text(await ask()), /aborted/)
})
it('rejects when nobody listens', async () => {
  await assert.rejects(createHttpFetch()(new URL('http://127.0.0.1:1/'), {}), {
    code: 'ECONNREFUSED',
  })
})
it('stops reading a body that is too long', async (t) => {
  const { ask } = await setup(t, (_request, response) => response.end('x'.repeat(100_000)))
  assert.equal(await readBody(await ask(), 1000), undefined)
})
