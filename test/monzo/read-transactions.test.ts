import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MonzoClient } from '../../src/monzo/client.ts'
import type { HttpFetch } from '../../src/monzo/http-fetch.ts'
import type { Transaction } from '../../src/monzo/schemas.ts'
import { FakeClock } from '../fakes/clock.ts'
import { replies } from '../fakes/fetch.ts'
import { transaction } from '../fakes/transaction.ts'

const SINCE = '2026-11-01T00:00:00.000Z'
const MIB = 1024 * 1024

function setup(...queue: (Response | Error)[]) {
  const fetch = replies(...queue)
  const unreadable: string[] = []
  const clock = new FakeClock()
  const client = new MonzoClient({
    baseUrl: new URL('https://api.monzo.test'),
    fetch,
    clock,
    random: () => 0.5,
    accessToken: async () => 'token',
    onCall: () => undefined,
    onUnreadable: (endpoint) => unreadable.push(endpoint),
  })
  const signal = new AbortController().signal
  const read = async (span: { beforeMs?: number } = {}) => {
    const transactions: Transaction[] = []
    let skipped = 0
    for await (const page of client.readTransactions(
      'acc_1',
      { sinceMs: Date.parse(SINCE), ...span },
      signal,
    )) {
      transactions.push(...page.transactions)
      skipped += page.skipped
    }
    return { transactions, skipped }
  }
  const queries = () => fetch.calls.map(({ url }) => Object.fromEntries(new URL(url).searchParams))
  return { read, fetch, unreadable, queries, clock }
}
/** A client whose pages are made when they are asked for. */
function through(fetch: HttpFetch) {
  const client = new MonzoClient({
    ...{ baseUrl: new URL('https://api.monzo.test'), fetch, clock: new FakeClock() },
    ...{ random: () => 0.5, accessToken: async () => 'token' },
    ...{ onCall: () => undefined, onUnreadable: () => undefined },
  })
  return { client, signal: new AbortController().signal }
}
const page = (records: readonly unknown[]) => Response.json({ transactions: records })
const rows = (count: number) => Array.from({ length: count }, () => transaction())

