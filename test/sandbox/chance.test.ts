import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { between, chanceOf, createChance, hashOf, pick } from '../../src/sandbox/bank/chance.ts'
import { createId, createTimedId, timeOfId } from '../../src/sandbox/bank/ids.ts'

describe('createChance', () => {
  it('gives the same numbers for the same seed, others for another', () => {
    const take = (seed: number) => Array.from({ length: 5 }, createChance(seed))
    assert.deepEqual(take(7), take(7))
    assert.notDeepEqual(take(7), take(8))
  })
  it('stays in [0, 1), and is spread evenly', () => {
    const chance = createChance(1)
    const numbers = Array.from({ length: 10_000 }, chance)
    assert.ok(numbers.every((number) => number >= 0 && number < 1))
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
    assert.ok(Math.abs(mean - 0.5) < 0.02, `${mean}`)
  })
})

it('tells parts apart wherever the border between them is', () => {
  assert.notEqual(hashOf('ab', 'c'), hashOf('a', 'bc'))
  assert.equal(hashOf('ab', 3), hashOf('ab', 3))
})
it('picks whole numbers with both ends included', () => {
  const chance = chanceOf('dice')
  const seen = new Set(Array.from({ length: 200 }, () => between(chance, 1, 6)))
  assert.deepEqual([...seen].sort(), [1, 2, 3, 4, 5, 6])
})
it('refuses to pick from nothing', () => {
  assert.throws(() => pick(chanceOf(1), []), RangeError)
})

describe('ids', () => {
  it('have a prefix, four zeros and 18 base-62 characters', () => {
    assert.match(createId('acc', chanceOf(1)), /^acc_0000[0-9A-Za-z]{18}$/)
    assert.match(createTimedId('tx', 1_790_000_000_000, chanceOf(1)), /^tx_0000[0-9A-Za-z]{18}$/)
  })
  it('of a later time are greater as text', () => {
    const time = fc.integer({ min: 0, max: 3_500_000_000_000 })
    fc.assert(
      fc.property(time, time, fc.nat(), (one, other, seed) => {
        fc.pre(one < other)
        const early = createTimedId('tx', one, chanceOf(seed))
        return early < createTimedId('tx', other, chanceOf(seed, 'other'))
      }),
    )
  })
  it('tell when they were made', () => {
    const id = createTimedId('tx', 1_790_000_000_123, chanceOf(1))
    assert.equal(timeOfId('tx', id), 1_790_000_000_123)
    for (const odd of ['', 'tx_1', id.slice(1), `${id}x`, id.replace('tx', 'acc'), `${id} `])
      assert.equal(timeOfId('tx', odd), undefined)
  })
})
