import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type RequestListener, type ServerResponse } from 'node:http'
import { get as getTls } from 'node:https'
import { connect, type Socket } from 'node:net'
import { it, type TestContext } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { systemClock } from '../../src/lib/clock.ts'
import { Connections } from '../../src/web/connections.ts'
import { type ListenOptions, listen } from '../../src/web/serve.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { ask } from './fake-site.ts'
import { RSA_TLS, TLS } from './self-signed.ts'

const PUBLIC_URL = new URL('http://127.0.0.1:8080')

const hello: RequestListener = (_request, response) => response.end('hello')

async function setup(t: TestContext, listener = hello, changes: Partial<ListenOptions> = {}) {
  const options = { clock: systemClock, setting: 'server_addr', publicUrl: PUBLIC_URL, ...changes }
  const listening = await listen(listener, { host: '127.0.0.1', port: 0 }, options)
  t.after(() => listening.close())
  return listening
}

it('serves on a free port and says where', async (t) => {
  const { origin, port } = await setup(t)
  assert.equal(origin, `http://127.0.0.1:${port}`)
  assert.equal(await (await fetch(origin)).text(), 'hello')
})

it('listens on every address without a host', async (t) => {
  const options = { clock: systemClock, setting: 'server_addr', publicUrl: PUBLIC_URL }
  const listening = await listen(hello, { port: 0 }, options)
  t.after(() => listening.close())
  assert.equal(await (await fetch(listening.origin)).text(), 'hello')
})

it('puts an IPv6 address into brackets', async (t) => {
  const options = { clock: systemClock, setting: 'server_addr', publicUrl: PUBLIC_URL }
  const listening = await listen(hello, { host: '::1', port: 0 }, options)
  t.after(() => listening.close())
  assert.equal(listening.origin, `http://[::1]:${listening.port}`)
})

/** Both loopback addresses, each as a client writes it. */
const LOOPBACK = ['127.0.0.1', '[::1]']
const answersAt = (port: number) =>
  Promise.all(
    LOOPBACK.map((host) =>
      fetch(`http://${host}:${port}/`).then(
        (response) => response.text(),
        () => 'nobody',
      ),
    ),
  )

const localhost: [title: string, host: string | undefined, publicUrl: string, answers: string[]][] =
  [
    ['server_addr says localhost', 'localhost', 'http://127.0.0.1:8080', ['hello', 'hello']],
    ['redirect_uri does', '127.0.0.1', 'http://localhost:8080', ['hello', 'hello']],
    ['redirect_uri does, below it', '::1', 'http://monzo.localhost:8080', ['hello', 'hello']],
    ['nothing does', '127.0.0.1', 'http://127.0.0.1:8080', ['hello', 'nobody']],
    ['nothing does, on IPv6', '::1', 'http://[::1]:8080', ['nobody', 'hello']],
  ]
for (const [title, host, publicUrl, answers] of localhost)
  it(`listens on ${answers.includes('nobody') ? 'one loopback address' : 'both loopback addresses'} when ${title}`, async (t) => {
    const options = { clock: systemClock, setting: 'server_addr', publicUrl: new URL(publicUrl) }
    const listening = await listen(hello, { host, port: 0 }, options)
    t.after(() => listening.close())
    assert.deepEqual(await answersAt(listening.port), answers)
    await listening.close()
    assert.deepEqual(await answersAt(listening.port), ['nobody', 'nobody'])
  })

it('does not start beside somebody who listens at the other address of localhost', async (t) => {
  const options = { clock: systemClock, setting: 'server_addr', publicUrl: PUBLIC_URL }
  const thief = await listen(hello, { host: '::1', port: 0 }, options)
  t.after(() => thief.close())
  const publicUrl = new URL(`http://localhost:${thief.port}`)
  const starting = listen(hello, { host: '127.0.0.1', port: thief.port }, { ...options, publicUrl })
  await assert.rejects(starting, {
    code: 'ADDRESS_IN_USE',
    message: `[::1]:${thief.port} is in use`,
    hint: /localhost means this address, too.* write 127\.0\.0\.1 instead/,
  })
  assert.deepEqual(await answersAt(thief.port), ['nobody', 'hello'])
})

it('answers 421 to the name of somebody else on loopback, and to its own names', async (t) => {
  const publicUrl = new URL('https://monzo.example.org')
  const { port } = await setup(t, hello, { publicUrl })
  const status = async (host: string) =>
    (await ask(`http://127.0.0.1:${port}`, '/', { headers: { host } })).status
  assert.equal(await status('evil.example'), 421)
  assert.equal(await status('monzo.example.org'), 200)
  assert.equal(await status(`127.0.0.1:${port}`), 200)
  const everywhere = { clock: systemClock, setting: 'server_addr', publicUrl }
  const open = await listen(hello, { port: 0 }, everywhere)
  t.after(() => open.close())
  const reply = await ask(`http://127.0.0.1:${open.port}`, '/', { headers: { host: 'pi.lan' } })
  assert.equal(reply.status, 200)
})

