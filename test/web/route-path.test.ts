import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { isPathTrick, pathOf, routeTarget } from '../../src/web/route-path.ts'

const targets: [target: string, prefix: string, route: string][] = [
  ['/monzo', '/monzo', '/'],
  ['/monzo/', '/monzo', '/'],
  ['/monzo?a=1', '/monzo', '/?a=1'],
  ['/monzo/stats?a=1', '/monzo', '/stats?a=1'],
  ['/monzoo/stats', '/monzo', '/monzoo/stats'],
  ['/stats', '/monzo', '/stats'],
  ['/stats', '', '/stats'],
  ['/monzo/monzo/', '/monzo', '/monzo'],
  ['//', '/monzo', '/'],
  ['//stats', '/monzo', '/stats'],
  ['//stats?a=//b/', '', '/stats?a=//b/'],
  ['///authorize?key=/', '/monzo', '/authorize?key=/'],
  ['//monzo/stats', '/monzo', '/stats'],
  ['/monzo//stats', '/monzo', '/stats'],
  ['/monzo//', '/monzo', '/'],
  ['/stats/', '', '/stats'],
  ['/-/ready/?a=1', '', '/-/ready?a=1'],
  ['//evil.example/stats', '', '/evil.example/stats'],
  ['/a//b', '', '/a//b'],
  ['/%2fstats', '', '/%2fstats'],
  ['/x/../stats', '', '/x/../stats'],
  ['http://example.org/stats?a=1', '', '/stats?a=1'],
  ['HTTPS://example.org//monzo/stats/', '/monzo', '/stats'],
  ['http://example.org', '', '/'],
  ['http://example.org?a=1', '', '/?a=1'],
  ['http://example.org/x/../stats', '', '/x/../stats'],
  ['*', '', '*'],
]
for (const [target, prefix, route] of targets) {
  it(`reads ${target} as ${route} behind ${prefix || 'no prefix'}`, () => {
    assert.equal(routeTarget(target, prefix), route)
  })
}

it('never makes of a path what a browser would read as another host', () => {
  const paths = fc.array(fc.constantFrom('/', 'monzo', 'evil.example', '\\', '%2f', '?', '..'))
  fc.assert(
    fc.property(paths, fc.constantFrom('', '/monzo'), (parts, prefix) => {
      assert.doesNotMatch(routeTarget(`/${parts.join('')}`, prefix), /^\/\//)
    }),
  )
})

it('finds the path of a target', () => {
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
