import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readProxies } from '../../src/monzo/proxies.ts'

const API = 'https://api.monzo.com/accounts'
const hostFor = (env: Record<string, string>, url = API) => readProxies(env)(new URL(url))?.url.host

describe('The proxy for a call', () => {
  const cases: readonly (readonly [
    what: string,
    env: Record<string, string>,
    host: string | undefined,
  ])[] = [
    ['none without a variable', {}, undefined],
    ['that of HTTPS_PROXY', { HTTPS_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['that of https_proxy', { https_proxy: 'http://proxy:3128' }, 'proxy:3128'],
    [
      'lower case before upper case',
      { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:1' },
      'b:1',
    ],
    ['an empty variable counts as none', { https_proxy: '', HTTPS_PROXY: ' ' }, undefined],
    ['an address without http://', { HTTPS_PROXY: 'proxy:3128' }, 'proxy:3128'],
    ['an IPv6 address', { HTTPS_PROXY: 'http://[::1]:3128' }, '[::1]:3128'],
    ['never that of HTTP_PROXY for HTTPS', { HTTP_PROXY: 'http://proxy:3128' }, undefined],
  ]
  for (const [what, env, host] of cases) it(`is ${what}`, () => assert.equal(hostFor(env), host))
  it('is that of HTTP_PROXY for plain HTTP, but only on this machine: a token would be readable', () => {
    const url = 'http://127.0.0.1:9000/accounts'
    for (const host of ['127.0.0.1:3128', 'localhost:3128', '[::1]:3128'])
      assert.equal(hostFor({ http_proxy: `http://${host}` }, url), host)
    assert.equal(
      hostFor({ HTTP_PROXY: 'http://proxy:3128', HTTPS_PROXY: 'http://b:1' }, url),
      undefined,
    )
  })
  it('is shown without user and password, which go into a header', () => {
    const proxy = readProxies({ HTTPS_PROXY: 'http://us%40er:p%2Fw%@proxy:3128' })(new URL(API))
    assert.equal(proxy?.url.href, 'http://proxy:3128/')
    assert.deepEqual(proxy?.headers, {
      'proxy-authorization': `Basic ${Buffer.from('us@er:p%2Fw%').toString('base64')}`,
    })
    const plain = readProxies({ HTTPS_PROXY: 'http://us%40er:p%2Fw@proxy' })(new URL(API))
    assert.deepEqual(plain?.headers, {
      'proxy-authorization': `Basic ${Buffer.from('us@er:p/w').toString('base64')}`,
    })
  })
  for (const odd of [
    'socks5://hunter2@proxy:1080',
    'http://',
    'http://hunter2:x@:80',
    '://hunter2',
  ])
    it(`is an error that quotes nothing: ${odd}`, () => {
      assert.throws(
        () => readProxies({ https_proxy: odd }),
        ({ code, message, hint }) => {
          assert.equal(code, 'CONFIG_INVALID')
          assert.match(message, /^https_proxy is not the address of an HTTP proxy$/)
          assert.doesNotMatch(message + hint, /hunter2/)
          return true
        },
      )
    })
})

describe('NO_PROXY', () => {
  const cases: readonly (readonly [list: string, url: string, isExempt: boolean])[] = [
    ['*', API, true],
    ['monzo.com', API, true],
    ['.monzo.com', API, true],
    ['*.monzo.com', API, true],
    ['API.Monzo.com.', API, true],
    ['localhost, api.monzo.com', API, true],
    ['localhost api.monzo.com', API, true],
    ['api.monzo.com:443', API, true],
    ['api.monzo.com:8443', API, false],
    ['api.monzo.com:8443', 'https://api.monzo.com:8443/', true],
    ['zo.com', API, false],
    ['auth.monzo.com', API, false],
    ['', API, false],
    [',', API, false],
    ['127.0.0.1', 'https://127.0.0.1:9000/', true],
    ['127.0.0.0/8', 'https://127.1.2.3/', true],
    ['10.0.0.0/8', 'https://127.1.2.3/', false],
    ['10.0.0.0/8', API, false],
    ['10.0.0.0/99', 'https://10.0.0.1/', false],
    ['::1', 'https://[::1]:9000/', true],
    ['[::1]:9000', 'https://[::1]:9000/', true],
    ['[::1]:9001', 'https://[::1]:9000/', false],
    ['fd00::/8', 'https://[fd12::1]/', true],
  ]
  for (const [list, url, isExempt] of cases)
    it(`"${list}" ${isExempt ? 'exempts' : 'does not exempt'} ${url}`, () => {
      const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: list }
      assert.equal(hostFor(env, url), isExempt ? undefined : 'proxy:3128')
    })
  it('may be written in lower case', () => {
    assert.equal(hostFor({ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'monzo.com' }), undefined)
  })
})
