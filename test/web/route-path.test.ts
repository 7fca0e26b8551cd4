import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isPathTrick, pathOf, stripPrefix } from '../../src/web/route-path.ts'

const stripped: [target: string, prefix: string, rest: string][] = [
  ['/monzo', '/monzo', '/'],
  ['/monzo/', '/monzo', '/'],
  ['/monzo?a=1', '/monzo', '/?a=1'],
  ['/monzo/stats?a=1', '/monzo', '/stats?a=1'],
  ['/monzoo/stats', '/monzo', '/monzoo/stats'],
  ['/stats', '/monzo', '/stats'],
  ['/stats', '', '/stats'],
  ['/monzo/monzo/', '/monzo', '/monzo/'],
]
for (const [target, prefix, rest] of stripped) {
  it(`reads ${target} as ${rest} behind ${prefix || 'no prefix'}`, () => {
    assert.equal(stripPrefix(target, prefix), rest)
  })
}

it('finds the path in whole URLs too, as proxies send them', () => {
  assert.equal(pathOf('http://example.org/stats?a=1'), '/stats')
  assert.equal(pathOf('/stats?a=/b'), '/stats')
  assert.equal(pathOf('*'), '*')
})

const tricks = [
  '//evil.example',
  '/a//b',
  '/../etc/passwd',
  '/%2e%2e/etc/passwd',
  '/%2E',
  '/a/./b',
  '/a/..',
  '/%2f%2fevil.example',
  '/\\evil.example',
  '/%5cevil.example',
  '/%00',
  '/%0d%0aset-cookie:a=b',
  '/%ff',
  '/%',
  '*',
]
for (const target of tricks) {
  it(`takes ${target} for a trick`, () => assert.equal(isPathTrick(target), true))
}
for (const target of ['/', '/a/b', '/.well-known/x', '/a..b', '/caf%C3%A9', '/?a=//b/../c']) {
  it(`takes ${target} for an honest path`, () => assert.equal(isPathTrick(target), false))
}
