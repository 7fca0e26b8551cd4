import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { londonDay } from '../../src/lib/london.ts'
import { createBank } from '../../src/sandbox/bank/bank.ts'
import { type Entry, effectMinor } from '../../src/sandbox/bank/entry.ts'
import { createShiftedClock } from '../../src/sandbox/clock.ts'
import { FakeClock } from '../fakes/clock.ts'

const DAY_MS = 24 * 3_600_000

function setup(options: { seed?: number; now?: string } = {}) {
  const { seed = 1, now = '2026-11-22T10:00:00Z' } = options
  const clock = createShiftedClock(new FakeClock(now))
  const bank = createBank(seed, clock, () => 0)
  const alex = bank.addPerson({ email: 'alex@example.com', name: 'Alex Sample' })
  const [sam, robin] = bank.people
  assert.ok(sam && robin)
  const accountOf = (type: string, userId = sam.id) =>
    bank.accountsOf(userId).find((account) => account.type === type) ?? assert.fail()
  const accounts = bank.people.flatMap(({ id }) => bank.accountsOf(id))
  const advance = (ms: number) => {
    bank.beforeAdvance(ms)
    clock.advance(ms)
  }
  return { bank, clock, sam, robin, alex, accountOf, accounts, advance }
}
const sum = (entries: readonly Entry[]) =>
  entries.reduce((total, entry) => total + effectMinor(entry), 0)
const monthOf = (ms: number) => new Date(ms).toISOString().slice(0, 7)

describe('The books', () => {
  for (const options of [
    { seed: 1 },
    { seed: 2, now: '2026-03-29T00:30:00Z' },
    { seed: 3, now: '2028-02-29T23:59:00Z' },
  ]) {
    it(`of every account begin with nothing and arrive at its balance, ${JSON.stringify(options)}`, () => {
      const { bank, accounts, advance } = setup(options)
      for (const days of [0, 40]) {
        advance(days * DAY_MS)
        for (const { id, createdMs, type } of accounts) {
          const { balanceMinor, unexplainedMinor } = bank.balances(id)
          assert.equal(balanceMinor, sum(bank.transactions(id)), type)
          assert.equal(unexplainedMinor, 0)
          assert.equal(bank.balanceAt(id, createdMs), 0)
          assert.ok(bank.transactions(id).every((entry) => entry.createdMs > createdMs))
        }
      }
    })
  }
  it('of every pot are the moves into it and out of it', () => {
    const { bank, accounts } = setup()
    for (const { id } of accounts)
      for (const pot of bank.pots(id))
        assert.equal(
          pot.balanceMinor + sum(bank.transactions(id).filter(({ potId }) => potId === pot.id)),
          0,
          pot.name,
        )
  })
  it('say what is left when a balance changes without a transaction', () => {
    const { bank, accountOf } = setup()
    const { id, createdMs } = accountOf('uk_retail')
    bank.setBalance(id, bank.balances(id).balanceMinor + 25_000)
    assert.equal(bank.balances(id).unexplainedMinor, 25_000)
    assert.equal(bank.balanceAt(id, createdMs), 25_000)
    assert.equal(bank.days(id).at(-1)?.balanceMinor, bank.balances(id).balanceMinor)
  })
  it('know the balance at any moment', () => {
    const { bank, accountOf, clock } = setup()
    const { id } = accountOf('uk_retail')
    const entries = bank.transactions(id)
    for (let day = 0; day < 1100; day += 53) {
      const atMs = clock.now() - day * DAY_MS
      const since = entries.filter(({ createdMs }) => createdMs >= atMs)
      assert.equal(bank.balanceAt(id, atMs), bank.balances(id).balanceMinor - sum(since))
    }
  })
  it('have every day in London from the first to today, across both changes of the clock', () => {
    const { bank, accountOf, clock } = setup()
    const { id, createdMs } = accountOf('uk_retail')
    const days = bank.days(id)
    assert.equal(days.length, londonDay(clock.now()) - londonDay(createdMs) + 1)
    assert.deepEqual([days[0]?.date, days.at(-1)?.date], ['2023-08-10', '2026-11-22'])
    const summer = bank.addTransaction(id, {
      amountMinor: -101,
      category: 'bills',
      createdMs: Date.parse('2026-07-31T23:30:00Z'), // 00:30 on the first of August
    })
    const after = bank.days(id)
    const changed = after.filter(({ transactions }, n) => transactions !== days[n]?.transactions)
    assert.deepEqual(
      changed.map(({ date }) => date),
      ['2026-08-01'],
    )
    bank.changeTransaction(id, summer.id, 'vanishes')
    assert.deepEqual(bank.days(id), days)
  })
  it('count as Monzo does: refunds, splits, pots, what was declined, what is pending', () => {
    const { bank, sam } = setup()
    const { id } = bank.addAccount({ ownerIds: [sam.id], type: 'uk_retail', label: 'quiet' })
    const pay = (amountMinor: number, told: object) =>
      bank.addTransaction(id, { amountMinor, ...told })
    pay(-1000, { category: 'groceries', isSettled: false })
    pay(-3000, { category: 'bills', categories: { bills: -2000, holidays: -1000 } })
    pay(-500, { category: 'general', categories: { bills: -1 } }) // does not add up
    pay(400, { category: 'groceries', isInSpending: true })
    pay(-5000, { category: 'shopping', declineReason: 'OTHER' })
    pay(0, {})
    pay(250_000, { category: 'income', scheme: 'bacs' })
    const pot = bank.addPot(id, { name: 'Rain' })
    bank.movePot(pot.id, 10_000)
    bank.movePot(pot.id, -2500)
    assert.deepEqual(bank.days(id).at(-1), {
      date: '2026-11-22',
      balanceMinor: 250_000 - 1000 - 3000 - 500 + 400 - 7500,
      receivedMinor: 250_000,
      spentMinor: { groceries: 600, bills: 2000, holidays: 1000, general: 500 },
      transactions: 9,
    })
  })
})

