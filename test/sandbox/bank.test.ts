import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { spendingDayStartMs } from '../../src/lib/london.ts'
import { createBank } from '../../src/sandbox/bank/bank.ts'
import { type Entry, effectMinor } from '../../src/sandbox/bank/entry.ts'
import { createShiftedClock } from '../../src/sandbox/clock.ts'
import { FakeClock } from '../fakes/clock.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function setup(options: { seed?: number; livelyEveryMs?: number } = {}) {
  const { seed = 1, livelyEveryMs = 0 } = options
  const base = new FakeClock('2026-11-22T10:00:00Z')
  const clock = createShiftedClock(base)
  let everyMs = livelyEveryMs
  const bank = createBank(seed, clock, () => everyMs)
  const [sam, robin] = bank.people
  assert.ok(sam && robin)
  const accountOf = (type: string, userId = sam.id) =>
    bank.accountsOf(userId).find((account) => account.type === type)?.id ?? ''
  const advance = (ms: number) => {
    bank.beforeAdvance(ms)
    clock.advance(ms)
  }
  const setLively = (ms: number) => {
    everyMs = ms
    bank.restartLively()
  }
  const current = accountOf('uk_retail')
  /** The current account's last half year, without the years before. */
  const recent = () => bank.transactions(current, clock.now() - 180 * DAY_MS)
  return { bank, base, clock, sam, robin, accountOf, advance, setLively, current, recent }
}
const sum = (entries: readonly Entry[]) =>
  entries.reduce((total, entry) => total + effectMinor(entry), 0)

describe('The cast', () => {
  it('is Sam with six accounts, one of them joint with Robin, who has one more', () => {
    const { bank, sam, robin } = setup()
    const types = (userId: string) => bank.accountsOf(userId).map(({ type }) => type)
    assert.deepEqual(types(sam.id), [
      ...['uk_monzo_flex', 'uk_retail', 'uk_prepaid', 'uk_rewards', 'uk_loan', 'uk_retail_joint'],
    ])
    assert.deepEqual(types(robin.id), ['uk_retail_joint', 'uk_retail'])
    assert.deepEqual([sam.name, robin.name], ['Sam Sample', 'Robin Sample'])
  })
  it('has pots that are deleted, of the same name, locked, right-to-left, with a goal and without', () => {
    const { bank, current } = setup()
    const pots = bank.pots(current)
    const names = pots.map(({ name }) => name)
    assert.ok(pots.some(({ isDeleted, balanceMinor }) => isDeleted && balanceMinor === 0))
    assert.equal(names.filter((name) => name === 'Rainy day').length, 2)
    assert.ok(pots.some(({ lockedUntilMs }) => lockedUntilMs !== undefined))
    assert.ok(names.some((name) => /\p{Script=Hebrew}/u.test(name)))
    assert.ok(names.some((name) => /\p{Extended_Pictographic}/u.test(name)))
    assert.ok(pots.some(({ goalMinor }) => goalMinor !== undefined))
    assert.ok(pots.some(({ goalMinor }) => goalMinor === undefined))
    assert.equal(new Set(pots.map(({ id }) => id)).size, pots.length)
  })
})

