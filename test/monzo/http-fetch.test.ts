import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
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

/** A server that plays with the connection itself. @returns a call, and its end by the signal. */
async function wire(t: TestContext, play: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => play(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const ending = new AbortController()
  const call = async (method: string) => {
    const reply = await createHttpFetch()(url, { method, signal: ending.signal })
    return { status: reply.status, text: await text(reply) }
  }
  return { call, ending, sockets }
}
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n'

describe('Whatever a connection does, a call ends:', () => {
  for (const method of ['GET', 'POST']) {
    it(`${method}, switched to another protocol`, async (t) => {
      const { call } = await wire(t, (socket) => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
        )
      })
      assert.deepEqual(await call(method), { status: 101, text: '' })
    })
    it(`${method}, after replies that announce another one`, async (t) => {
      const { call } = await wire(t, (socket) => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n')
        socket.end(`${HEAD}0123456789`)
      })
      assert.deepEqual(await call(method), { status: 200, text: '0123456789' })
    })
    const broken: readonly (readonly [what: string, play: (socket: Socket) => void])[] = [
      ['closed without a word', (socket) => socket.end()],
      ['reset', (socket) => socket.resetAndDestroy()],
      ['closed within the head', (socket) => socket.end('HTTP/1.1 200 OK\r\nconte')],
      ['closed within the body', (socket) => socket.end(`${HEAD}01234`)],
      [
        'closed within a chunk',
        (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n0'),
      ],
      ['answered in something else than HTTP', (socket) => socket.end('SSH-2.0-OpenSSH\r\n')],
      [
        'told two lengths',
        (socket) =>
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'),
      ],
      [
        'sent headers without end',
        (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(300 * 1024)}\r\n\r\n`),
      ],
      [
        'sent what is not gzip',
        (socket) =>
          socket.end(HEAD.replace('\r\n\r\n', '\r\ncontent-encoding: gzip\r\n\r\n0123456789')),
      ],
    ]
    for (const [what, play] of broken)
      it(`${method}, ${what}`, async (t) => {
        const { call } = await wire(t, play)
        await assert.rejects(call(method), Error)
      })
    const silent: readonly (readonly [what: string, bytes: string])[] = [
      ['without a word', ''],
      ['within the head', 'HTTP/1.1 200 OK\r\nconte'],
      ['within the body', `${HEAD}01234`],
      ['behind a reply that announces another one', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ]
    for (const [what, bytes] of silent)
      it(`${method}, silent ${what}, by its signal`, async (t) => {
        const { call, ending, sockets } = await wire(t, (socket) =>
          socket.write(bytes, () => setImmediate(() => ending.abort(reason))),
        )
        const reason = new DOMException('too slow', 'TimeoutError')
        await assert.rejects(call(method), reason)
        const [socket] = sockets
        if (socket && !socket.closed) await new Promise((resolve) => socket.on('close', resolve))
      })
  }
})
it('reads a reply with a hundred kilobytes of headers', async (t) => {
  const { ask } = await setup(t, (_request, response) => {
    response.writeHead(200, { cookies: 'x'.repeat(100 * 1024) }).end('whole')
  })
  assert.equal(await text(await ask()), 'whole')
})
it('reads what was compressed on the way, though nobody asked for that', async (t) => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    const { ask } = await setup(t, (_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"a":1}'))
    })
    assert.equal(await text(await ask()), '{"a":1}')
  }
})
it('stops reading what grows too long by being decompressed', async (t) => {
  const { ask } = await setup(t, (_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(10_000_000)))
  })
  assert.equal(await readBody(await ask(), 1000), undefined)
})
