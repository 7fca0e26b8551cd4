import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { listen } from '../../src/web/serve.ts'
import { KEY, startSite } from '../browser/site.ts'
import { untilHungUp } from '../fakes/hung-up.ts'
import { ask } from '../web/fake-site.ts'

const PUBLIC_URL = new URL('http://127.0.0.1:8080')

const CROWD = 1000

describe('The exporter, among clients that mean no good', () => {
  it('stays healthy for everybody else beside a thousand connections that say nothing or ask all at once', async (t) => {
    const { listening } = await startSite(t)
    const crowd = await Promise.all(Array.from({ length: CROWD }, () => open(t, listening)))
    const isHealthy = async () => assert.equal((await ask(listening, '/-/healthy')).text, 'ok')
    await isHealthy()
    for (const { socket } of crowd) socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ')
    await isHealthy()
    for (const { socket } of crowd) socket.write('no\r\nconnection: close\r\n\r\n')
    await isHealthy()
    const answers = await Promise.all(crowd.map(({ answer }) => answer))
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 200 OK/)
  })

  // Node's own timers hang up, so they run in real time here, with limits of a moment.
  it('hangs up on whoever sends headers or a form byte by byte, and answers no more than 408', {
    timeout: 10_000,
  }, async (t) => {
    const patience = {
      ...{ headersTimeout: 50, requestTimeout: 100, connectionsCheckingInterval: 20 },
      handshakeTimeout: 1000,
    }
    const options = { clock: systemClock, setting: 'server_addr', publicUrl: PUBLIC_URL, patience }
    const listening = await listen(
      (request, response) => request.resume().on('end', () => response.end()),
      { host: '127.0.0.1', port: 0 },
      options,
    )
    t.after(() => listening.close())
    const headers = await open(t, listening.origin)
    const form = await open(t, listening.origin)
    headers.socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n')
    form.socket.write(
      'POST /authorize HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n',
    )
    const dribble = setInterval(() => {
      headers.socket.write('x-a: b\r\n')
      form.socket.write('k')
    }, 10)
    t.after(() => clearInterval(dribble))
    // A byte that was not read yet turns the hang-up into a reset, which may overtake the answer.
    // `web/serve.test.ts` has one who sends no more, and gets the answer for certain.
    assert.match(await headers.answer, /^HTTP\/1\.1 408 |^$/)
    assert.match(await form.answer, /^HTTP\/1\.1 408 |^$/)
  })

  const oversized: [title: string, request: string, answer: RegExp][] = [
    [
      'headers beyond 16 KiB',
      `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['an endless address', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      'a form beyond 8 KiB',
      `POST /authorize HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9000\r\n\r\n${'a'.repeat(9000)}`,
      /^HTTP\/1\.1 413 /,
    ],
    [
      'a form that does not say how long it is',
      `POST /authorize HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n2328\r\n${'a'.repeat(9000)}\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 413 /,
    ],
    [
      'a compressed form',
      'POST /authorize HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\na',
      /^HTTP\/1\.1 415 /,
    ],
    [
      'two lengths that differ',
      'POST /authorize HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      'POST /authorize HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00', /^HTTP\/1\.1 400 /],
    ['the proxy it is not', 'CONNECT evil.example:443 HTTP/1.1\r\nhost: a\r\n\r\n', /^$/],
  ]
  for (const [title, request, expected] of oversized)
    it(`turns away ${title}`, async (t) => {
      const { listening } = await startSite(t)
      const { socket, answer } = await open(t, listening)
      socket.write(request)
      assert.match(await answer, expected)
      assert.equal((await ask(listening, '/-/healthy')).text, 'ok')
    })
})

it('keeps a hundred begun logins at most, and the newest of them work', async (t) => {
  const { listening, sandbox } = await startSite(t)
  const begin = async () => {
    const { headers, cookies } = await ask(
      listening,
      `/authorize?${new URLSearchParams({ key: KEY })}`,
    )
    const callback = await sandbox.logIn(headers.location ?? '')
    return { path: callback.pathname + callback.search, cookie: cookies[0]?.split(';')[0] ?? '' }
  }
  const first = await begin()
  for (let times = 0; times < 99; times++)
    await ask(listening, `/authorize?${new URLSearchParams({ key: KEY })}`)
  const last = await begin()
  const finish = ({ path, cookie }: typeof first) => ask(listening, path, { headers: { cookie } })
  assert.equal((await finish(first)).status, 400)
  assert.equal((await finish(last)).status, 200)
})

/** A bare connection, and all that it is sent until it ends. */
async function open(
  t: TestContext,
  origin: string,
): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  const answer = untilHungUp(socket)
  await once(socket, 'connect')
  return { socket, answer }
}