it('says that an address is in use, and which setting to change', async (t) => {
  const { port } = await setup(t)
  const options = { clock: systemClock, setting: 'metrics_addr', publicUrl: PUBLIC_URL }
  await assert.rejects(listen(hello, { host: '127.0.0.1', port }, options), {
    code: 'ADDRESS_IN_USE',
    message: `127.0.0.1:${port} is in use`,
    hint: /metrics_addr/,
  })
})

it('says that an address is not of this machine', async () => {
  const options = { clock: systemClock, setting: 'server_addr', publicUrl: PUBLIC_URL }
  await assert.rejects(listen(hello, { host: '192.0.2.1', port: 0 }, options), {
    code: 'ADDRESS_UNUSABLE',
    hint: /server_addr/,
  })
})

function askTls(port: number, maxVersion: 'TLSv1.1' | 'TLSv1.3'): Promise<string> {
  return new Promise((resolve, reject) => {
    const ciphers = 'DEFAULT@SECLEVEL=0' // or the client itself would refuse TLS 1.1
    const options = { port, ca: TLS.cert, minVersion: 'TLSv1' as const, maxVersion, ciphers }
    getTls({ host: '127.0.0.1', agent: false, ...options }, async (response) => {
      response.setEncoding('utf8')
      resolve((await response.toArray()).join(''))
    }).on('error', reject)
  })
}

it('serves HTTPS from TLS 1.2 on when it has a certificate', async (t) => {
  const { origin, port } = await setup(t, hello, { tls: () => TLS })
  assert.equal(origin, `https://127.0.0.1:${port}`)
  assert.equal(await askTls(port, 'TLSv1.3'), 'hello')
  await assert.rejects(askTls(port, 'TLSv1.1'))
})

const suites: [cipher: string, isTaken: boolean][] = [
  ['ECDHE-ECDSA-AES128-GCM-SHA256', true],
  ['ECDHE-ECDSA-CHACHA20-POLY1305', true],
  ['ECDHE-ECDSA-AES128-SHA', false], // CBC
  ['ECDHE-ECDSA-AES256-SHA384', false],
]
for (const [ciphers, isTaken] of suites)
  it(`${isTaken ? 'takes' : 'refuses'} ${ciphers} of TLS 1.2`, async (t) => {
    const { port } = await setup(t, hello, { tls: () => TLS })
    const options = { port, host: '127.0.0.1', ca: TLS.cert, maxVersion: 'TLSv1.2' as const }
    const connected = once(connectTls({ ...options, ciphers }), 'secureConnect')
    if (isTaken) await connected
    else await assert.rejects(connected, /handshake failure|EPROTO|ECONNRESET/)
  })

it('refuses static RSA, which keeps nothing secret once the key is out', async (t) => {
  const { port } = await setup(t, hello, { tls: () => RSA_TLS })
  const options = { port, host: '127.0.0.1', ca: RSA_TLS.cert, maxVersion: 'TLSv1.2' as const }
  const connect = async (ciphers: string) => {
    const socket = connectTls({ ...options, ciphers, checkServerIdentity: () => undefined })
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
  }
  await connect('ECDHE-RSA-AES128-GCM-SHA256')
  for (const ciphers of ['AES128-GCM-SHA256', 'AES128-SHA', 'ECDHE-RSA-AES128-SHA'])
    await assert.rejects(connect(ciphers), /handshake failure|EPROTO|ECONNRESET/, ciphers)
})

/** Node's own timers, so in real time; far less than people wait. */
const HASTY = {
  ...{ headersTimeout: 30, requestTimeout: 60, connectionsCheckingInterval: 10 },
  handshakeTimeout: 50,
}
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

for (const [title, tls] of [
  ['', undefined],
  [' over TLS', () => TLS],
] as const)
  it(`answers a connection${title} that was opened long before its request, as load balancers do, but no slow one`, async (t) => {
    const { port } = await setup(t, hello, { patience: { ...HASTY, handshakeTimeout: 5000 }, tls })
    const open = async () => {
      const where = { port, host: '127.0.0.1', ca: TLS.cert }
      const socket: Socket = tls ? connectTls(where) : connect(where)
      t.after(() => socket.destroy())
      socket.on('error', () => {})
      await once(socket, tls ? 'secureConnect' : 'connect')
      return socket.setEncoding('utf8')
    }
    const [early, slow] = [await open(), await open()]
    await sleep(120)
    early.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.match((await once(early, 'data'))[0], /^HTTP\/1\.1 200 /)
    slow.write('GET / HTTP/1.1\r\n')
    assert.match((await once(slow, 'data'))[0], /^HTTP\/1\.1 408 /)
    await once(slow, 'close')
  })

