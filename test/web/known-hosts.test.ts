import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { it, type TestContext } from 'node:test'
import { withKnownHosts } from '../../src/web/known-hosts.ts'
import { untilHungUp } from '../fakes/hung-up.ts'
import { serve } from '../fakes/serve.ts'

/** What is answered to this request, which no client of Node's would send like this. */
async function setup(t: TestContext, isLoopback = true) {
  const hosts = { isLoopback, names: ['Monzo.Example.org', 'pi.home.'] }
  const origin = await serve(
    t,
    withKnownHosts((_request, response) => response.end('balances'), hosts),
  )
  const say = (head: string) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write(`${head}connection: close\r\n\r\n`)
    return untilHungUp(socket)
  }
  const status = async (head: string) => Number((await say(head)).split(' ')[1])
  return { say, status }
}

const known = [
  ...['127.0.0.1', '127.0.0.1:8080', '127.1', '192.168.1.5:8080', '127.0.0.1.'],
  ...['[::1]', '[::1]:8080', '[::FFFF:127.0.0.1]:8080'],
  ...['localhost', 'LOCALHOST:8080', 'localhost.', 'monzo_exporter', 'exporter:9036'],
  ...['monzo.example.org', 'MONZO.example.org:443', 'monzo.example.org.', 'pi.home:8080', ''],
]
for (const host of known)
  it(`answers to Host ${host || '(empty)'} on loopback`, async (t) => {
    const { status } = await setup(t)
    assert.equal(await status(`GET /stats HTTP/1.1\r\nHost: ${host}\r\n`), 200)
  })

const foreign = [
  ...['evil.example', 'EVIL.example:8080', 'evil.example.', '127.0.0.1.evil.example'],
  ...[
    'x.monzo.example.org',
    'example.org',
    'monzo.example.org.evil.example',
    'localhost.evil.example',
  ],
  ...['127.0.0.1@evil.example', 'evil.example@127.0.0.1', 'evil.example#127.0.0.1'],
  ...[
    'evil.example/127.0.0.1',
    'evil.example?127.0.0.1',
    'evil%2eexample',
    '127.0.0.1:99999',
    ':8080',
  ],
  ...['evil.example, 127.0.0.1', '127.0.0.1 evil.example', '[::1', '1.2.3.4.5'],
]
for (const host of foreign)
  it(`answers 421 to Host ${host} on loopback, in one sentence`, async (t) => {
    const { say } = await setup(t)
    const answer = await say(`GET /stats HTTP/1.1\r\nHost: ${host}\r\n`)
    assert.match(answer, /^HTTP\/1\.1 421 Misdirected Request\r\n/)
    assert.match(answer, /\r\n\r\nThis listener is for its own machine[^.]*redirect_uri\.$/)
    assert.doesNotMatch(answer, /balances|evil/)
  })

it('answers to any one Host elsewhere than on loopback', async (t) => {
  const { status } = await setup(t, false)
  assert.equal(await status('GET /stats HTTP/1.1\r\nHost: nas.home.arpa:8080\r\n'), 200)
})

it('takes a probe of HTTP/1.0, which names no host: no browser sends that', async (t) => {
  const { status } = await setup(t)
  assert.equal(await status('GET /-/healthy HTTP/1.0\r\n'), 200)
  assert.equal(await status('GET /-/healthy HTTP/1.0\r\nHost: evil.example\r\n'), 421)
})

it('reads the host of a target that is a whole URL, too', async (t) => {
  const { status } = await setup(t)
  const host = 'Host: 127.0.0.1:8080\r\n'
  assert.equal(await status(`GET http://127.0.0.1:8080/stats HTTP/1.1\r\n${host}`), 200)
  assert.equal(await status(`GET http://evil.example/stats HTTP/1.1\r\n${host}`), 421)
  assert.equal(await status(`GET http://127.0.0.1@evil.example/ HTTP/1.1\r\n${host}`), 421)
  assert.equal(await status('GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\n'), 421)
})

for (const isLoopback of [true, false])
  it(`refuses a request that names two hosts${isLoopback ? '' : ', elsewhere too'}`, async (t) => {
    const { status } = await setup(t, isLoopback)
    const twice = 'Host: 127.0.0.1\r\nhOST: 127.0.0.1\r\n'
    assert.equal(await status(`GET / HTTP/1.1\r\n${twice}`), 400)
    assert.equal(await status(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n`), 400)
  })

it('goes on asking after it has let one pass', async (t) => {
  const { status } = await setup(t)
  const ask = (host: string) => status(`GET / HTTP/1.1\r\nHost: ${host}\r\n`)
  const hosts = ['localhost', 'localhost', 'evil.example', 'evil.example', 'localhost']
  const answers = []
  for (const host of hosts) answers.push(await ask(host))
  assert.deepEqual(answers, [200, 200, 421, 421, 200])
})
