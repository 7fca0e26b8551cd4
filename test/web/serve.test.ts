import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, get, type RequestListener, type ServerResponse } from 'node:http'
import { get as getTls } from 'node:https'
import { connect } from 'node:net'
import { it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { systemClock } from '../../src/lib/clock.ts'
import { type ListenOptions, listen } from '../../src/web/serve.ts'
import { DrivenClock } from '../fakes/driven-clock.ts'
import { TLS } from './self-signed.ts'

const hello: RequestListener = (_request, response) => response.end('hello')

async function setup(t: TestContext, listener = hello, changes: Partial<ListenOptions> = {}) {
  const options = { clock: systemClock, setting: 'server_addr', ...changes }
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
  const options = { clock: systemClock, setting: 'server_addr' }
  const listening = await listen(hello, { port: 0 }, options)
  t.after(() => listening.close())
  assert.equal(await (await fetch(listening.origin)).text(), 'hello')
})

it('puts an IPv6 address into brackets', async (t) => {
  const options = { clock: systemClock, setting: 'server_addr' }
  const listening = await listen(hello, { host: '::1', port: 0 }, options)
  t.after(() => listening.close())
  assert.equal(listening.origin, `http://[::1]:${listening.port}`)
})

it('says that an address is in use, and which setting to change', async (t) => {
  const { port } = await setup(t)
  const options = { clock: systemClock, setting: 'metrics_addr' }
  await assert.rejects(listen(hello, { host: '127.0.0.1', port }, options), {
    code: 'ADDRESS_IN_USE',
    message: `127.0.0.1:${port} is in use`,
    hint: /metrics_addr/,
  })
})

it('says that an address is not of this machine', async () => {
  const options = { clock: systemClock, setting: 'server_addr' }
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
