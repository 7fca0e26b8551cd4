import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { nearestName } from '../../src/config/nearest.ts'
import { SETTING_KEYS } from '../../src/config/settings.ts'

const names: readonly (readonly [name: string, nearest: string | undefined])[] = [
  ['pol_interval', 'poll_interval'],
  ['poll_intervall', 'poll_interval'],
  ['poll_intreval', 'poll_interval'],
  ['poll-interval', 'poll_interval'],
  ['Client_ID', 'client_id'],
  ['redirect_url', 'redirect_uri'],
  ['server_address', 'server_addr'],
  ['acount', undefined],
  ['', undefined],
  ['port', undefined],
  ['constructor', undefined],
]
for (const [name, nearest] of names) {
  it(`takes "${name}" for ${nearest}`, () => assert.equal(nearestName(name, SETTING_KEYS), nearest))
}
it('finds every key again after one slip of the finger', () => {
  const keys = SETTING_KEYS.filter((key) => key.length > 4)
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz_')
  fc.assert(
    fc.property(
      fc.constantFrom(...keys),
      fc.nat(),
      letter,
      fc.nat({ max: 3 }),
      (key, seed, c, slip) => {
        const at = seed % (key.length - 1)
        const [before, here, after] = [key.slice(0, at), key.slice(at, at + 1), key.slice(at + 1)]
        const swapped = before + after.slice(0, 1) + here + after.slice(1)
        const slips = [before + after, before + c + here + after, before + c + after, swapped]
        assert.equal(nearestName(slips[slip] ?? '', SETTING_KEYS), key)
      },
    ),
  )
})
it('never suggests what was not known', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (name, known) => {
      const nearest = nearestName(name, known)
      assert.ok(nearest === undefined || known.includes(nearest))
    }),
  )
})
