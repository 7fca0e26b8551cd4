import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  type Address,
  addressesClash,
  isIpOrRange,
  isPrivate,
  listensFor,
  parseAddress,
} from '../../src/config/address.ts'
import { isLoopback } from '../../src/lib/url.ts'

const addresses: readonly (readonly [text: string, address: Address | undefined])[] = [
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['my-host.example.:65535', { host: 'my-host.example.', port: 65_535 }],
  [':8080', { port: 8080 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['[fe80::1%eth0]:8080', { host: 'fe80::1%eth0', port: 8080 }],
  ['', undefined],
  [':', undefined],
  ['8080', undefined],
  ['localhost', undefined],
  ['localhost:', undefined],
  ['localhost:http', undefined],
  ['localhost:65536', undefined],
  ['localhost:-1', undefined],
  ['::1:8080', undefined],
  ['[::1]', undefined],
  ['[]:8080', undefined],
  ['[localhost]:8080', undefined],
  ['[127.0.0.1]:8080', undefined],
  ['256.0.0.1:8080', undefined],
  ['1.2.3:8080', undefined],
  ['a b:8080', undefined],
  ['*:8080', undefined],
  ['http://localhost:8080', undefined],
  ['localhost:8080/', undefined],
]
for (const [text, address] of addresses) {
  it(`reads "${text}" as ${JSON.stringify(address)}`, () =>
    assert.deepEqual(parseAddress(text), address))
}
it('reads back every address it could have been written from', () => {
  const host = fc.oneof(fc.ipV4(), fc.domain(), fc.constant(undefined))
  fc.assert(
    fc.property(host, fc.nat({ max: 65_535 }), (name, port) => {
      const expected = name === undefined ? { port } : { host: name, port }
      assert.deepEqual(parseAddress(`${name ?? ''}:${port}`), expected)
    }),
  )
  fc.assert(
    fc.property(fc.ipV6(), fc.nat({ max: 65_535 }), (ip, port) =>
      assert.deepEqual(parseAddress(`[${ip}]:${port}`), { host: ip, port }),
    ),
  )
})

const pairs: readonly (readonly [one: string, other: string, clash: boolean])[] = [
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['localhost:80', 'LOCALHOST:80', true],
  ['127.0.0.1:80', '127.0.0.1:81', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  ['127.0.0.1:80', '127.0.0.2:80', false],
  [':80', '127.0.0.1:80', true],
  ['0.0.0.0:80', '127.0.0.1:80', true],
  ['0.0.0.0:80', '[::1]:80', false],
  ['[::]:80', '127.0.0.1:80', true],
]
for (const [one, other, clash] of pairs) {
  it(`says that ${one} and ${other} ${clash ? 'clash' : 'go together'}`, () => {
    const [a, b] = [parseAddress(one), parseAddress(other)]
    assert.ok(a && b)
    assert.deepEqual([addressesClash(a, b), addressesClash(b, a)], [clash, clash])
  })
}

it('knows which hosts only this machine can reach', () => {
  for (const host of ['localhost', 'LocalHost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])
    assert.ok(isLoopback(host), host)
  for (const host of [
    undefined,
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.evil.example',
    'localhost.example',
  ])
    assert.ok(!isLoopback(host), host)
})

it('knows which hosts Monzo cannot reach', () => {
  for (const host of [
    ...['localhost', '127.0.0.1', '[::1]', '10.1.2.3', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.2', '169.254.1.1', '100.64.0.1', '[fd12::1]', '[fe80::1]', 'nas'],
    ...['0.0.0.0', '0.1.2.3', '::', '[::]'],
    ...['nas.local', 'NAS.LAN', 'box.home.arpa', 'x.localhost', 'db.internal'],
  ])
    assert.ok(isPrivate(host), host)
  for (const host of [
    ...['example.org', 'monzo.example.com', '8.8.8.8', '1.0.0.1', '172.32.0.1'],
    ...['192.169.0.1', '[::2:0:0:1]'],
    ...['[2001:db8::1]', 'local.example.org', 'atlocal.example', '100.128.0.1'],
  ])
    assert.ok(!isPrivate(host), host)
})

it('knows addresses and ranges of addresses', () => {
  for (const text of ['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8', '::/128'])
    assert.ok(isIpOrRange(text), text)
  for (const text of [
    '',
    '/',
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '10.0.0.1/',
    '1.1.1.1/8/8',
    'nginx',
  ])
    assert.ok(!isIpOrRange(text), text)
})

it('knows where a connection to a host of this machine arrives', () => {
  const hosts = ['127.0.0.1', '[::1]', 'localhost', '192.168.1.5', '[fd00::5]'] as const
  const cases: readonly (readonly [address: string, ...arrives: string[]])[] = [
    [':80', ...hosts],
    ['[::]:80', ...hosts],
    ['0.0.0.0:80', '127.0.0.1', 'localhost', '192.168.1.5'],
    ['127.0.0.1:80', '127.0.0.1', 'localhost'],
    ['[::1]:80', '[::1]', 'localhost'],
    ['LOCALHOST:80', '127.0.0.1', '[::1]', 'localhost'],
    ['127.0.0.2:80'],
    ['192.168.1.5:80', '192.168.1.5'],
    ['[FD00::5]:80', '[fd00::5]'],
  ]
  for (const [text, ...arrives] of cases) {
    const address = parseAddress(text)
    assert.ok(address)
    assert.deepEqual(
      hosts.filter((host) => listensFor(address, host)),
      arrives,
      text,
    )
  }
})
