import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { spendingPeriods } from '../../src/lib/london.ts'
import { OUTCOMES, type Posting } from '../../src/readings/posting.ts'
import {
  type CategoryAmount,
  createSpendingAt,
  type Spending,
  sumSpending,
} from '../../src/readings/spending.ts'

const NOW = '2026-11-22T10:00:00Z'
const ms = (iso: string): number => Date.parse(iso)

const posting = (told: Partial<Posting> = {}): Posting => ({
  id: 'tx_1',
  createdMs: ms('2026-11-22T09:00:00Z'),
  amountMinor: -510,
  outcome: 'settled',
  isInSpending: true,
  isPotMove: false,
  category: 'eating_out',
  ...told,
})
const sum = (postings: readonly Posting[], now = NOW) =>
  sumSpending(postings, spendingPeriods(ms(now)))
const byCategory = (amounts: readonly CategoryAmount[]) =>
  Object.fromEntries(amounts.map(({ category, amountMinor }) => [category, amountMinor]))
const month = (...postings: Partial<Posting>[]) => {
  const { spentMonth, receivedMonthMinor, outcomesMonth } = sum(postings.map(posting))
  return [byCategory(spentMonth), receivedMonthMinor, Object.values(outcomesMonth).join()]
}

describe('What counts', () => {
  const cases: [
    title: string,
    postings: Partial<Posting>[],
    spent: Record<string, number>,
    received: number,
    settledPendingDeclined: string,
  ][] = [
    ['nothing happened: 0 received and counted, no category', [], {}, 0, '0,0,0'],
    ['a payment', [{}], { eating_out: 510 }, 0, '1,0,0'],
    [
      'a pending payment counts like a settled one',
      [{ outcome: 'pending' }],
      { eating_out: 510 },
      0,
      '0,1,0',
    ],
    ['a refund reduces its category', [{}, { amountMinor: 200 }], { eating_out: 310 }, 0, '2,0,0'],
    [
      'more refunded than paid is less than nothing',
      [{ amountMinor: 200 }],
      { eating_out: -200 },
      0,
      '1,0,0',
    ],
    [
      'all of it refunded is 0, which is known',
      [{}, { amountMinor: 510 }],
      { eating_out: 0 },
      0,
      '2,0,0',
    ],
    ['declined payments are only counted', [{ outcome: 'declined' }], {}, 0, '0,0,1'],
    [
      'a declined one that says it is spending is not',
      [{ outcome: 'declined', isInSpending: true }],
      {},
      0,
      '0,0,1',
    ],
    [
      'a declined credit is not received',
      [{ outcome: 'declined', isInSpending: false, amountMinor: 5 }],
      {},
      0,
      '0,0,1',
    ],
    ['card checks are nothing at all', [{ amountMinor: 0, outcome: 'pending' }], {}, 0, '0,0,0'],
    [
      'a refused card check is nothing either',
      [{ amountMinor: 0, outcome: 'declined' }],
      {},
      0,
      '0,0,0',
    ],
    [
      'pay is received',
      [{ amountMinor: 9000, isInSpending: false, category: 'income' }],
      {},
      9000,
      '1,0,0',
    ],
    [
      'out of a pot is neither',
      [{ amountMinor: 9000, isInSpending: false, isPotMove: true }],
      {},
      0,
      '1,0,0',
    ],
    [
      'into a pot is neither',
      [{ amountMinor: -9000, isInSpending: false, isPotMove: true }],
      {},
      0,
      '1,0,0',
    ],
    [
      'what the person left out of their spending is not spent',
      [{ isInSpending: false }],
      {},
      0,
      '1,0,0',
    ],
    [
      'a split counts by its parts',
      [
        {
          split: [
            ['groceries', -500],
            ['gifts', -10],
          ],
        },
      ],
      { groceries: 500, gifts: 10 },
      0,
      '1,0,0',
    ],
    [
      'a split part of 0 makes no category',
      [
        {
          split: [
            ['groceries', -510],
            ['gifts', 0],
          ],
        },
      ],
      { groceries: 510 },
      0,
      '1,0,0',
    ],
    [
      'a custom category is as it is',
      [{ category: 'category_0000ABC' }],
      { category_0000ABC: 510 },
      0,
      '1,0,0',
    ],
    [
      'one named like a property of every object',
      [{ category: '__proto__' }, { category: 'constructor' }],
      Object.fromEntries([
        ['__proto__', 510],
        ['constructor', 510],
      ]),
      0,
      '2,0,0',
    ],
  ]
  for (const [title, postings, ...expected] of cases)
    it(title, () => assert.deepEqual(month(...postings), expected))
})

