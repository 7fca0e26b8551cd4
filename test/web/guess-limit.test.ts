import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { addressGroup, GuessLimit } from '../../src/web/guess-limit.ts'
import { createKeyGate } from '../../src/web/key-gate.ts'
import { FakeClock } from '../fakes/clock.ts'
import { fakeLog, KEY, WRONG } from './fake-site.ts'

const MINUTE_MS = 60_000

function setup() {
  const clock = new FakeClock()
  const log = fakeLog()
  const gate = createKeyGate({ authKey: () => KEY, clock, log })
  const kinds = (times: number, key: string, address: string) =>
    Array.from({ length: times }, () => gate(key, address).kind)
  return { clock, log, gate, kinds }
}

it('takes ten wrong keys from an address and blocks the eleventh', () => {
  const { kinds } = setup()
  assert.deepEqual(kinds(11, WRONG, '192.0.2.1'), [...Array(10).fill('wrong'), 'blocked'])
})

it('blocks the right key too from an address that has reached its limit', () => {
  const { kinds } = setup()
  kinds(10, WRONG, '192.0.2.1')
  assert.deepEqual(kinds(1, KEY, '192.0.2.1'), ['blocked'])
  assert.deepEqual(kinds(1, KEY, '192.0.2.2'), ['right'])
})

it('lets the right key pass after fewer wrong ones', () => {
  const { kinds } = setup()
  kinds(9, WRONG, '192.0.2.1')
  assert.deepEqual(kinds(1, KEY, '192.0.2.1'), ['right'])
})

it('blocks everybody’s wrong keys after a hundred in all, but not the right one of whoever slips', () => {
  const { kinds } = setup()
  for (let host = 1; host <= 10; host++) kinds(10, WRONG, `192.0.2.${host}`)
  assert.deepEqual(kinds(2, WRONG, '198.51.100.1'), ['blocked', 'blocked'])
  assert.deepEqual(kinds(1, KEY, '198.51.100.1'), ['right'])
  assert.deepEqual(kinds(3, KEY, '198.51.100.2'), ['right', 'right', 'right'])
  kinds(8, WRONG, '198.51.100.1')
  assert.deepEqual(kinds(1, KEY, '198.51.100.1'), ['blocked'])
})

it('does not let one address use up what all may fail together', () => {
  const { kinds } = setup()
  kinds(500, WRONG, '192.0.2.1')
  assert.deepEqual(kinds(1, WRONG, '192.0.2.2'), ['wrong'])
})

it('counts neither right keys nor missing ones', () => {
  const { gate, kinds } = setup()
  kinds(50, KEY, '192.0.2.1')
  assert.deepEqual(kinds(50, '', '192.0.2.1'), Array(50).fill('missing'))
  assert.deepEqual(gate(null, '192.0.2.1'), { kind: 'missing' })
  assert.deepEqual(kinds(1, WRONG, '192.0.2.1'), ['wrong'])
})

it('forgets fifteen minutes after the first wrong key, and says how long that is', async () => {
  const { clock, gate, kinds } = setup()
  kinds(10, WRONG, '192.0.2.1')
  await clock.sleep(5 * MINUTE_MS)
  assert.deepEqual(gate(WRONG, '192.0.2.1'), { kind: 'blocked', retryAfterSeconds: 600 })
  await clock.sleep(10 * MINUTE_MS)
  assert.deepEqual(kinds(1, WRONG, '192.0.2.1'), ['wrong'])
})

it('cannot be made to forget by setting the wall clock', () => {
  const { clock, kinds } = setup()
  kinds(10, WRONG, '192.0.2.1')
  clock.setWall('2030-01-01T00:00:00Z')
  assert.deepEqual(kinds(1, KEY, '192.0.2.1'), ['blocked'])
})

