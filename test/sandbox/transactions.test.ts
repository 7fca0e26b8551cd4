import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Entry } from '../../src/sandbox/bank/entry.ts'
import { type Body, DAY_MS, HOUR_MS, MINUTE_MS, setupWorld } from './world-setup.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

function setup(options: Parameters<typeof setupWorld>[0] = {}) {
  const s = setupWorld(options)
  const token = s.connect()
  const list = (query = '', accountId = s.current) =>
    s.send(`GET /transactions?account_id=${accountId}${query && `&${query}`}`, token)
  const rows = (query = '', accountId = s.current): Body[] =>
    list(query, accountId).body.transactions
  const ids = (query = '') => rows(query).map(({ id }) => id)
  const all = (): readonly Entry[] => s.world.bank.transactions(s.current)
  const now = () => s.world.clock.now()
  return { ...s, token, list, rows, ids, all, now }
}

describe('Paging', () => {
  it('gives the oldest 30 of the last 30 days without being told anything', () => {
    const { ids, all, now } = setup()
    const recent = all().filter(({ createdMs }) => createdMs > now() - 30 * DAY_MS)
    assert.deepEqual(
      ids(),
      recent.slice(0, 30).map(({ id }) => id),
    )
  })
  it('never gives more than 100', () => {
    const { rows } = setup()
    assert.equal(rows('limit=100').length, 100)
    assert.equal(rows('limit=1000').length, 100)
    assert.equal(rows('limit=7').length, 7)
  })
  it('reads all of a month by asking on after the last id, each row once', () => {
    const { ids, all, now } = setup()
    const since = now() - 31 * DAY_MS
    const read: string[] = []
    for (let page = ids(`limit=100&since=${iso(since)}`); ; ) {
      read.push(...page)
      if (page.length < 100) break
      page = ids(`limit=100&since=${page.at(-1)}`)
    }
    const expected = all().filter(({ createdMs }) => createdMs > since)
    assert.deepEqual(
      read,
      expected.map(({ id }) => id),
    )
    assert.ok(read.length > 200)
  })
  it('leaves out both ends', () => {
    const { ids, all } = setup()
    const [first, ...rest] = all().slice(-20)
    const last = rest.pop()
    assert.ok(first && last)
    const expected = all()
      .filter((e) => e.createdMs > first.createdMs && e.createdMs < last.createdMs)
      .map(({ id }) => id)
    assert.deepEqual(ids(`since=${iso(first.createdMs)}&before=${iso(last.createdMs)}`), expected)
    assert.ok(!ids(`since=${first.id}`).includes(first.id))
  })
  it('has nothing from the future', () => {
    const { ids, now } = setup()
    assert.deepEqual(ids(`since=${iso(now() + HOUR_MS)}`), [])
  })
  it('reads times with an offset and with fractions', () => {
    const { ids } = setup()
    const utc = ids('since=2026-11-20T12:00:00Z')
    assert.deepEqual(ids(`since=${encodeURIComponent('2026-11-20T13:00:00.000000+01:00')}`), utc)
  })
  const bad = ['yesterday', '2026-11-20', '', '2026-11-20 12:00:00Z', '1700000000', 'tx_1']
  for (const text of bad) {
    it(`refuses "${text}" as since`, () =>
      assert.equal(
        setup().list(`since=${encodeURIComponent(text)}`).code,
        'bad_request.bad_param.since',
      ))
  }
  for (const text of ['0', '-1', 'all', '1.5', '']) {
    it(`refuses "${text}" as limit`, () =>
      assert.equal(setup().list(`limit=${text}`).code, 'bad_request.bad_param.limit'))
  }
  it('reads 30 days up to before, when only that is told', () => {
    const { rows, now } = setup()
    const [first] = rows(`before=${iso(now() - 20 * DAY_MS)}`)
    const ageMs = now() - Date.parse(first.created)
    assert.ok(ageMs < 50 * DAY_MS && ageMs > 48 * DAY_MS)
  })
  it('pages through any range without gaps or repeats', () => {
    const { ids, all, now } = setup({ knobs: { rateLimit: 'off' } })
    const days = fc.integer({ min: 0, max: 80 * 24 * 60 })
    fc.assert(
      fc.property(days, days, fc.integer({ min: 1, max: 100 }), (one, other, limit) => {
        const [early, late] = [Math.max(one, other), Math.min(one, other)].map(
          (minutes) => now() - minutes * MINUTE_MS,
        ) as [number, number]
        const before = `before=${iso(late)}&limit=${limit}`
        const read: string[] = []
        for (let page = ids(`since=${iso(early)}&${before}`); ; ) {
          read.push(...page)
          const cursor = page.at(-1)
          if (page.length < limit || cursor === undefined) break
          page = ids(`since=${cursor}&${before}`)
        }
        const wanted = all().filter((e) => e.createdMs > early && e.createdMs < late)
        assert.deepEqual(
          read,
          wanted.map(({ id }) => id),
        )
      }),
      { numRuns: 25 },
    )
  })
})

