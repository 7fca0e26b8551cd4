import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { createHttpFetch, readBody } from '../../src/monzo/http-fetch.ts'
import { createOAuth } from '../../src/monzo/oauth.ts'
import { readProxies } from '../../src/monzo/proxies.ts'
import { TokenTrouble } from '../../src/monzo/token-trouble.ts'
import { FakeClock } from '../fakes/clock.ts'
import { type Play, startProxy } from '../fakes/connect-proxy.ts'

const API = new URL('https://api.monzo.test/accounts')

async function setup(t: TestContext, play?: Play) {
  const proxy = await startProxy(t, play)
  const env = { HTTPS_PROXY: `http://us%40er:hunter2@${proxy.host}` }
  const fetch = createHttpFetch(readProxies(env))
  return { ...proxy, fetch }
}
const answering =
  (head: string): Play =>
  (socket) =>
    socket.end(`HTTP/1.1 ${head}\r\ncontent-type: text/html\r\n\r\n<html>hunter-page</html>`)

describe('A proxy that opens no tunnel', () => {
  const cases: readonly (readonly [what: string, play: Play, words: RegExp, hint: RegExp])[] = [
    [
      'wants a password',
      answering('407 Proxy Authentication Required'),
      /refuses .*\(407\)/,
      /user and password into HTTPS_PROXY/,
    ],
    [
      'refuses',
      answering('403 Forbidden'),
      /refuses to connect to api\.monzo\.test \(403\)/,
      /NO_PROXY/,
    ],
    ['redirects', answering('302 Found'), /\(302\)/, /allow that host/],
    ['has trouble', answering('502 Bad Gateway'), /\(502\)/, /allow that host/],
    [
      'closes without a word',
      (socket) => socket.end(),
      /does not answer \(ECONNRESET\)/,
      /Correct HTTPS_PROXY/,
    ],
    ['resets', (socket) => socket.resetAndDestroy(), /does not answer \(ECONNRESET\)/, /NO_PROXY/],
    ['speaks something else', (socket) => socket.end('SSH-2.0\r\n'), /does not answer/, /Correct/],
    [
      'switches protocols',
      (socket) =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      /(does not answer|\(101\))/,
      /HTTPS_PROXY|NO_PROXY/,
    ],
  ]
  for (const [what, play, words, hint] of cases)
    it(`is named, and its password is not: ${what}`, async (t) => {
      const { fetch, host } = await setup(t, play)
      for (const method of ['GET', 'POST'])
        await assert.rejects(fetch(API, { method }), (error) => {
          assert.ok(error instanceof Error && 'code' in error && 'hint' in error)
          assert.equal(error.code, 'PROXY_FAILED')
          assert.ok(error.message.includes(host), error.message)
          assert.match(error.message, words)
          assert.match(String(error.hint), hint)
          assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter/)
          return true
        })
    })
  it('is named when nobody listens there', async () => {
    const fetch = createHttpFetch(readProxies({ https_proxy: 'http://u:hunter2@127.0.0.1:1' }))
    await assert.rejects(fetch(API, {}), {
      code: 'PROXY_FAILED',
      message: 'the proxy 127.0.0.1:1 (https_proxy) does not answer (ECONNREFUSED)',
    })
  })
  it('and says nothing at all keeps no call beyond its time', async (t) => {
    const leaving = new AbortController()
    const { fetch } = await setup(t, () => setImmediate(() => leaving.abort(reason)))
    const reason = new DOMException('too slow', 'TimeoutError')
    await assert.rejects(fetch(API, { signal: leaving.signal }), reason)
  })
  it('spends no refresh token: nothing was sent to Monzo', async (t) => {
    const { fetch, asked } = await setup(t, answering('403 Forbidden'))
    const oauth = createOAuth({
      ...{
        clientId: 'c',
        clientSecret: 'hunter-secret',
        redirectUrl: 'https://example.org/callback',
      },
      ...{ authUrl: API, apiUrl: new URL('https://api.monzo.test'), fetch },
      ...{ clock: new FakeClock(), onCall: () => undefined },
    })
    await assert.rejects(oauth.refresh('r'), (error) => {
      assert.ok(error instanceof TokenTrouble)
      assert.deepEqual([error.code, error.isAmbiguous], ['PROXY_FAILED', false])
      return true
    })
    assert.equal(asked.length, 1)
  })
})

it('asks the proxy for a tunnel, with user and password', async (t) => {
  const { fetch, asked } = await setup(t, answering('403 Forbidden'))
  await assert.rejects(fetch(API, {}))
  assert.deepEqual(asked, [
    {
      target: 'api.monzo.test:443',
      authorization: `Basic ${Buffer.from('us@er:hunter2').toString('base64')}`,
    },
  ])
})
it('sends plain HTTP to the proxy as a whole', async (t) => {
  const { host, forwarded } = await startProxy(t)
  const fetch = createHttpFetch(readProxies({ http_proxy: host }))
  const reply = await fetch(new URL('http://127.0.0.1:1/accounts?a=1'), {})
  assert.equal(await readBody(reply, 1000), '{"by":"the proxy"}')
  assert.deepEqual(forwarded, ['GET http://127.0.0.1:1/accounts?a=1 127.0.0.1:1'])
})