describe('MonzoClient.readTransactions', () => {
  it('asks on after the last id until a page is not full', async () => {
    const all = rows(230)
    const { read, queries } = setup(
      ...[page(all.slice(0, 100)), page(all.slice(100, 200)), page(all.slice(200))],
    )
    const { transactions, skipped } = await read()
    assert.deepEqual(
      transactions.map(({ id }) => id),
      all.map(({ id }) => id),
    )
    assert.equal(skipped, 0)
    const rest = { account_id: 'acc_1', limit: '100' }
    assert.deepEqual(queries(), [
      { ...rest, since: SINCE },
      { ...rest, since: all[99]?.id },
      { ...rest, since: all[199]?.id },
    ])
  })
  it('asks once more after a last page that is just full', async () => {
    const { read, fetch } = setup(page(rows(100)), page([]))
    assert.equal((await read()).transactions.length, 100)
    assert.equal(fetch.calls.length, 2)
  })
  it('lets polls go first once a long list has used most of the calls of a minute', async () => {
    const pages = Array.from({ length: 42 }, () => page(rows(100)))
    const { read, clock } = setup(...pages, page([]))
    assert.equal((await read()).transactions.length, 4200)
    assert.deepEqual(clock.slept, [3000, 3000, 3000])
  })
  it('loses nothing, wherever the pages end', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 4 })
    return fc.assert(
      fc.asyncProperty(counts, async (extra) => {
        // Whoever gives more than was asked for has given a full page, too.
        const last = extra.pop() ?? 0
        const pages = [...extra.map((more) => rows(100 + more)), rows(last)]
        const { transactions } = await setup(...pages.map(page)).read()
        assert.deepEqual(
          transactions.map(({ id }) => id),
          pages.flat().map(({ id }) => id),
        )
      }),
      { numRuns: 20 },
    )
  })
  it('needs no more of a record than what the sums need', async () => {
    const least = {
      id: 'tx_1',
      created: '2026-11-22T09:00:00.12+01:00',
      amount: -510,
      category: 'brand_new',
      include_in_spending: true,
    }
    const odd = { settled: 7, scheme: null, description: {}, categories: ['a'], brand_new: [1] }
    const { transactions } = await setup(page([least, { ...least, ...odd }])).read()
    for (const read of transactions) {
      assert.deepEqual(
        [read.id, read.created, read.amount, read.category, read.include_in_spending],
        Object.values(least),
      )
      assert.deepEqual(
        [read.settled, read.scheme, read.categories],
        [undefined, undefined, undefined],
      )
    }
    assert.equal(transactions.length, 2)
  })
  const good = transaction()
  const lacking: [what: string, record: unknown][] = [
    ['has no id', { ...good, id: undefined }],
    ['has no amount', { ...good, amount: undefined }],
    ['has half a penny', { ...good, amount: -5.5 }],
    ['has an amount that no number holds', { ...good, amount: 2 ** 60 }],
    ['has no category', { ...good, category: null }],
    ['has no time', { ...good, created: undefined }],
    ['has a time that no clock shows', { ...good, created: '2026-13-45T00:00:00Z' }],
    ['does not say whether it is spending', { ...good, include_in_spending: 'yes' }],
    ['is none', null],
  ]
  for (const [what, record] of lacking)
    it(`skips and counts a record that ${what}, and keeps the rest`, async () => {
      const { read, unreadable } = setup(page([transaction(), record, transaction()]))
      const { transactions, skipped } = await read()
      assert.deepEqual([transactions.length, skipped], [2, 1])
      assert.deepEqual(unreadable, ['/transactions'])
    })
  it('asks for a span that ends on every page', async () => {
    const beforeMs = Date.parse('2026-11-10T00:00:00Z')
    const { read, queries } = setup(page(rows(100)), page(rows(1)))
    assert.equal((await read({ beforeMs })).transactions.length, 101)
    const before = '2026-11-10T00:00:00.000Z'
    assert.deepEqual(
      queries().map((query) => query['before']),
      [before, before],
    )
  })
  it('leaves calls to polls: a span that has ended waits from its first page on', async () => {
    const lists = Array.from({ length: 80 }, () => page(rows(1)))
    const { read, clock } = setup(...lists)
    const beforeMs = Date.parse('2026-11-10T00:00:00Z')
    const startedMs = clock.elapsed()
    for (let calls = 0; calls < 40; calls++) await read({ beforeMs })
    assert.equal(clock.elapsed(), startedMs)
    await read({ beforeMs })
    assert.equal(clock.elapsed() - startedMs, 3000)
    await read()
    assert.equal(clock.elapsed() - startedMs, 3000) // what a poll reads does not wait
  })
  it('goes on after a full page whose last records can not be read', async () => {
    const full = [...rows(98), { ...good, id: 'tx_last', amount: 'much' }, { amount: 5 }]
    const { read, queries } = setup(page(full), page(rows(1)))
    const { transactions, skipped } = await read()
    assert.deepEqual([transactions.length, skipped], [99, 2])
    assert.equal(queries()[1]?.['since'], 'tx_last')
  })
  it('gives up on pages that never end', async () => {
    const full = rows(100)
    const other = rows(100)
    const { read } = setup(page(full), page(other), page(full))
    await assert.rejects(read, { code: 'MONZO_UNREADABLE', message: /came before$/ })
    const nameless = Array.from({ length: 100 }, () => ({ amount: 1 }))
    await assert.rejects(setup(page(nameless)).read, { message: /without ids$/ })
  })
  it('ends after a thousand full pages, and says so', async () => {
    let pages = 0
    const { client, signal } = through(async () =>
      page([...Array.from({ length: 99 }, () => null), { ...good, id: `tx_${pages++}` }]),
    )
    let read = 0
    const all = async () => {
      for await (const { transactions } of client.readTransactions('acc_1', { sinceMs: 0 }, signal))
        read += transactions.length
    }
    await assert.rejects(all, {
      code: 'MONZO_UNREADABLE',
      message: 'GET /transactions: no end after 1000 full pages',
    })
    assert.deepEqual([pages, read], [1000, 1000])
  })
  it('skips what no memory should keep: ids and categories of any length', async () => {
    const long = 'x'.repeat(60_000)
    const { read } = setup(
      page([good, { ...good, id: long }, { ...good, category: long }, { ...good, notes: long }]),
    )
    const { transactions, skipped } = await read()
    assert.deepEqual([transactions.length, skipped], [2, 2])
  })
  it('reads pages of up to 8 MiB', async () => {
    const notes = (bytes: number) => page([{ ...good, notes: 'x'.repeat(bytes) }])
    assert.equal((await setup(notes(8 * MIB - 2000)).read()).transactions.length, 1)
    await assert.rejects(setup(notes(8 * MIB)).read, { code: 'MONZO_UNREADABLE' })
  })
  it('does not take "too long ago" for an account that is not there', async () => {
    const code = 'forbidden.verification_required'
    await assert.rejects(setup(Response.json({ code }, { status: 403 })).read, {
      code: 'MONZO_TOO_LONG_AGO',
      message: 'GET /transactions: 403, as it is too long ago',
      hint: /clock/,
    })
    const other = 'forbidden.insufficient_permissions'
    await assert.rejects(setup(Response.json({ code: other }, { status: 403 })).read, {
      code: 'MONZO_FORBIDDEN',
    })
  })
  it('takes no list from a reply without one', async () => {
    await assert.rejects(setup(Response.json({ code: 'oops' })).read, { code: 'MONZO_UNREADABLE' })
  })
})