describe('How far back one may read', () => {
  const codes: [title: string, minutesAfterApproval: number, daysBack: number, code?: string][] = [
    ['200 days within five minutes of approval', 5, 200],
    ['364 days within five minutes of approval', 0, 364],
    ['365 days at any time', 0, 365, 'bad_request.invalid_time_range'],
    ['89 days later', 6, 89],
    ['90 days later', 6, 90, 'forbidden.verification_required'],
    ['365 days later', 6, 365, 'bad_request.invalid_time_range'],
  ]
  for (const [title, minutes, days, code] of codes) {
    it(`${title}: ${code ?? 'allowed'}`, () => {
      const { list, world, now } = setup()
      world.advance(minutes * MINUTE_MS)
      assert.equal(list(`since=${iso(now() - days * DAY_MS)}`).code, code)
    })
  }
  it('is not reopened by a refresh', () => {
    const s = setupWorld()
    const { refresh_token } = s.logIn()
    s.approve()
    s.world.advance(6 * MINUTE_MS)
    const { access_token } = s.refresh(refresh_token).body
    const since = iso(s.world.clock.now() - 100 * DAY_MS)
    const reply = s.send(`GET /transactions?account_id=${s.current}&since=${since}`, access_token)
    assert.equal(reply.code, 'forbidden.verification_required')
    assert.equal(s.send(`GET /balance?account_id=${s.current}`, access_token).status, 200)
  })
  it('counts an old id like the time it stands for', () => {
    const { list, world, all } = setup()
    world.advance(6 * MINUTE_MS)
    assert.equal(list(`since=${all()[0]?.id}`).code, 'forbidden.verification_required')
  })
  it('counts a slice of the past like all of it', () => {
    const { list, world, now } = setup()
    world.advance(6 * MINUTE_MS)
    const [since, before] = [iso(now() - 120 * DAY_MS), iso(now() - 110 * DAY_MS)]
    const { code } = list(`since=${since}&before=${before}`)
    assert.equal(code, 'forbidden.verification_required')
  })
})

