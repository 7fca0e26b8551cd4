import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { listTransactions } from '../../src/sandbox/api/list-transactions.ts'
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
  const now = () => s.world.clock.now()
  const all = (): readonly Entry[] => s.world.bank.transactions(s.current)
  /** Those of the last half year, without the years before. */
  const recent = () => s.world.bank.transactions(s.current, now() - 180 * DAY_MS)
  return { ...s, token, list, rows, ids, all, recent, now }
}

describe('Paging', () => {
  it('gives the oldest 30 of the last 30 days without being told anything', () => {
    const { ids, recent, now } = setup()
    const lately = recent().filter(({ createdMs }) => createdMs > now() - 30 * DAY_MS)
    assert.deepEqual(
      ids(),
      lately.slice(0, 30).map(({ id }) => id),
    )
  })
  it('never gives more than 100', () => {
    const { rows } = setup()
    assert.equal(rows('limit=100').length, 100)
    assert.equal(rows('limit=1000').length, 100)
    assert.equal(rows('limit=7').length, 7)
  })
  it('reads all of a month by asking on after the last id, each row once', () => {
    const { ids, recent, now } = setup()
    const since = now() - 31 * DAY_MS
    const read: string[] = []
    for (let page = ids(`limit=100&since=${iso(since)}`); ; ) {
      read.push(...page)
      if (page.length < 100) break
      page = ids(`limit=100&since=${page.at(-1)}`)
    }
    const expected = recent().filter(({ createdMs }) => createdMs > since)
    assert.deepEqual(
      read,
      expected.map(({ id }) => id),
    )
    assert.ok(read.length > 200)
  })
  it('leaves out both ends', () => {
    const { ids, recent } = setup()
    const [first, ...rest] = recent().slice(-20)
    const last = rest.pop()
    assert.ok(first && last)
    const expected = recent()
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
    const { ids, recent, now } = setup({ knobs: { rateLimit: 'off' } })
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
        const wanted = recent().filter((e) => e.createdMs > early && e.createdMs < late)
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
    const { list, world, all, now } = setup()
    world.advance(6 * MINUTE_MS)
    const old = all().find(({ createdMs }) => createdMs > now() - 100 * DAY_MS)
    assert.equal(list(`since=${old?.id}`).code, 'forbidden.verification_required')
    assert.equal(list(`since=${all()[0]?.id}`).code, 'bad_request.invalid_time_range')
  })
  it('is all of it within five minutes, in ranges of less than 365 days, a page at a time', () => {
    const { list, all, now } = setup()
    const read: string[] = []
    let pages = 0
    for (let startMs = all()[0]?.createdMs ?? 0; startMs < now(); startMs += 364 * DAY_MS) {
      const before = `before=${iso(Math.min(startMs + 364 * DAY_MS, now()))}&limit=100`
      for (let cursor = iso(startMs - 1); ; pages++) {
        const { body, code } = list(`since=${cursor}&${before}`)
        assert.equal(code, undefined)
        const ids = body.transactions.map(({ id }: Body) => id)
        read.push(...ids)
        if (ids.length < 100) break
        cursor = ids.at(-1)
      }
    }
    assert.deepEqual(new Set(read), new Set(all().map(({ id }) => id)))
    assert.equal(read.length, all().length)
    assert.ok(pages > 40)
  })
  it('is counted from the approval, not from the login, and opened again by the next login', () => {
    const s = setupWorld()
    const old = (token: string) => {
      const since = iso(s.world.clock.now() - 100 * DAY_MS)
      return s.send(`GET /transactions?account_id=${s.current}&since=${since}`, token).code
    }
    const login = () => {
      const { access_token } = s.logIn()
      s.world.advance(20 * MINUTE_MS)
      assert.equal(old(access_token), 'forbidden.insufficient_permissions')
      s.approve()
      s.world.advance(5 * MINUTE_MS)
      assert.equal(old(access_token), undefined)
      s.world.advance(1)
      assert.equal(old(access_token), 'forbidden.verification_required')
    }
    login()
    login()
  })
  it('ends early when the bank says so, for what is old alone, until the next approval', () => {
    const s = setupWorld({ knobs: { historyPages: 2, expiresIn: 10 ** 9 } })
    const codes = (token: string, days: number, times = 1) =>
      Array.from({ length: times }, () => {
        const since = iso(s.world.clock.now() - days * DAY_MS)
        return s.send(`GET /transactions?account_id=${s.current}&since=${since}`, token).code
      })
    const closed = 'forbidden.verification_required'
    const token = s.connect()
    assert.deepEqual(codes(token, 80, 3), [undefined, undefined, undefined])
    assert.deepEqual(codes(token, 120, 3), [undefined, undefined, closed])
    assert.deepEqual(codes(token, 80), [undefined])
    assert.deepEqual(codes(s.connect(), 120, 3), [undefined, undefined, closed])
    const robin = s.connect('robin@example.com')
    const path = `GET /transactions?account_id=${s.accountOf('uk_retail_joint')}`
    assert.equal(s.send(`${path}&since=${iso(s.clock.now() - 100 * DAY_MS)}`, robin).status, 200)
    s.world.advance(90 * DAY_MS)
    const again = s.logIn().access_token
    s.approve()
    assert.deepEqual(codes(again, 120, 3), [undefined, undefined, closed])
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
    const { recent, send, token } = setup()
    const entry = recent().findLast(isIt)
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
  it('tells when Monzo has changed it', () => {
    const { rows, world, current } = setup()
    const { id } = world.bank.addTransaction(current, { amountMinor: -250 })
    world.advance(2 * HOUR_MS)
    world.bank.changeTransaction(current, id, { category: 'holidays', amountMinor: -260 })
    const row = rows('since=2026-11-22T09:59:59Z').find((other) => other.id === id)
    assert.deepEqual(
      [row.amount, row.category, row.categories, row.created, row.updated],
      [-260, 'holidays', { holidays: -260 }, '2026-11-22T10:00:00Z', '2026-11-22T12:00:00Z'],
    )
  })
  it('of money loaded onto a prepaid card says so', () => {
    const { rows, world, accountOf } = setup()
    const prepaid = accountOf('uk_prepaid')
    const first = world.bank.transactions(prepaid)[0]
    const range = `since=${iso((first?.createdMs ?? 0) - 1)}&before=${iso((first?.createdMs ?? 0) + 90 * DAY_MS)}`
    const loads = rows(`${range}&limit=100`, prepaid).filter(({ is_load }) => is_load)
    assert.ok(loads.length > 8)
    assert.ok(loads.every(({ amount, include_in_spending }) => amount > 0 && !include_in_spending))
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

describe('A listing', () => {
  it('of 100,000 transactions looks at few besides those it answers with', () => {
    const { world, sam, now } = setup()
    const { id } = world.bank.addAccount({
      ...{ ownerIds: [sam], type: 'uk_retail', label: 'long', transactions: 100_000 },
      createdMs: now() - 3652 * DAY_MS,
    })
    const entries = world.bank.transactions(id)
    let looks = 0
    const counted = new Proxy(entries, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++
        return Reflect.get(target, key)
      },
    })
    const rules = { nowMs: now(), mayReadOld: () => true, noSince: '30d' as const }
    const startMs = now() - 2000 * DAY_MS
    for (const since of [iso(startMs), entries[40_000]?.id ?? '']) {
      const before = iso(now() - 1900 * DAY_MS)
      const query = new URLSearchParams({ since, before, limit: '100' })
      assert.equal(listTransactions(() => counted, query, rules).length, 100)
    }
    assert.ok(looks < 300, `${looks}`)
  })
  it('goes on after an id that has vanished', () => {
    const { ids, recent, world, current } = setup()
    const [gone, next] = recent().slice(-5)
    assert.ok(gone && next)
    world.bank.changeTransaction(current, gone.id, 'vanishes')
    assert.equal(ids(`since=${gone.id}`)[0], next.id)
  })
  it("of a pot's own account is refused, or has its moves, as the knob says", () => {
    const { world, rows, list, current } = setup()
    const [pot] = world.bank.pots(current)
    assert.ok(pot)
    world.bank.movePot(pot.id, 1234)
    const { pot_account_id } = rows('since=2026-11-22T09:59:59Z')[0].metadata
    assert.equal(list('', pot_account_id).code, 'forbidden.insufficient_permissions')
    world.setKnobs({ potAccounts: 'listed' })
    const [row, ...rest] = rows('since=2026-11-22T09:59:59Z', pot_account_id)
    assert.deepEqual(
      [row.amount, row.account_id, row.include_in_spending, rest],
      [1234, pot_account_id, false, []],
    )
    assert.equal(list('', 'acc_0000nope').code, 'forbidden.insufficient_permissions')
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