describe('When', () => {
  const spent = (created: string, now: string) => {
    const { spentToday, spentMonth } = sum([posting({ createdMs: ms(created) })], now)
    return [spentToday.length > 0 ? 'today' : '', spentMonth.length > 0 ? 'month' : ''].join(' ')
  }
  const cases: [created: string, now: string, counts: string][] = [
    ['2026-11-22T04:00:00Z', NOW, 'today month'],
    ['2026-11-22T03:59:59.999Z', NOW, ' month'],
    ['2026-11-01T00:00:00Z', NOW, ' month'],
    ['2026-10-31T23:59:59.999Z', NOW, ' '],
    ['2026-11-30T23:00:00Z', '2026-12-01T01:00:00Z', 'today '], // the month has ended, the day has not
    ['2026-12-01T00:30:00Z', '2026-12-01T01:00:00Z', 'today month'],
    ['2026-12-01T00:30:00Z', '2026-12-01T04:00:00Z', ' month'],
    ['2026-12-01T00:00:01Z', '2026-11-30T23:59:59Z', 'today '], // Monzo's clock is ahead of ours
    ['2026-06-30T23:00:00Z', '2026-07-01T10:00:00Z', ' month'], // 00:00 in London on the first
    ['2026-06-30T22:59:59Z', '2026-07-01T10:00:00Z', ' '],
    ['2026-07-01T03:00:00Z', '2026-07-01T10:00:00Z', 'today month'],
    ['2026-07-01T02:59:59Z', '2026-07-01T10:00:00Z', ' month'],
    ['2026-03-29T03:00:00Z', '2026-03-29T10:00:00Z', 'today month'], // the clocks went forward
    ['2026-03-28T04:00:00Z', '2026-03-29T02:59:59Z', 'today month'], // a day of 23 hours
    ['2026-10-25T03:59:59Z', '2026-10-25T10:00:00Z', ' month'], // the clocks went back
    ['2026-10-24T03:00:00Z', '2026-10-25T03:59:59Z', 'today month'], // a day of 25 hours
  ]
  for (const [created, now, counts] of cases)
    it(`${created} counts for "${counts}" at ${now}`, () =>
      assert.equal(spent(created, now), counts))
  it('tells the newest record, whatever it is', () => {
    const newestMs = ms('2026-11-22T09:59:59Z')
    const odd = posting({ createdMs: newestMs, outcome: 'declined', amountMinor: 0 })
    assert.equal(sum([odd, posting()]).newestAtMs, newestMs)
    assert.equal(sum([]).newestAtMs, undefined)
    assert.equal(sumSpending([], spendingPeriods(ms(NOW)), 5).newestAtMs, 5)
  })
})

describe('At most 50 categories', () => {
  const spread = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      posting({ category: `category_${n}`, amountMinor: -(n + 1) }),
    )
  it('are exported as they are, largest first', () => {
    const { spentMonth } = sum(spread(50))
    assert.deepEqual(
      spentMonth.map(({ amountMinor }) => amountMinor),
      Array.from({ length: 50 }, (_, n) => 50 - n),
    )
  })
  it('are left of more: the smallest are one', () => {
    const { spentMonth, spentToday } = sum(spread(60))
    assert.equal(spentMonth.length, 50)
    assert.deepEqual(spentMonth[0], { category: 'category_59', amountMinor: 60 })
    assert.deepEqual(spentMonth.at(-2), { category: 'category_11', amountMinor: 12 })
    assert.deepEqual(spentMonth.at(-1), { category: 'other', amountMinor: (11 * 12) / 2 })
    assert.deepEqual(spentToday, spentMonth)
  })
  it('put the smallest together with `other` where there is one already, however large', () => {
    const other = posting({ category: 'other', amountMinor: -1000 })
    const { spentMonth } = sum([...spread(60), other])
    assert.equal(spentMonth.length, 50)
    assert.deepEqual(spentMonth.at(-1), { category: 'other', amountMinor: 1066 })
    assert.equal(sum([...spread(49), other]).spentMonth.length, 50)
  })
})