describe('The years before', () => {
  const told = setup() // for the tests that only read
  it('are the same for the same seed and time, whoever asks for them when', () => {
    const [one, other] = [setup(), setup()]
    const { id } = one.accountOf('uk_retail')
    const early = [...one.bank.transactions(id)]
    other.bank.balances(id)
    other.advance(3 * DAY_MS)
    assert.deepEqual(other.bank.transactions(id).slice(0, early.length), early)
  })
  it('are not made before somebody asks for them, and change neither balance nor pots', () => {
    const { bank, accounts, clock } = setup()
    for (const { id } of accounts) {
      const before = [bank.balances(id), bank.pots(id)]
      const recent = bank.transactions(id, clock.now() - 30 * DAY_MS).length
      const all = bank.transactions(id).length
      assert.ok(recent <= all)
      assert.deepEqual([bank.balances(id), bank.pots(id)], before)
    }
    const { bank: fresh, accountOf } = setup()
    const { id } = accountOf('uk_retail')
    const recent = fresh.transactions(id, clock.now() - 100 * DAY_MS).length
    assert.ok(recent * 2 < fresh.transactions(id).length)
  })
  it('are in the order of unique ids, like everything later', () => {
    const { bank, accounts } = told
    for (const { id } of accounts) {
      const ids = bank.transactions(id).map((entry) => entry.id)
      assert.deepEqual(ids, [...new Set(ids)].sort())
    }
  })
  it('are more than three for each person, with some 60 to 120 transactions a month', () => {
    const { bank, clock, sam, alex } = told
    for (const person of [sam, alex]) {
      const account = bank.accountsOf(person.id).find(({ type }) => type === 'uk_retail')
      assert.ok(account && account.createdMs < clock.now() - 3 * 365 * DAY_MS)
      const months = new Map<string, number>()
      for (const { createdMs } of bank.transactions(account.id))
        months.set(monthOf(createdMs), (months.get(monthOf(createdMs)) ?? 0) + 1)
      assert.equal(months.size, 40)
      for (const [month, count] of [...months].slice(1, 30))
        assert.ok(count >= 60 && count <= 130, `${person.name} in ${month}: ${count}`)
    }
  })
  it('had lower pay and rent, dearer winters, presents in December', () => {
    const { bank, accountOf } = told
    const entries = bank.transactions(accountOf('uk_retail').id)
    const amounts = (isIt: (entry: Entry) => boolean) => [
      ...new Set(entries.filter(isIt).map(({ amountMinor }) => amountMinor)),
    ]
    assert.deepEqual(
      amounts(({ description }) => description === 'RENT'),
      [-66_000, -69_500, -72_500],
    )
    const pay = amounts(({ category, amountMinor }) => category === 'income' && amountMinor > 1e5)
    assert.ok((pay[0] ?? 0) < 310_000 && (pay.at(-1) ?? 0) >= 344_000)
    const energy = entries.filter(({ description }) => description === 'EXAMPLE ENERGY')
    const costOf = (month: string) =>
      energy.find(({ createdMs }) => monthOf(createdMs) === month)?.amountMinor
    assert.deepEqual([costOf('2025-01'), costOf('2025-07')], [-11_900, -6_150])
    const gifts = entries.filter(({ category }) => category === 'gifts')
    assert.ok(gifts.length > 20)
    assert.ok(gifts.every(({ createdMs }) => monthOf(createdMs).endsWith('-12')))
  })
  it('had two weeks abroad every August, and a trip that was canceled and refunded', () => {
    const { bank, accountOf } = told
    const entries = bank.transactions(accountOf('uk_retail').id)
    for (const year of [2024, 2025]) {
      const [fromMs, toMs] = [Date.UTC(year, 7, 3), Date.UTC(year, 7, 16)]
      const paid = entries.filter(
        ({ createdMs, scheme, declineReason, amountMinor }) =>
          scheme === 'mastercard' &&
          amountMinor < 0 &&
          declineReason === undefined &&
          createdMs >= fromMs &&
          createdMs < toMs,
      )
      const abroad = paid.filter(({ local }) => local !== undefined && local.currency !== 'GBP')
      assert.ok(abroad.length >= 36 && abroad.length > paid.length * 0.8, `${year}`)
    }
    const refunds = entries.filter(
      (entry) => entry.category === 'holidays' && entry.amountMinor > 0 && entry.isInSpending,
    )
    assert.deepEqual(
      refunds.map(({ createdMs }) => monthOf(createdMs)),
      ['2024-04', '2026-04'],
    )
  })
  it('had a joint account that was opened later, and paid into from then on', () => {
    const { bank, accountOf } = told
    const joint = accountOf('uk_retail_joint')
    assert.equal(monthOf(joint.createdMs), '2025-03')
    assert.equal(monthOf(bank.transactions(joint.id)[0]?.createdMs ?? 0), '2025-03')
    const [first] = bank
      .transactions(accountOf('uk_retail').id)
      .filter(({ description }) => description === 'JOINT ACCOUNT')
    assert.equal(monthOf(first?.createdMs ?? 0), '2025-04')
  })
  it('had a prepaid card that was topped up, used, and closed with nothing left', () => {
    const { bank, accountOf, clock } = told
    const prepaid = accountOf('uk_prepaid')
    const entries = bank.transactions(prepaid.id)
    assert.equal(prepaid.isClosed, true)
    assert.ok(entries.length > 100)
    assert.ok(entries.some(({ isLoad }) => isLoad))
    assert.ok((entries.at(-1)?.createdMs ?? 0) < clock.now() - 800 * DAY_MS)
    assert.equal(bank.balances(prepaid.id).balanceMinor, 0)
  })
  it('had one in which Robin was away: months without anything, with the balance as it was', () => {
    const { bank, accountOf, robin } = told
    const { id } = accountOf('uk_retail', robin.id)
    const quiet = bank
      .days(id)
      .filter(({ date }) => date >= '2024-12-01' && date < '2025-11-01')
      .map(({ balanceMinor, transactions }) => `${balanceMinor} ${transactions}`)
    assert.equal(quiet.length, 335)
    assert.equal(new Set(quiet).size, 1)
    assert.match(quiet[0] ?? '', / 0$/)
  })
})

