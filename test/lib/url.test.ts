import assert from 'node:assert/strict'
import { it } from 'node:test'
import { baseOf, basePathOf, localOrigin } from '../../src/lib/url.ts'

it('drops the slash at the end of an address and of its path, however it was written', () => {
  assert.equal(baseOf(new URL('https://example.org')), 'https://example.org')
  assert.equal(baseOf(new URL('https://example.org/a/b/')), 'https://example.org/a/b')
  assert.equal(basePathOf(new URL('https://example.org')), '')
  assert.equal(basePathOf(new URL('https://example.org/a/b/')), '/a/b')
})

const origins: [host: string | undefined, origin: string][] = [
  [undefined, 'http://127.0.0.1:80'],
  ['0.0.0.0', 'http://127.0.0.1:80'],
  ['::', 'http://[::1]:80'],
  ['::1', 'http://[::1]:80'],
  ['192.168.1.5', 'http://192.168.1.5:80'],
  ['localhost', 'http://localhost:80'],
]
for (const [host, origin] of origins)
  it(`reaches a listener on ${host ?? 'every address'} at ${origin}`, () => {
    assert.equal(localOrigin('http', { host, port: 80 }), origin)
  })