describe('Sums by description, for the Go exporter’s metric', () => {
  const described = (...postings: Partial<Posting>[]) =>
    sum(postings.map(posting)).describedToday.map((one) => Object.values(one).join(' '))
  it('hold every transaction since midnight, in the direction of the money', () => {
    const shop = { description: 'SHOP' }
    assert.deepEqual(
      described(
        { ...shop, createdMs: ms('2026-11-22T00:00:00Z') },
        { ...shop, createdMs: ms('2026-11-21T23:59:59Z') },
        { ...shop, amountMinor: 10, isInSpending: false },
        { ...shop, category: 'gifts', outcome: 'declined' },
        { description: 'CHECK', amountMinor: 0 },
      ),
      ['eating_out SHOP -500', 'gifts SHOP -510', 'eating_out CHECK 0'],
    )
  })
  it('are none where descriptions are not kept', () => assert.deepEqual(described({}), []))
})

const anyPosting = fc.record<Posting>({
  id: fc.uuid(),
  createdMs: fc.integer({ min: ms('2026-10-28T00:00:00Z'), max: ms('2026-12-02T00:00:00Z') }),
  amountMinor: fc.integer({ min: -1e9, max: 1e9 }),
  outcome: fc.constantFrom(...OUTCOMES),
  isInSpending: fc.boolean(),
  isPotMove: fc.boolean(),
  category: fc.constantFrom('groceries', 'other', 'bills', '', 'category_0000A'),
})
const numbersIn = ({ spentToday, spentMonth, receivedMonthMinor, outcomesMonth }: Spending) => [
  ...[...spentToday, ...spentMonth].map(({ amountMinor }) => amountMinor),
  receivedMonthMinor,
  ...Object.values(outcomesMonth),
]

describe('Whatever happens in an account', () => {
  it('the sums of any parts of it add up to the sums of the whole', () => {
    const parts = fc.array(fc.array(anyPosting, { maxLength: 30 }), { maxLength: 5 })
    fc.assert(
      fc.property(parts, (pages) => {
        const whole = sum(pages.flat())
        const sums = pages.map((page) => sum(page))
        const added = (read: (spending: Spending) => readonly CategoryAmount[]) => {
          const total = new Map<string, number>()
          for (const { category, amountMinor } of sums.flatMap(read))
            total.set(category, (total.get(category) ?? 0) + amountMinor)
          return new Map([...total].sort())
        }
        for (const read of [
          (spending: Spending) => spending.spentMonth,
          (spending: Spending) => spending.spentToday,
        ])
          assert.deepEqual(new Map(Object.entries(byCategory(read(whole))).sort()), added(read))
        const count = (read: (spending: Spending) => number) =>
          assert.equal(
            sums.reduce((total, one) => total + read(one), 0),
            read(whole),
          )
        count((spending) => spending.receivedMonthMinor)
        for (const outcome of OUTCOMES) count((spending) => spending.outcomesMonth[outcome])
      }),
    )
  })
  it('no order of reading changes the sums', () => {
    fc.assert(
      fc.property(fc.array(anyPosting), (postings) => {
        const { describedToday: _, ...there } = sum(postings)
        const { describedToday: __, ...back } = sum(postings.toReversed())
        assert.deepEqual(back, there)
      }),
    )
  })
  it('every number is a whole one, and none is -0', () => {
    fc.assert(
      fc.property(fc.array(anyPosting), (postings) => {
        for (const number of numbersIn(sum(postings)))
          assert.ok(Number.isSafeInteger(number) && !Object.is(number, -0), `${number}`)
      }),
    )
  })
  it('-0 from Monzo makes no -0 of ours', () => {
    const zeros = [
      posting({ amountMinor: -0 }),
      posting({
        split: [
          ['a', -0],
          ['b', -510],
        ],
      }),
    ]
    for (const number of numbersIn(sum(zeros))) assert.ok(!Object.is(number, -0))
  })
})