describe('History', () => {
  it('is the same for the same seed and time, whoever asks when', () => {
    const one = setup()
    const other = setup()
    other.bank.transactions(other.accountOf('uk_retail_joint'))
    other.advance(HOUR_MS)
    one.advance(HOUR_MS)
    assert.deepEqual(other.bank.transactions(other.current), one.bank.transactions(one.current))
    assert.deepEqual(other.bank.balances(other.current), one.bank.balances(one.current))
  })
  it('is another for another seed, with other ids', () => {
    const one = setup()
    const other = setup({ seed: 2 })
    assert.notEqual(one.current, other.current)
    assert.notDeepEqual(
      one.bank.transactions(one.current).map(({ amountMinor }) => amountMinor),
      other.bank.transactions(other.current).map(({ amountMinor }) => amountMinor),
    )
  })
  it('goes half a year back, has several entries a day and none from the future', () => {
    const { bank, current, clock } = setup()
    const times = bank.transactions(current).map(({ createdMs }) => createdMs)
    assert.ok(Math.min(...times) < clock.now() - 180 * DAY_MS)
    assert.ok(Math.max(...times) <= clock.now())
    const lastWeek = times.filter((atMs) => atMs > clock.now() - 7 * DAY_MS)
    assert.ok(lastWeek.length > 14, `${lastWeek.length}`)
  })
  it('is in the order of unique ids, which is nearly that of time, but not quite', () => {
    const { bank, current } = setup()
    const entries = bank.transactions(current)
    const ids = entries.map(({ id }) => id)
    assert.deepEqual(ids, [...new Set(ids)].sort())
    const steps = entries
      .slice(1)
      .map(({ createdMs }, n) => createdMs - (entries[n]?.createdMs ?? 0))
    assert.ok(steps.some((ms) => ms < 0))
    assert.ok(steps.every((ms) => ms > -1000))
  })

  const variants: [title: string, isIt: (entry: Entry, nowMs: number) => boolean][] = [
    ['a settled card payment', (e, now) => e.scheme === 'mastercard' && (e.settledMs ?? now) < now],
    ['a pending card payment', (e, now) => (e.settledMs ?? 0) > now && e.isInSpending],
    ['a card check', (e) => e.amountMinor === 0 && e.settledMs === undefined && !e.isInSpending],
    ['a declined payment', (e) => e.declineReason !== undefined && e.amountMinor < 0],
    ['a refund', (e) => e.scheme === 'mastercard' && e.amountMinor > 0 && e.isInSpending],
    ['a payment abroad', (e) => e.local !== undefined && e.local.currency !== 'GBP'],
    ['a round-up', (e) => e.metadata['trigger'] === 'coin_jar' && e.amountMinor < 0],
    ['a deposit into a pot', (e) => e.metadata['trigger'] === 'user' && e.amountMinor < 0],
    ['a withdrawal from a pot', (e) => 'pot_withdrawal_id' in e.metadata && e.amountMinor > 0],
    ['bills paid from a pot', (e) => e.metadata['trigger'] === 'committed_spending'],
    ['a salary', (e) => e.category === 'income' && e.amountMinor > 100_000],
    ['a Direct Debit', (e) => e.scheme === 'bacs' && e.amountMinor < 0],
    ['a transfer in', (e) => e.scheme === 'payport_faster_payments' && e.amountMinor > 0],
    ['a transfer out', (e) => e.scheme === 'payport_faster_payments' && e.amountMinor < 0],
    ['money from a friend', (e) => e.scheme === 'p2p_payment' && e.amountMinor > 0],
    ['money to a friend', (e) => e.scheme === 'p2p_payment' && e.amountMinor < 0],
    ['a Flex repayment', (e) => e.scheme === 'monzo_flex'],
    ['a split category', (e) => Object.keys(e.categories ?? {}).length > 1],
    ['no categories', (e) => e.categories === null],
    ['a custom category', (e) => e.category.startsWith('category_0000')],
    ['cash', (e) => e.category === 'cash'],
  ]
  for (const seed of [1, 2, 3]) {
    const { recent, clock } = setup({ seed })
    const now = clock.now()
    const lately = recent().filter((e) => e.createdMs > now - 31 * DAY_MS)
    for (const [title, isIt] of variants) {
      it(`has ${title} within the last 31 days, with seed ${seed}`, () =>
        assert.ok(lately.some((entry) => isIt(entry, now))))
    }
  }
  it('splits categories into parts that add up', () => {
    const { bank, current } = setup()
    for (const { amountMinor, categories } of bank.transactions(current)) {
      const parts = Object.values(categories ?? { all: amountMinor })
      assert.equal(
        parts.reduce((total, part) => total + part, 0),
        amountMinor,
      )
    }
  })
  it('counts neither incoming money nor pot moves as spending', () => {
    const { bank, current } = setup()
    for (const entry of bank.transactions(current).filter(({ isInSpending }) => isInSpending)) {
      assert.notEqual(entry.scheme, 'uk_retail_pot')
      assert.ok(entry.amountMinor < 0 || entry.scheme === 'mastercard')
    }
  })
})

