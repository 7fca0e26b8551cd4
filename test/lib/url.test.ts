import assert from 'node:assert/strict'
import { it } from 'node:test'
import { baseOf, basePathOf, localOrigin, originInWords } from '../../src/lib/url.ts'

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

const places: [host: string | undefined, place: string][] = [
  [undefined, 'http://a (and every other address of this machine)'],
  ['::', 'http://a (and every other address of this machine)'],
  ['0.0.0.0', 'http://a (and every other IPv4 address of this machine)'],
  ['127.0.0.1', 'http://a'],
  ['localhost', 'http://a'],
]
for (const [host, place] of places)
  it(`calls a listener on ${host ?? 'every address'} ${place}`, () => {
    assert.equal(originInWords('http://a', host), place)
  })