describe('Names of categories', () => {
  const periods = spendingPeriods(ms(NOW))
  const named = (names: Readonly<Record<string, string>>, ...postings: Partial<Posting>[]) => {
    const { spentToday, spentMonth } = sumSpending(postings.map(posting), periods, undefined, names)
    assert.deepEqual(spentToday, spentMonth)
    return byCategory(spentMonth)
  }
  it('stand where Monzo has ids, and add up what has the same one', () => {
    const spent = named(
      { category_1: 'Cats', category_2: 'Cats', eating_out: 'groceries' },
      { category: 'category_1', amountMinor: -100 },
      { category: 'category_2', amountMinor: -20 },
      { category: 'category_3', amountMinor: -3 },
      { category: 'eating_out', amountMinor: -4000 },
      { category: 'groceries', amountMinor: 500 },
    )
    assert.deepEqual(spent, { Cats: 120, category_3: 3, groceries: 3500 })
  })
  it('stand for the parts of a split, and for no category that has none', () => {
    const split = { split: [['constructor', -110] as const, ['bills', -400] as const] }
    assert.deepEqual(named({ bills: 'Home' }, split), { constructor: 110, Home: 400 })
  })
  it('are given before the smallest categories are added up as other', () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ category: `c${n}`, amountMinor: -100 }))
    const small = ['a', 'b'].map((category) => ({ category, amountMinor: -60 }))
    const spent = named({ a: 'Both', b: 'Both' }, ...many, ...small)
    assert.equal(spent['Both'], 120)
    assert.equal(spent['other'], 1200)
    assert.equal(Object.keys(spent).length, 50)
  })
})

describe('createSpendingAt', () => {
  const read = { readFromMs: ms('2026-11-01T00:00:00Z') }
  it('adds up once, until a day ends', () => {
    const spendingAt = createSpendingAt([posting()], read)
    const first = spendingAt(ms(NOW))
    assert.equal(spendingAt(ms('2026-11-22T23:59:59.999Z')), first)
    assert.notEqual(spendingAt(ms('2026-11-23T00:00:00Z')), first)
    assert.equal(spendingAt(ms('2026-11-23T03:59:59Z'))?.spentToday.length, 1)
    assert.equal(spendingAt(ms('2026-11-23T04:00:00Z'))?.spentToday.length, 0)
    assert.deepEqual(first?.holds, {
      startMs: ms('2026-11-22T04:00:00Z'),
      endMs: ms('2026-11-23T00:00:00Z'),
    })
  })
  it('adds up again when categories have other names', () => {
    const spendingAt = createSpendingAt([posting()], read)
    const [one, two] = [{ eating_out: 'Food' }, { eating_out: 'Fun' }]
    const categoryBy = (names?: Record<string, string>) =>
      spendingAt(ms(NOW), names)?.spentMonth.map(({ category }) => category)
    assert.deepEqual(
      [categoryBy(), categoryBy(one), categoryBy(two)],
      [['eating_out'], ['Food'], ['Fun']],
    )
    assert.equal(spendingAt(ms(NOW), two), spendingAt(ms(NOW), two))
    assert.deepEqual(categoryBy(), ['eating_out'])
  })
  it('is empty at the moment that a month ends, not with the next poll', () => {
    const spendingAt = createSpendingAt([posting()], read)
    assert.equal(spendingAt(ms('2026-11-30T23:59:59.999Z'))?.spentMonth.length, 1)
    const december = spendingAt(ms('2026-12-01T00:00:00Z'))
    assert.deepEqual(december?.spentMonth, [])
    assert.equal(december?.outcomesMonth.settled, 0)
    assert.equal(december?.newestAtMs, ms('2026-11-22T09:00:00Z'))
  })
  it('knows nothing of a month that was not read: somebody has set the clock back', () => {
    assert.equal(createSpendingAt([posting()], read)(ms('2026-10-31T12:00:00Z')), undefined)
  })
})
