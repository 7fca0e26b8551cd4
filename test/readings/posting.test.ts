import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Transaction } from '../../src/monzo/schemas.ts'
import { toPosting } from '../../src/readings/posting.ts'
import { transaction } from '../fakes/transaction.ts'

const posting = (told: Partial<Transaction> = {}) => toPosting(transaction(told), false)

const outcomes: [title: string, told: Partial<Transaction>, outcome: string][] = [
  ['settled since it was', {}, 'settled'],
  ['pending while `settled` is empty', { settled: '' }, 'pending'],
  ['pending while there is no `settled`', { settled: undefined }, 'pending'],
  ['declined for any reason', { decline_reason: 'BRAND_NEW_REASON', settled: '' }, 'declined'],
  ['declined, even if it says when it settled', { decline_reason: 'OTHER' }, 'declined'],
  ['declined for a reason that is not even text', { decline_reason: { code: 7 } }, 'declined'],
  ['not declined where the reason is empty', { decline_reason: '' }, 'settled'],
  ['not declined where the reason is null', { decline_reason: null }, 'settled'],
]
for (const [title, told, outcome] of outcomes)
  it(`is ${title}`, () => assert.equal(posting(told).outcome, outcome))

it('keeps of a description what a label needs, well-formed', () => {
  const long = `${'x'.repeat(199)}\u{1F600}${'y'.repeat(60_000)}`
  const { description } = toPosting(transaction({ description: long }), true)
  assert.equal(description, `${'x'.repeat(199)}\uFFFD`)
  const short = toPosting(transaction({ description: 'Café \uD800' }), true)
  assert.equal(short.description, 'Café \uFFFD')
})

describe('A split', () => {
  const amount = -1000
  const cases: [title: string, categories: Transaction['categories'], split: unknown][] = [
    [
      'counts when its parts add up',
      { a: -300, b: -700 },
      [
        ['a', -300],
        ['b', -700],
      ],
    ],
    [
      'counts with a part that goes the other way',
      { a: -1500, b: 500 },
      [
        ['a', -1500],
        ['b', 500],
      ],
    ],
    ['counts with one part that lies elsewhere', { a: -1000 }, [['a', -1000]]],
    ['is none when the one part is the whole', { eating_out: -1000 }, undefined],
    ['is ignored when its parts do not add up', { a: -300, b: -600 }, undefined],
    ['is ignored when it is empty', {}, undefined],
    ['is ignored when it is null', null, undefined],
    [
      'is ignored when it has more parts than a person makes',
      Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`part_${n}`, -10])),
      undefined,
    ],
  ]
  for (const [title, categories, split] of cases)
    it(title, () => assert.deepEqual(posting({ amount, categories }).split, split))
  it('that adds up loses nothing of the amount', () => {
    const parts = fc.dictionary(fc.string(), fc.integer({ min: -1e6, max: 1e6 }), { minKeys: 1 })
    fc.assert(
      fc.property(parts, (categories) => {
        const sum = Object.values(categories).reduce((total, part) => total + part, 0)
        const { split, amountMinor, category } = posting({ amount: sum, categories })
        assert.equal(amountMinor, sum)
        const counted = split ?? [[category, sum] as const]
        assert.equal(
          counted.reduce((total, [, part]) => total + part, 0),
          sum,
        )
      }),
    )
  })
})

it('knows money that only moves between an account and its pots', () => {
  assert.equal(posting({ scheme: 'uk_retail_pot' }).isPotMove, true)
  assert.equal(posting().isPotMove, false)
})
it('takes the moment from any offset', () => {
  const { createdMs } = posting({ created: '2026-06-01T00:30:00.123+01:00' })
  assert.equal(createdMs, Date.parse('2026-05-31T23:30:00.123Z'))
})
it('keeps the description only where it is asked to', () => {
  assert.equal('description' in posting(), false)
  assert.equal(toPosting(transaction({ description: 'CAFE' }), true).description, 'CAFE')
  assert.equal(toPosting(transaction({ description: undefined }), true).description, '')
})
it('writes half a character as Prometheus gets it', () => {
  assert.equal(posting({ category: 'a\ud800' }).category, 'a\ufffd')
})