it('hangs up on a TLS handshake that does not come to its end', async (t) => {
  const { port } = await setup(t, hello, { patience: HASTY, tls: () => TLS })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'close')
})

for (const [title, tls] of [
  ['', undefined],
  [' over TLS', () => TLS],
] as const)
  it(`closes the connection${title} that was idle for longest when there are too many, and answers each new one`, async (t) => {
    const { port } = await setup(t, hello, { connections: new Connections(() => 5), tls })
    const where = { port, host: '127.0.0.1', ca: TLS.cert }
    const open = async () => {
      const socket: Socket | TLSSocket = tls ? connectTls(where) : connect(where)
      t.after(() => socket.destroy())
      socket.on('error', () => {})
      await once(socket, tls ? 'secureConnect' : 'connect')
      return socket
    }
    const say = async (socket: Socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
      const [chunk] = await once(socket, 'data')
      return String(chunk).split('\r\n')[0]
    }
    const prometheus = await open()
    assert.equal(await say(prometheus), 'HTTP/1.1 200 OK')
    const neighbors = [await open(), await open(), await open(), await open()]
    assert.equal(await say(prometheus), 'HTTP/1.1 200 OK') // so it is not the oldest any more
    const [oldest] = neighbors
    const closed = oldest && once(oldest, 'close')
    const newest = await open()
    await closed
    assert.equal(await say(newest), 'HTTP/1.1 200 OK')
    assert.equal(await say(prometheus), 'HTTP/1.1 200 OK')
  })

it('keeps nobody out who comes after many that are slow with a form', async (t) => {
  const { port, origin } = await setup(
    t,
    (request, response) => {
      request.resume().on('end', () => response.end('hello'))
    },
    { connections: new Connections(() => 5) },
  )
  for (let slow = 0; slow < 10; slow++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nk')
    await once(socket, 'connect')
  }
  assert.equal(await (await fetch(origin)).text(), 'hello')
})

it('refuses headers beyond 16 KiB', async (t) => {
  const { origin } = await setup(t)
  const response = await fetch(origin, { headers: { 'x-long': 'a'.repeat(20_000) } })
  assert.equal(response.status, 431)
})

it('closes at once when nobody is there, and says so to whoever closes twice', async (t) => {
  const { origin, close } = await setup(t)
  await Promise.all([close(), close()])
  await assert.rejects(fetch(origin))
})

it('does not wait for connections that are kept alive but idle', async (t) => {
  const clock = new DrivenClock()
  const { port, close } = await setup(t, hello, { clock })
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const [response] = await once(get({ port, host: '127.0.0.1', agent }), 'response')
  response.resume()
  await once(response, 'end')
  await close()
})

for (const [title, tls] of [
  ['', undefined],
  [' in the middle of a TLS handshake', () => TLS],
] as const)
  it(`does not wait for browsers that connect ahead of need${title}`, async (t) => {
    const clock = new DrivenClock()
    const { port, close } = await setup(t, hello, { clock, tls })
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    await clock.advance(0)
    await Promise.all([close(), once(socket, 'close')])
  })

it('does not wait for browsers that have finished the TLS handshake and ask nothing', async (t) => {
  const clock = new DrivenClock()
  const { port, close } = await setup(t, hello, { clock, tls: () => TLS })
  const socket = connectTls({ port, host: '127.0.0.1', ca: TLS.cert })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  await Promise.all([close(), once(socket, 'close')])
})

it('lets a request under way finish while it closes, and takes no new one', async (t) => {
  const clock = new DrivenClock()
  const held: ServerResponse[] = []
  const hold: RequestListener = (_request, response) => held.push(response)
  const { origin, close } = await setup(t, hold, { clock })
  const answer = fetch(origin).then((response) => response.text())
  while (held.length === 0) await clock.advance(0)
  const closed = close()
  await clock.advance(1000)
  await assert.rejects(fetch(origin))
  held[0]?.end('done')
  assert.equal(await answer, 'done')
  await clock.advance(100)
  await closed
})

it('hangs up after five seconds on whoever does not finish', async (t) => {
  const clock = new DrivenClock()
  const { port, close } = await setup(t, () => {}, { clock })
  const socket = connect(port, '127.0.0.1')
  const hungUp = once(socket, 'close')
  socket.on('error', () => {})
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(socket, 'connect')
  await clock.advance(0)
  const closed = close()
  await clock.advance(4900)
  assert.equal(socket.destroyed, false)
  await clock.advance(200)
  await closed
  await hungUp
})