describe('A row', () => {
  const rowOf = (isIt: (entry: Entry) => boolean) => {
    const { all, send, token } = setup()
    const entry = all().findLast(isIt)
    return send(`GET /transactions/${entry?.id}`, token).body.transaction
  }
  it('has the thirty-odd keys of the recordings, decline_reason only when declined', () => {
    const row = rowOf((e) => e.scheme === 'mastercard' && e.isInSpending)
    assert.deepEqual(Object.keys(row), [
      ...['id', 'created', 'description', 'amount', 'fees', 'currency', 'merchant', 'notes'],
      ...['metadata', 'labels', 'attachments', 'international', 'category', 'categories'],
      ...['is_load', 'settled', 'local_amount', 'local_currency', 'updated', 'account_id'],
      ...['user_id', 'counterparty', 'scheme', 'dedupe_id', 'originator', 'include_in_spending'],
      ...['can_be_excluded_from_breakdown', 'can_be_made_subscription', 'can_split_the_bill'],
      ...['can_add_to_tab', 'can_match_transactions_in_categorization', 'amount_is_pending'],
      ...['atm_fees_detailed', 'parent_account_id'],
    ])
    assert.match(row.merchant, /^merch_0000/)
    const declined = rowOf((e) => e.declineReason !== undefined)
    assert.equal(typeof declined.decline_reason, 'string')
    assert.deepEqual([declined.settled, declined.include_in_spending], ['', false])
  })
  it('of a card is pending first, without saying so, and settles with the same id', () => {
    const { rows, world } = setup()
    const { id } = world.bank.addTransaction(rows()[0].account_id, {
      ...{ amountMinor: -250, isSettled: false },
    })
    const row = () => rows('since=2026-11-22T09:00:00Z&limit=100').find((other) => other.id === id)
    assert.deepEqual([row().settled, row().amount_is_pending], ['', false])
    world.advance(DAY_MS)
    assert.equal(row().settled, '2026-11-23T10:00:00Z')
    assert.equal(row().updated, '2026-11-23T10:00:00.25Z')
  })
  it('of a card check has no amount, never settles, and is hidden', () => {
    const row = rowOf((e) => e.amountMinor === 0)
    assert.deepEqual(
      [row.amount, row.settled, row.include_in_spending, row.metadata.hide_amount],
      [0, '', false, 'true'],
    )
  })
  it('of a pot move has the pot as description, and no merchant', () => {
    const row = rowOf((e) => e.metadata['trigger'] === 'coin_jar')
    assert.equal(row.scheme, 'uk_retail_pot')
    assert.match(row.description, /^pot_0000/)
    assert.equal(row.metadata.pot_id, row.description)
    assert.match(row.metadata.pot_deposit_id, /^potdep_0000/)
    assert.deepEqual([row.merchant, row.category, row.originator], [null, 'savings', true])
  })
  it('from abroad tells what was paid there', () => {
    const row = rowOf((e) => e.local !== undefined)
    assert.equal(row.currency, 'GBP')
    assert.notEqual(row.local_currency, 'GBP')
    assert.ok(row.local_amount < 0)
  })
  it('of a transfer in names who paid', () => {
    const row = rowOf((e) => e.scheme === 'payport_faster_payments' && e.amountMinor > 0)
    assert.match(row.counterparty.user_id, /^anonuser_/)
    assert.deepEqual([row.merchant, row.is_load, row.include_in_spending], [null, false, false])
  })
  it('of a Direct Debit names whose it is by number', () => {
    const row = rowOf((e) => e.scheme === 'bacs' && e.amountMinor < 0)
    assert.equal(row.counterparty.service_user_number, '000000')
  })
  it('has metadata of texts only', () => {
    const { rows } = setup()
    for (const { metadata } of rows('limit=100'))
      assert.ok(Object.values(metadata).every((value) => typeof value === 'string'))
  })
  it('of the joint account tells who of the two paid', () => {
    const { rows, accountOf, sam, robin } = setup()
    const users = new Set(
      rows('limit=100', accountOf('uk_retail_joint')).map(({ user_id }) => user_id),
    )
    assert.deepEqual(users, new Set([sam, robin]))
  })
})

it('a loan has no transactions', () => {
  const { rows, accountOf } = setup()
  assert.deepEqual(rows('', accountOf('uk_loan')), [])
})
it('merchants are expanded when asked, and only then', () => {
  const { rows } = setup()
  const card = (list: Body[]) => list.find(({ scheme }) => scheme === 'mastercard').merchant
  assert.equal(typeof card(rows()), 'string')
  assert.equal(typeof card(rows('expand[]=merchant')).name, 'string')
  assert.equal(typeof card(rows('expand%5B%5D=merchant')).name, 'string')
})