describe('An account', () => {
  it('that is added has had its balance since it was opened, 400 days ago', () => {
    const { bank, sam, clock } = setup()
    const { id } = bank.addAccount({ ownerIds: [sam.id], type: 'uk_retail', balanceMinor: 4200 })
    const [deposit, ...rest] = bank.transactions(id)
    assert.deepEqual([deposit?.amountMinor, rest], [4200, []])
    assert.equal(londonDay(deposit?.createdMs ?? 0), londonDay(clock.now()) - 400)
    const empty = bank.addAccount({ ownerIds: [sam.id], type: 'uk_retail', label: 'empty' })
    assert.deepEqual(bank.transactions(empty.id), [])
  })
  it('that is opened this minute has its balance from then on', () => {
    const { bank, sam, clock } = setup()
    const account = { ownerIds: [sam.id], type: 'uk_retail', balanceMinor: 4200 }
    const { id } = bank.addAccount({ ...account, createdMs: clock.now() })
    assert.equal(sum(bank.transactions(id)), 4200)
    assert.equal(bank.balances(id).balanceMinor, 4200)
  })
  it('can have 100,000 transactions over ten years, made in a second', () => {
    const { bank, sam, clock } = setup()
    const createdMs = clock.now() - 3652 * DAY_MS
    const long = { ownerIds: [sam.id], type: 'uk_retail', balanceMinor: 123_456, createdMs }
    const before = process.cpuUsage()
    const { id } = bank.addAccount({ ...long, transactions: 100_000 })
    const entries = bank.transactions(id)
    const { user } = process.cpuUsage(before)
    assert.equal(entries.length, 100_000)
    assert.ok(user < 1_000_000, `${user / 1000} ms of CPU`)
    assert.equal(sum(entries), 123_456)
    assert.equal(bank.balances(id).balanceMinor, 123_456)
    const perMonth = bank.days(id).filter(({ date }) => date.startsWith('2019-05'))
    const count = perMonth.reduce((total, { transactions }) => total + transactions, 0)
    assert.ok(count > 800 && count < 900, `${count}`)
    const empty = bank.addAccount({ ...long, balanceMinor: 0, transactions: 999, label: 'odd' })
    assert.equal(bank.transactions(empty.id).length, 999)
    assert.equal(sum(bank.transactions(empty.id)), 0)
  })
})