it('takes an IPv6 /64 for one address, and IPv4 in IPv6 clothes for IPv4', () => {
  const { kinds } = setup()
  kinds(5, WRONG, '2001:db8:1:2::1')
  kinds(5, WRONG, '2001:db8:1:2:ffff::9')
  assert.deepEqual(kinds(1, WRONG, '2001:db8:1:2::3'), ['blocked'])
  assert.deepEqual(kinds(1, WRONG, '2001:db8:1:3::1'), ['wrong'])
  kinds(10, WRONG, '::ffff:192.0.2.1')
  assert.deepEqual(kinds(1, WRONG, '192.0.2.1'), ['blocked'])
  assert.deepEqual(kinds(1, WRONG, '::ffff:192.0.2.2'), ['wrong'])
})

const groups: [address: string, group: string][] = [
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:4711', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['[::ffff:cb00:7107]:4711', '203.0.113.7'],
  ['127.0.0.1', '127.0.0.0/8'],
  ['127.255.0.9:4711', '127.0.0.0/8'],
  ['::ffff:127.1.2.3', '127.0.0.0/8'],
  ['[2001:db8::1]:4711', '2001:db8:0:0::/64'],
  ['[2001:db8::2]', '2001:db8:0:0::/64'],
  ['2001:DB8:0::3', '2001:db8:0:0::/64'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
  ['1::4:5:6:7:8', '1:0:0:4::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', 'unknown'],
  ['1.2.3:80', '1.2.3:80'],
  ['', ''],
]
for (const [address, group] of groups)
  it(`counts ${address || 'nothing'} as ${group || 'nothing'}`, () => {
    assert.equal(addressGroup(address), group)
  })

it('makes of any text a group, and the same one again of a group that is an address', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
      const group = addressGroup(text)
      assert.equal(addressGroup(group), group)
    }),
  )
})

it('counts an address whatever port it comes from, and all of loopback as one', () => {
  const { kinds } = setup()
  for (let port = 1; port <= 10; port++) kinds(1, WRONG, `203.0.113.7:${port}`)
  assert.deepEqual(kinds(1, KEY, '203.0.113.7:4711'), ['blocked'])
  for (let host = 1; host <= 10; host++) kinds(1, WRONG, `127.0.0.${host}`)
  assert.deepEqual(kinds(1, KEY, '127.9.9.9'), ['blocked'])
})

it('does not fall over without an address', () => {
  const { gate } = setup()
  assert.deepEqual(gate(WRONG, undefined), { kind: 'wrong' })
})

it('logs from where the right key was given', () => {
  const { log, gate } = setup()
  gate(KEY, '192.0.2.1')
  assert.deepEqual(log.entries, [
    {
      level: 'info',
      fields: { address: '192.0.2.1' },
      message: 'Somebody gave the right key, and may log in.',
    },
  ])
})
it('logs wrong keys that it counts, and once that more are turned away, without the key', async () => {
  const { log, kinds, clock } = setup()
  kinds(30, WRONG, '192.0.2.1')
  const address = '192.0.2.1'
  assert.equal(log.entries.length, 11)
  assert.deepEqual(log.entries[0]?.fields, { address })
  assert.deepEqual(log.entries[10], {
    ...{ level: 'warn', fields: { address } },
    message: 'Too many wrong keys: further ones are turned away for some minutes.',
  })
  await clock.sleep(15 * 60_000)
  kinds(30, WRONG, address)
  assert.equal(log.entries.length, 22)
  assert.doesNotMatch(JSON.stringify(log.entries), /horse/)
})

it('keeps at most ten thousand addresses, forgetting the oldest', () => {
  const limit = new GuessLimit(new FakeClock())
  for (let guess = 0; guess < 10; guess++) limit.fail('first')
  for (let address = 0; address < 9999; address++) limit.fail(`a${address}`)
  assert.equal(typeof limit.blockedForMs('first'), 'number')
  limit.fail('one more')
  assert.equal(limit.blockedForMs('first'), undefined)
})