describe('Balances', () => {
  for (const days of [0, 1, 45, 400]) {
    it(`are what all that was not declined made of the opening balance, after ${days} days`, () => {
      const { bank, advance, sam, robin } = setup({ livelyEveryMs: 30_000 })
      const accounts = [...bank.accountsOf(sam.id), ...bank.accountsOf(robin.id)]
      for (const { id } of accounts) bank.balances(id)
      advance(days * DAY_MS)
      for (const { id } of accounts) {
        const { balanceMinor, unexplainedMinor } = bank.balances(id)
        assert.equal(balanceMinor, unexplainedMinor + sum(bank.transactions(id)))
      }
    })
  }
  it('stay within reason for a year', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { bank, advance, current } = setup({ seed })
      bank.balances(current)
      for (let month = 0; month < 12; month++) {
        advance(30 * DAY_MS)
        assert.ok(Math.abs(bank.balances(current).balanceMinor) < 900_000)
      }
    }
  })
  it('move money between the account and its pots without losing any', () => {
    const { bank, advance, current, recent } = setup()
    const before = bank.balances(current)
    const known = new Set(recent().map(({ id }) => id))
    advance(40 * DAY_MS)
    const after = bank.balances(current)
    const moves = recent().filter(({ id, potId }) => potId !== undefined && !known.has(id))
    assert.ok(moves.length > 50)
    assert.equal(after.potsMinor - before.potsMinor, -sum(moves))
  })
  it('count what was spent since 04:00 in London, and nothing received', () => {
    const { bank, advance, current, clock, recent } = setup()
    for (let hour = 0; hour < 72; hour++) {
      advance(HOUR_MS)
      const startMs = spendingDayStartMs(clock.now())
      const spent = recent()
        .filter((e) => e.createdMs >= startMs && e.isInSpending && !e.declineReason)
        .reduce((total, { amountMinor }) => total + Math.min(0, amountMinor), 0)
      assert.equal(bank.balances(current).spendTodayMinor, spent)
      assert.ok(spent <= 0)
    }
  })
  it('can be set, even below zero, and go on from there', () => {
    const { bank, current } = setup()
    bank.setBalance(current, -12_345)
    bank.addTransaction(current, { amountMinor: -100 })
    assert.equal(bank.balances(current).balanceMinor, -12_445)
  })
})

describe('A made-up transaction', () => {
  it('is a settled card payment, now, and moves the balance', () => {
    const { bank, current, clock, recent } = setup()
    const before = bank.balances(current)
    const entry = bank.addTransaction(current, { amountMinor: -1234, category: 'groceries' })
    assert.equal(entry.createdMs, clock.now())
    assert.equal(entry.settledMs, clock.now())
    assert.deepEqual(entry.categories, { groceries: -1234 })
    const after = bank.balances(current)
    assert.equal(after.balanceMinor, before.balanceMinor - 1234)
    assert.equal(after.spendTodayMinor, before.spendTodayMinor - 1234)
    assert.equal(recent().at(-1), entry)
  })
  it('leaves the balance alone when it is declined', () => {
    const { bank, current } = setup()
    const before = bank.balances(current)
    const entry = bank.addTransaction(current, { amountMinor: -500, declineReason: 'OTHER' })
    assert.deepEqual(bank.balances(current), before)
    assert.equal(entry.settledMs, undefined)
    assert.equal(entry.isInSpending, false)
  })
  it('can be pending, and settles a day later', () => {
    const { bank, current, clock } = setup()
    const entry = bank.addTransaction(current, { amountMinor: -500, isSettled: false })
    assert.equal(entry.settledMs, clock.now() + DAY_MS)
  })
  it('takes its place in the past when it was created there', () => {
    const { bank, current, clock, recent } = setup()
    const createdMs = clock.now() - 10 * DAY_MS
    const entry = bank.addTransaction(current, { amountMinor: 700, createdMs, scheme: 'bacs' })
    const entries = recent()
    const at = entries.indexOf(entry)
    assert.ok(at > 0 && at < entries.length - 1)
    assert.ok((entries[at - 1]?.createdMs ?? 0) <= createdMs + 1000)
    assert.equal(entry.merchant, undefined)
    assert.equal(entry.isInSpending, false)
  })
})