describe('A listed transaction', () => {
  it('can change its amount and category, and the balance and the books follow', () => {
    const { bank, accountOf, clock } = setup()
    const { id } = accountOf('uk_retail')
    const before = bank.balances(id)
    const paid = bank.addTransaction(id, { amountMinor: -100, isSettled: false })
    const change = { amountMinor: -4560, category: 'transport', settledMs: clock.now() }
    bank.changeTransaction(id, paid.id, change)
    assert.equal(bank.balances(id).balanceMinor, before.balanceMinor - 4560)
    assert.equal(bank.balances(id).spendTodayMinor, before.spendTodayMinor - 4560)
    assert.deepEqual(bank.findTransaction(id, paid.id), {
      ...{ ...paid, ...change, categories: { transport: -4560 }, updatedMs: clock.now() },
    })
  })
  it('can vanish, and a pot move with its pot', () => {
    const { bank, accountOf } = setup()
    const { id } = accountOf('uk_retail')
    const before = [bank.balances(id), bank.transactions(id).length]
    const paid = bank.addTransaction(id, { amountMinor: -2500, isSettled: false })
    bank.changeTransaction(id, paid.id, 'vanishes')
    assert.equal(bank.findTransaction(id, paid.id), undefined)
    const [pot] = bank.pots(id)
    assert.ok(pot)
    bank.movePot(pot.id, 700)
    bank.changeTransaction(id, bank.transactions(id).at(-1)?.id ?? '', 'vanishes')
    assert.deepEqual([bank.balances(id), bank.transactions(id).length], before)
    assert.throws(() => bank.changeTransaction(id, paid.id, 'vanishes'), /no transaction tx_0000/)
  })
  it('can be destined to change later, at that moment and no sooner', () => {
    const { bank, accountOf, advance, clock } = setup()
    const { id } = accountOf('uk_prepaid')
    const fates = [
      { afterMs: 1000, change: { amountMinor: -200 } },
      { afterMs: 2000, change: 'vanishes' as const },
    ]
    const paid = bank.addTransaction(id, { amountMinor: -100, isSettled: false, fates })
    const seen: number[] = []
    for (const ms of [999, 1, 999, 1]) {
      advance(ms)
      seen.push(bank.balances(id).balanceMinor)
    }
    assert.deepEqual(seen, [-100, -200, -200, 0])
    assert.equal(paid.createdMs, clock.now() - 2000)
  })
  it('changes or vanishes in the days to come by itself, in the life of Sam', () => {
    const { bank, accountOf, advance, clock } = setup()
    const { id } = accountOf('uk_retail')
    const sinceMs = clock.now()
    const seen = new Map<string, Entry>()
    const changes = new Set<string>()
    for (let day = 0; day < 40; day++) {
      advance(DAY_MS)
      const listed = bank.transactions(id, sinceMs).filter((entry) => entry.createdMs > sinceMs)
      const ids = new Set(listed.map((entry) => entry.id))
      for (const entry of seen.values())
        if (!ids.has(entry.id) && seen.delete(entry.id)) changes.add('vanished')
      for (const entry of listed) {
        const before = seen.get(entry.id)
        if (before && before.amountMinor !== entry.amountMinor) changes.add('another amount')
        if (before && before.category !== entry.category) changes.add('another category')
        seen.set(entry.id, entry)
      }
    }
    assert.deepEqual([...changes].sort(), ['another amount', 'another category', 'vanished'])
    assert.equal(bank.balances(id).balanceMinor, sum(bank.transactions(id)))
  })
  it('of years ago is changed too, whether or not anybody has asked for those years', () => {
    const { bank, accountOf } = setup()
    const { id } = accountOf('uk_retail')
    const old = setup().bank.transactions(id)[40] ?? assert.fail()
    const before = bank.balances(id).balanceMinor
    bank.changeTransaction(id, old.id, { amountMinor: old.amountMinor - 1 })
    assert.equal(bank.balances(id).balanceMinor, before - 1)
    assert.equal(sum(bank.transactions(id)), before - 1)
  })
})
