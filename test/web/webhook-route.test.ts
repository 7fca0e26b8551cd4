import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { withWebhooks } from '../../src/web/webhook-route.ts'
import { untilHungUp } from '../fakes/hung-up.ts'
import { serve } from '../fakes/serve.ts'

const KIB = 1024

async function setup(t: TestContext) {
  const delivered: string[] = []
  const deliver = (secret: string) => {
    delivered.push(secret)
    return secret === 'right'
  }
  const route = withWebhooks(deliver, (_request, response) => {
    response.writeHead(418)
    response.end()
  })
  const origin = await serve(t, route)
  const post = (path: string, body: RequestInit['body'] = '{}') =>
    fetch(origin + path, { method: 'POST', body: body ?? null })
  /** Sends this text, and reads until the other side hangs up. */
  const speak = (text: string): Promise<string> => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write(text)
    return untilHungUp(socket)
  }
  return { delivered, origin, post, speak }
}

describe('POST /webhook/<secret>', () => {
  for (const path of ['/webhook/right', '/webhook/right?a=b'])
    it(`answers 200 with nothing at ${path}`, async (t) => {
      const { post, delivered } = await setup(t)
      const response = await post(path)
      assert.equal(response.status, 200)
      assert.equal(await response.text(), '')
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.deepEqual(delivered, ['right'])
    })
  const bodies: [what: string, body: string][] = [
    ['nothing', ''],
    ['no JSON', '}{'],
    ['JSON of another kind', '[null]'],
    ['bytes that are no text', '\x00\xff'],
    ['64 KiB', 'x'.repeat(64 * KIB)],
  ]
  for (const [what, body] of bodies)
    it(`takes ${what} for what it takes every body for`, async (t) => {
      const { post, delivered } = await setup(t)
      assert.equal((await post('/webhook/right', body)).status, 200)
      assert.deepEqual(delivered, ['right'])
    })
  it('answers 404 to a secret that is not ours', async (t) => {
    const { post } = await setup(t)
    const response = await post('/webhook/wrong')
    assert.equal(response.status, 404)
    assert.doesNotMatch(await response.text(), /wrong/)
  })
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
    it(`answers 405 to ${method}, and changes nothing`, async (t) => {
      const { origin, delivered } = await setup(t)
      const response = await fetch(`${origin}/webhook/right`, { method })
      assert.equal(response.status, 405)
      assert.equal(response.headers.get('allow'), 'POST')
      assert.deepEqual(delivered, [])
    })
  for (const [what, body] of [
    ['with its length', 'x'.repeat(64 * KIB + 1)],
    ['in chunks', new Blob(['x'.repeat(900 * KIB)]).stream()],
  ] as const)
    it(`answers 413 to a body that is too long, sent ${what}, and changes nothing`, async (t) => {
      const { origin, delivered } = await setup(t)
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit
      assert.equal((await fetch(`${origin}/webhook/right`, init)).status, 413)
      assert.deepEqual(delivered, [])
    })
  it('hangs up on who announces megabytes, without reading them', async (t) => {
    const { speak, delivered } = await setup(t)
    const head = 'POST /webhook/right HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n'
    assert.match(await speak(head), /^HTTP\/1\.1 413 /)
    assert.deepEqual(delivered, [])
  })
  it('hangs up on who sends chunks without end', { timeout: 10_000 }, async (t) => {
    const { speak, delivered } = await setup(t)
    const head = 'POST /webhook/right HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunk = `10000\r\n${'x'.repeat(64 * KIB)}\r\n`
    await speak(head + chunk.repeat(40))
    assert.deepEqual(delivered, [])
  })
  it('changes nothing when the sender hangs up in the middle', async (t) => {
    const { origin, delivered, post } = await setup(t)
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    socket.write('POST /webhook/right HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{}', () =>
      socket.destroy(),
    )
    await once(socket, 'close')
    await post('/webhook/wrong')
    assert.deepEqual(delivered, ['wrong'])
  })
})
it('leaves every other path to the pages', async (t) => {
  const { post, delivered } = await setup(t)
  for (const path of [
    '/',
    '/webhook',
    '/webhook/',
    '/webhook/right/',
    '/webhook/a/b',
    '/x/webhook/right',
  ])
    assert.equal((await post(path)).status, 418, path)
  assert.deepEqual(delivered, [])
})