describe('Small payments', () => {
  it('come every 20 to 40 s, with a balance that comes back to where it was', () => {
    const { bank, base, current, recent } = setup({ livelyEveryMs: 30_000 })
    const start = bank.balances(current).balanceMinor
    const known = new Set(recent().map(({ id }) => id))
    void base.sleep(8 * 30_000 + 10_000)
    const fresh = recent().filter(({ id }) => !known.has(id))
    assert.equal(fresh.length, 8)
    for (const [n, { createdMs }] of fresh.slice(1).entries()) {
      const gapMs = createdMs - (fresh[n]?.createdMs ?? 0)
      assert.ok(gapMs >= 20_000 && gapMs <= 40_000, `${gapMs}`)
    }
    assert.equal(bank.balances(current).balanceMinor, start)
  })
  it('have begun just before, so that there is spending in several categories at any hour', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { bank, base, current, recent } = setup({ seed, livelyEveryMs: 30_000 })
      assert.equal(bank.balances(current).balanceMinor, 184_217)
      const fresh = recent().filter(({ createdMs }) => createdMs > base.now() - 30_000)
      assert.equal(fresh.length, 7)
      assert.ok(
        fresh.every(({ isInSpending, createdMs }) => isInSpending && createdMs < base.now()),
      )
      assert.ok(new Set(fresh.map(({ category }) => category)).size >= 2)
    }
  })
  it('slow down after two hours, so that months stay readable', () => {
    const { base, recent } = setup({ livelyEveryMs: 30_000 })
    const before = recent().length
    void base.sleep(30 * DAY_MS)
    const count = recent().length - before
    assert.ok(count > 1000 && count < 5000, `${count}`)
  })
  it('do not happen in time that is skipped', () => {
    const lively = setup({ livelyEveryMs: 30_000 })
    const quiet = setup()
    const [some, none] = [lively, quiet].map(({ advance, recent }) => {
      const before = recent().length
      advance(20 * DAY_MS)
      return recent().length - before
    })
    assert.equal(some, none)
  })
  it('can be turned off and on', () => {
    const { base, setLively, recent } = setup()
    const before = recent().length
    void base.sleep(60_000)
    assert.equal(recent().length, before)
    setLively(1000)
    void base.sleep(10_000)
    const more = recent().length
    assert.ok(more >= before + 8)
    setLively(0)
    void base.sleep(60_000)
    assert.equal(recent().length, more)
  })
})

describe('People', () => {
  it('who are added have a current account with a month and more of history', () => {
    const { bank, clock } = setup()
    const person = bank.addPerson({ email: 'alex@example.com', name: 'Alex Sample' })
    const [account] = bank.accountsOf(person.id)
    assert.ok(account)
    const entries = bank.transactions(account.id)
    assert.ok((entries[0]?.createdMs ?? Number.POSITIVE_INFINITY) < clock.now() - 31 * DAY_MS)
    assert.equal(bank.findPerson('alex@example.com'), person)
    assert.deepEqual(bank.addPerson({ email: 'alex@example.com', name: 'Alex' }), person)
  })
  it('can be a thousand, and cost nothing until somebody asks', () => {
    const { bank } = setup()
    for (let n = 0; n < 1000; n++)
      bank.addPerson({ email: `person-${n}@example.com`, name: `Person ${n}` })
    const ids = bank.people.map(({ id }) => id)
    assert.equal(new Set(ids).size, 1002)
    const accountIds = ids.flatMap((id) => bank.accountsOf(id).map((account) => account.id))
    assert.equal(new Set(accountIds).size, 7 + 1000)
  })
})

describe('Accounts and pots', () => {
  it('are added next to those of the same type', () => {
    const { bank, sam } = setup()
    const one = bank.addAccount({ ownerIds: [sam.id], type: 'uk_moon_base', balanceMinor: 5 })
    const other = bank.addAccount({ ownerIds: [sam.id], type: 'uk_moon_base' })
    assert.notEqual(one.id, other.id)
    assert.equal(bank.balances(one.id).balanceMinor, 5)
    assert.equal(bank.accountsOf(sam.id).length, 8)
  })
  it('can be closed', () => {
    const { bank, current } = setup()
    bank.changeAccount(current, { isClosed: true })
    assert.equal(bank.findAccount(current)?.isClosed, true)
  })
  it('change, and move money', () => {
    const { bank, current } = setup()
    const pot = bank.addPot(current, { name: 'New', balanceMinor: 1000 })
    const before = bank.balances(current)
    assert.equal(bank.movePot(pot.id, 250).balanceMinor, 1250)
    assert.equal(bank.balances(current).balanceMinor, before.balanceMinor - 250)
    assert.equal(bank.changePot(pot.id, { name: 'Old', isDeleted: true }).name, 'Old')
    assert.equal(bank.findPot(pot.id)?.isDeleted, true)
    assert.equal(bank.balances(current).potsMinor, before.potsMinor - 1000)
  })
  it('that do not exist are an error that names them', () => {
    const { bank } = setup()
    assert.throws(() => bank.balances('acc_nope'), /acc_nope/)
    assert.throws(() => bank.changePot('pot_nope', {}), /pot_nope/)
    assert.equal(bank.findAccount('acc_nope'), undefined)
    assert.equal(bank.findPot('pot_nope'), undefined)
  })
})
