import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AppError, type ErrorCode } from '../../src/lib/errors.ts'
import { AccountsReader } from '../../src/login/accounts-reader.ts'
import type { LoginPast } from '../../src/login/login-past.ts'
import type { Account, Transaction } from '../../src/monzo/schemas.ts'
import { FakeClock } from '../fakes/clock.ts'
import { transaction } from '../fakes/transaction.ts'

const MINUTE_MS = 60_000
const account = (id: string, extra: Partial<Account> = {}): Account => ({
  id,
  type: 'uk_retail',
  closed: false,
  owner_type: 'personal',
  ...extra,
})
const failure = (code: ErrorCode) => new AppError(code, code, { hint: '' })

/** What Monzo answers, changed between polls: an error is thrown, anything else is returned. */
interface Monzo {
  accounts: readonly Account[] | Error
  balances: Record<string, number | Error>
  pots: Record<string, readonly string[] | Error>
  transactions: Record<string, readonly Transaction[] | Error>
}

interface Options {
  accountId?: string
  withPots?: boolean
  withTransactions?: boolean
  keepsDescriptions?: boolean
  stays?: boolean
  past?: LoginPast
}

function setup(options: Options = {}) {
  const clock = new FakeClock()
  const calls: string[] = []
  const events: string[] = []
  /** What takes until these resolve: the balance of an id, or its `transactions of …`. */
  const held: Record<string, Promise<void>> = {}
  const monzo: Monzo = { accounts: [account('acc_1')], balances: {}, pots: {}, transactions: {} }
  const orThrow = <T>(value: T | Error): T => {
    if (value instanceof Error) throw value
    return value
  }
  const settings = {
    account_id: options.accountId,
    pots: options.withPots ?? false,
    transactions: options.withTransactions ?? false,
    legacy_metrics: options.keepsDescriptions ?? false,
  }
  let news = 0
  const reader = new AccountsReader({
    clock,
    settings: () => settings,
    onNews: () => news++,
    past: options.past,
    onAccounts: async (ids) => {
      events.push(ids.join())
      return options.stays ?? true
    },
    onForbidden: async () => void events.push('forbidden'),
    onWithoutBalance: (id, why) => void events.push(`${id}: ${why}`),
    client: {
      async readAccounts() {
        calls.push('accounts')
        return orThrow(monzo.accounts)
      },
      async readBalance(id) {
        calls.push(`balance ${id}`)
        await held[id]
        const balance = orThrow(monzo.balances[id] ?? 100)
        const rest = { total_balance: 150, spend_today: -5 }
        return { balance, currency: 'GBP', balance_including_flexible_savings: undefined, ...rest }
      },
      async readPots(id) {
        calls.push(`pots ${id}`)
        const names = orThrow(monzo.pots[id] ?? [])
        return names.map((name) => ({
          ...{ id: `pot_${name}`, name, balance: 7, currency: 'GBP', goal_amount: undefined },
          deleted: name === 'deleted',
        }))
      },
      async *readTransactions(id) {
        calls.push(`transactions ${id}`)
        await held[`transactions of ${id}`]
        yield { transactions: orThrow(monzo.transactions[id] ?? []), skipped: 0 }
      },
    },
  })
  const poll = async () => {
    calls.length = 0
    const { failure, rest } = await reader.poll(new AbortController().signal)
    const minorFailures = await rest
    return { failure, minorFailures, calls: [...calls], balances: balances() }
  }
  const balances = () =>
    Object.fromEntries(
      reader.accounts.map(({ accountId, balance }) => [accountId, balance.balanceMinor]),
    )
  const spending = () =>
    reader.accounts.map(({ transactions }) => transactions?.spendingAt(clock.now()))
  const reread = async (accountId: string, isThrifty = false) => {
    calls.length = 0
    const before = news
    await reader.reread({ accountId, isThrifty }, new AbortController().signal)
    return { isNew: news > before, calls: [...calls] }
  }
  return { clock, monzo, events, reader, poll, reread, spending, calls, held, news: () => news }
}

describe('A poll', () => {
  it('reads accounts first, then only balances and pots for ten minutes', async () => {
    const { clock, poll } = setup({ withPots: true })
    assert.deepEqual((await poll()).calls, ['accounts', 'balance acc_1', 'pots acc_1'])
    await clock.sleep(10 * MINUTE_MS - 1)
    assert.deepEqual((await poll()).calls, ['balance acc_1', 'pots acc_1'])
    await clock.sleep(1)
    assert.equal((await poll()).calls[0], 'accounts')
  })
  it('skips closed accounts and types without a balance', async () => {
    const { monzo, poll } = setup()
    monzo.accounts = [
      account('acc_1', { closed: true }),
      account('acc_2', { type: 'uk_loan' }),
      account('acc_3', { type: 'uk_monzo_flex_backing_loan' }),
      account('acc_4', { type: 'brand_new' }),
    ]
    assert.deepEqual((await poll()).calls, ['accounts', 'balance acc_4'])
  })
  it('keeps the other accounts when one fails, and has failed', async () => {
    const { monzo, poll, reader } = setup()
    monzo.accounts = [account('acc_1'), account('acc_2')]
    await poll()
    monzo.balances = { acc_1: failure('MONZO_UNAVAILABLE'), acc_2: 200 }
    const result = await poll()
    assert.equal(result.failure, monzo.balances['acc_1'])
    assert.deepEqual(result.balances, { acc_1: 100, acc_2: 200 }) // acc_1: the old one, ageing
    assert.equal(reader.accounts.length, 2)
  })
  it('skips an account that alone answers 403, asks again with the accounts, and succeeds', async () => {
    const { clock, monzo, poll } = setup()
    monzo.accounts = [account('acc_1'), account('acc_2')]
    monzo.balances = { acc_2: failure('MONZO_FORBIDDEN') }
    const first = await poll()
    assert.equal(first.failure, undefined)
    assert.deepEqual(first.balances, { acc_1: 100 })
    assert.deepEqual((await poll()).calls, ['balance acc_1'])
    await clock.sleep(10 * MINUTE_MS)
    assert.deepEqual((await poll()).calls.slice(0, 3), [
      'accounts',
      'balance acc_1',
      'balance acc_2',
    ])
  })
  const balanceless = ['MONZO_FORBIDDEN', 'MONZO_HTTP', 'MONZO_UNREADABLE'] as const
  for (const code of balanceless) {
    it(`leaves out, and names once, an account that alone never had a balance: ${code}`, async () => {
      const { clock, monzo, poll, events } = setup()
      monzo.accounts = [account('acc_1'), account('acc_2')]
      monzo.balances = { acc_2: failure(code) }
      for (let polls = 0; polls < 100; polls++) {
        const { failure: error, balances } = await poll()
        assert.deepEqual([error, balances], [undefined, { acc_1: 100 }])
        await clock.sleep(15_000)
      }
      assert.deepEqual(
        events.filter((event) => event.startsWith('acc_2')),
        [`acc_2: ${code}`],
      )
      monzo.balances = {}
      await clock.sleep(10 * MINUTE_MS)
      assert.deepEqual((await poll()).balances, { acc_1: 100, acc_2: 100 })
    })
    it(`fails when an account that had a balance shows none any more: ${code}`, async () => {
      const { monzo, poll, events } = setup()
      monzo.accounts = [account('acc_1'), account('acc_2')]
      await poll()
      monzo.balances = { acc_2: failure(code) }
      for (let polls = 0; polls < 3; polls++)
        assert.equal((await poll()).failure, monzo.balances['acc_2'])
      assert.ok(!events.some((event) => event.startsWith('acc_2')))
      monzo.accounts = [account('acc_1'), account('acc_2', { closed: true })]
      if (code === 'MONZO_FORBIDDEN') assert.equal((await poll()).failure, undefined)
    })
    it(`fails when no account shows a balance: ${code}`, async () => {
      const { monzo, poll, events } = setup()
      monzo.accounts = [account('acc_1'), account('acc_2')]
      monzo.balances = { acc_1: failure(code), acc_2: failure(code) }
      for (let polls = 0; polls < 3; polls++)
        assert.equal((await poll()).failure, monzo.balances['acc_1'])
      assert.ok(!events.some((event) => event.startsWith('acc_1: ')))
    })
  }
  for (const code of ['MONZO_UNAVAILABLE', 'MONZO_INTERCEPTED', 'MONZO_TOKEN_REFUSED'] as const)
    it(`fails while an account's balance is not answered by Monzo: ${code}`, async () => {
      const { monzo, poll } = setup()
      monzo.accounts = [account('acc_1'), account('acc_2')]
      monzo.balances = { acc_2: failure(code) }
      for (let polls = 0; polls < 3; polls++)
        assert.equal((await poll()).failure, monzo.balances['acc_2'])
    })
  it('asks for the accounts when a balance is forbidden: that tells whether consent is over', async () => {
    const { monzo, poll, events } = setup()
    await poll()
    monzo.accounts = failure('MONZO_FORBIDDEN')
    monzo.balances = { acc_1: failure('MONZO_FORBIDDEN') }
    const result = await poll()
    assert.deepEqual(result.calls, ['balance acc_1', 'accounts'])
    assert.equal(result.failure, monzo.accounts)
    assert.deepEqual(events, ['acc_1', 'forbidden'])
    assert.deepEqual((await poll()).calls, ['accounts'])
  })
  it('drops the readings of an account that is no longer listed', async () => {
    const { clock, monzo, poll } = setup()
    monzo.accounts = [account('acc_1'), account('acc_2')]
    await poll()
    await clock.sleep(10 * MINUTE_MS)
    monzo.accounts = [account('acc_1'), account('acc_2', { closed: true })]
    assert.deepEqual((await poll()).balances, { acc_1: 100 })
  })
  it('reads nothing for a login that was turned away', async () => {
    const { poll } = setup({ stays: false })
    assert.deepEqual((await poll()).calls, ['accounts'])
  })
})

describe('With account_id', () => {
  it('reads that account only', async () => {
    const { monzo, poll, events } = setup({ accountId: 'acc_2' })
    monzo.accounts = [account('acc_1'), account('acc_2')]
    assert.deepEqual((await poll()).calls, ['accounts', 'balance acc_2'])
    assert.deepEqual(events, ['acc_1,acc_2'])
  })
  const missing: [what: string, accounts: Account[], message: RegExp][] = [
    ['the only one not listed', [], /is not one that this login can see; it sees none to export$/],
    [
      'not listed, naming the accounts that are',
      [
        account('acc_2'),
        account('acc_3', { type: 'uk_retail_joint' }),
        account('acc_4', { closed: true }),
      ],
      /^The account of account_id is not one that this login can see; it sees acc_2 \(uk_retail\), acc_3 \(uk_retail_joint\)$/,
    ],
    [
      'closed',
      [account('acc_1', { closed: true }), account('acc_2')],
      /is closed, or has no balance; it sees acc_2 \(uk_retail\)$/,
    ],
  ]
  for (const [what, accounts, message] of missing)
    it(`fails, with a sentence, when it is ${what}`, async () => {
      const { monzo, poll } = setup({ accountId: 'acc_1' })
      monzo.accounts = accounts
      const { failure: error } = await poll()
      assert.ok(error instanceof AppError)
      assert.equal(error.code, 'ACCOUNT_NOT_FOUND')
      assert.match(error.message, message)
    })
  it('fails when Monzo gives no balance for it', async () => {
    const { monzo, poll } = setup({ accountId: 'acc_1' })
    monzo.balances = { acc_1: failure('MONZO_FORBIDDEN') }
    const { failure: error } = await poll()
    assert.ok(error instanceof AppError)
    assert.equal(error.message, 'Monzo gives no balance for the account of account_id')
  })
})

describe('Pots', () => {
  it('that are deleted are left out', async () => {
    const { monzo, poll, reader } = setup({ withPots: true })
    monzo.pots = { acc_1: ['holiday', 'deleted'] }
    await poll()
    assert.deepEqual(
      reader.accounts[0]?.pots?.pots.map(({ potName, balanceMinor }) => [potName, balanceMinor]),
      [['holiday', 7]],
    )
  })
  it('that fail cost only themselves', async () => {
    const { monzo, poll, reader } = setup({ withPots: true })
    monzo.pots = { acc_1: failure('MONZO_UNREADABLE') }
    const result = await poll()
    assert.equal(result.failure, undefined)
    assert.deepEqual(result.minorFailures, [monzo.pots['acc_1']])
    assert.equal(reader.accounts[0]?.pots, undefined)
    assert.equal(reader.accounts[0]?.balance.balanceMinor, 100)
  })
  for (const code of ['MONZO_FORBIDDEN', 'MONZO_HTTP'] as const)
    it(`that one account alone never gave are no failure, and asked for with the accounts only: ${code}`, async () => {
      const { clock, monzo, poll } = setup({ withPots: true })
      monzo.accounts = [account('acc_1'), account('acc_2')]
      monzo.pots = { acc_2: failure(code) }
      assert.deepEqual((await poll()).minorFailures, [])
      const { minorFailures, calls } = await poll()
      assert.deepEqual(minorFailures, [])
      assert.deepEqual(calls, ['balance acc_1', 'balance acc_2', 'pots acc_1'])
      await clock.sleep(10 * MINUTE_MS)
      assert.ok((await poll()).calls.includes('pots acc_2'))
    })
  it('that all accounts refuse are a failure of every poll, though not asked for in each', async () => {
    const { clock, monzo, poll } = setup({ withPots: true })
    monzo.accounts = [account('acc_1'), account('acc_2')]
    const refused = failure('MONZO_FORBIDDEN')
    monzo.pots = { acc_1: refused, acc_2: refused }
    assert.deepEqual((await poll()).minorFailures, [refused, refused])
    const next = await poll()
    assert.deepEqual(next.calls, ['balance acc_1', 'balance acc_2'])
    assert.deepEqual(next.minorFailures, [refused, refused])
    assert.equal(next.failure, undefined)
    monzo.pots = {}
    await clock.sleep(10 * MINUTE_MS)
    assert.deepEqual((await poll()).minorFailures, [])
  })
  it('that an account refuses after it gave them are a failure of every poll', async () => {
    const { clock, monzo, poll } = setup({ withPots: true })
    monzo.accounts = [account('acc_1'), account('acc_2')]
    await poll()
    const refused = failure('MONZO_FORBIDDEN')
    monzo.pots = { acc_2: refused }
    for (let n = 0; n < 3; n++) assert.deepEqual((await poll()).minorFailures, [refused])
    await clock.sleep(10 * MINUTE_MS)
    assert.deepEqual((await poll()).minorFailures, [refused])
  })
  it('are not read unless asked for', async () => {
    assert.deepEqual((await setup({ withPots: false }).poll()).calls, ['accounts', 'balance acc_1'])
  })
})

describe('Transactions', () => {
  const spent = (amountMinor: number) =>
    transaction({ amount: -amountMinor, created: '2026-01-01T00:00:00Z' })
  it('are read beside the pots, for each account', async () => {
    const { monzo, poll, spending } = setup({ withTransactions: true })
    monzo.accounts = [account('acc_1'), account('acc_2')]
    monzo.transactions = { acc_1: [spent(5)], acc_2: [spent(7)] }
    const { calls } = await poll()
    assert.deepEqual(calls.filter((call) => call.startsWith('t')).sort(), [
      'transactions acc_1',
      'transactions acc_2',
    ])
    assert.deepEqual(
      spending().map((one) => one?.spentMonth[0]?.amountMinor),
      [5, 7],
    )
  })
  it('that fail cost only themselves, and are there again when they can be read', async () => {
    const { monzo, poll, reader, spending } = setup({ withTransactions: true })
    monzo.transactions = { acc_1: [spent(5)] }
    await poll()
    monzo.transactions = { acc_1: failure('MONZO_UNAVAILABLE') }
    const result = await poll()
    assert.equal(result.failure, undefined)
    assert.deepEqual(result.minorFailures, [monzo.transactions['acc_1']])
    assert.deepEqual(spending(), [undefined])
    assert.equal(reader.accounts[0]?.balance.balanceMinor, 100)
    monzo.transactions = { acc_1: [spent(5)] }
    assert.deepEqual((await poll()).minorFailures, [])
    assert.equal(spending()[0]?.outcomesMonth.settled, 1)
  })
  it('stay as they were, ageing, when the balance can not be read', async () => {
    const { clock, monzo, poll, reader } = setup({ withTransactions: true })
    await poll()
    const before = reader.accounts[0]?.transactions
    await clock.sleep(15_000)
    monzo.balances = { acc_1: failure('MONZO_UNAVAILABLE') }
    assert.deepEqual((await poll()).calls, ['balance acc_1'])
    assert.equal(reader.accounts[0]?.transactions, before)
  })
  it('that all accounts refuse are a failure of every poll, asked for with the accounts', async () => {
    const { clock, monzo, poll } = setup({ withTransactions: true })
    const refused = failure('MONZO_FORBIDDEN')
    monzo.transactions = { acc_1: refused }
    assert.deepEqual((await poll()).minorFailures, [refused])
    const next = await poll()
    assert.deepEqual(next.calls, ['balance acc_1'])
    assert.deepEqual(next.minorFailures, [refused])
    await clock.sleep(10 * MINUTE_MS)
    assert.deepEqual((await poll()).calls, ['accounts', 'balance acc_1', 'transactions acc_1'])
  })
  it('of an account that was away for a while are read anew', async () => {
    const { clock, monzo, poll, spending } = setup({ withTransactions: true })
    monzo.accounts = [account('acc_1'), account('acc_2')]
    monzo.transactions = { acc_2: [spent(7)] }
    await poll()
    monzo.accounts = [account('acc_1')]
    await clock.sleep(10 * MINUTE_MS)
    await poll()
    monzo.accounts = [account('acc_1'), account('acc_2')]
    monzo.transactions = { acc_2: [] }
    await clock.sleep(10 * MINUTE_MS)
    await poll()
    assert.equal(spending()[1]?.outcomesMonth.settled, 0)
    assert.equal(spending()[1]?.newestAtMs, undefined)
  })
  it('keep their descriptions only when they are asked for', async () => {
    for (const keepsDescriptions of [true, false]) {
      const { monzo, poll, spending } = setup({ withTransactions: true, keepsDescriptions })
      monzo.transactions = { acc_1: [spent(5)] }
      await poll()
      assert.equal(JSON.stringify(spending()).includes('SAMPLE CAFE'), keepsDescriptions)
    }
  })
})

describe('A long month', () => {
  it('does not hold up the balance, nor the next polls, and is not begun twice', async () => {
    const { reader, calls, held, news, spending } = setup({
      withPots: true,
      withTransactions: true,
    })
    let release = () => {}
    held['transactions of acc_1'] = new Promise<void>((resolve) => {
      release = resolve
    })
    const { signal } = new AbortController()
    const first = await reader.poll(signal)
    assert.equal(first.failure, undefined)
    assert.equal(reader.accounts[0]?.balance.balanceMinor, 100)
    assert.ok(news() > 0)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(calls, ['accounts', 'balance acc_1', 'pots acc_1', 'transactions acc_1'])
    calls.length = 0
    const second = await reader.poll(signal)
    assert.deepEqual(await second.rest, [])
    assert.deepEqual(calls, ['balance acc_1'])
    assert.deepEqual(spending(), [undefined])
    release()
    await first.rest
    assert.notDeepEqual(spending(), [undefined])
  })
  it('makes news only of what changes', async () => {
    const { clock, poll, news, monzo } = setup({ withPots: true, withTransactions: true })
    await poll()
    const before = news()
    await clock.sleep(15_000)
    await poll()
    assert.equal(news(), before)
    monzo.balances = { acc_1: 99 }
    await poll()
    assert.equal(news(), before + 1)
  })
})

describe('An account that is read between two polls', () => {
  const both = { withPots: true, withTransactions: true }
  const spent = (amountMinor: number) =>
    transaction({ amount: -amountMinor, created: '2026-01-01T00:00:00Z' })
  const hold = () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    return { held, release }
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  it('costs three calls, and no other account any', async () => {
    const { clock, monzo, poll, reread, reader, spending } = setup(both)
    monzo.accounts = [account('acc_1'), account('acc_2')]
    await poll()
    await clock.sleep(5000)
    monzo.balances = { acc_1: 1, acc_2: 2 }
    monzo.pots = { acc_2: ['new'] }
    monzo.transactions = { acc_2: [spent(7)] }
    const { isNew, calls } = await reread('acc_2')
    assert.equal(isNew, true)
    assert.deepEqual(calls.sort(), ['balance acc_2', 'pots acc_2', 'transactions acc_2'])
    const [first, second] = reader.accounts
    assert.deepEqual([first?.balance.balanceMinor, second?.balance.balanceMinor], [100, 2])
    assert.equal(second?.balance.readAt.elapsedMs, clock.elapsed())
    assert.equal(second?.pots?.pots.length, 1)
    assert.equal(spending()[1]?.spentMonth[0]?.amountMinor, 7)
  })
  it('costs two calls where they are few, and keeps its pots, which are no younger for it', async () => {
    const { clock, monzo, poll, reread, reader } = setup(both)
    monzo.pots = { acc_1: ['holiday'] }
    await poll()
    const before = reader.accounts[0]?.pots
    await clock.sleep(5000)
    monzo.balances = { acc_1: 1 }
    const { calls } = await reread('acc_1', true)
    assert.deepEqual(calls, ['balance acc_1', 'transactions acc_1'])
    const [account] = reader.accounts
    assert.equal(account?.balance.balanceMinor, 1)
    assert.equal(account?.balance.readAt.elapsedMs, clock.elapsed())
    assert.equal(account?.pots, before)
  })
  it('stays as it was when it can not be read', async () => {
    const { monzo, poll, reread, reader } = setup(both)
    monzo.transactions = { acc_1: [spent(7)] }
    monzo.pots = { acc_1: ['holiday'] }
    await poll()
    const before = reader.accounts
    monzo.balances = { acc_1: failure('MONZO_UNAVAILABLE') }
    assert.equal((await reread('acc_1')).isNew, false)
    assert.deepEqual(reader.accounts, before)
    monzo.balances = { acc_1: 1 }
    monzo.pots = { acc_1: failure('MONZO_FORBIDDEN') }
    monzo.transactions = { acc_1: failure('MONZO_UNAVAILABLE') }
    assert.equal((await reread('acc_1')).isNew, true)
    const [account] = reader.accounts
    assert.equal(account?.balance.balanceMinor, 1)
    assert.equal(account?.pots, before[0]?.pots)
    assert.equal(account?.transactions, before[0]?.transactions)
    monzo.pots = {}
    monzo.transactions = {}
    assert.deepEqual((await poll()).calls.slice(1).sort(), ['pots acc_1', 'transactions acc_1'])
  })
  it('is not read before a poll has, nor when it is not exported', async () => {
    const { poll, reread } = setup({ accountId: 'acc_1' })
    assert.deepEqual(await reread('acc_1'), { isNew: false, calls: [] })
    await poll()
    assert.deepEqual(await reread('acc_2'), { isNew: false, calls: [] })
  })
  it('keeps what is newer when the poll that read it before ends later', async () => {
    const { monzo, poll, reread, reader, held } = setup(both)
    monzo.accounts = [account('acc_1'), account('acc_2')]
    await poll()
    const { held: slow, release } = hold()
    held['acc_2'] = slow
    const polling = poll()
    await turn()
    monzo.balances = { acc_1: 1 }
    await reread('acc_1')
    release()
    await polling
    assert.equal(reader.accounts[0]?.balance.balanceMinor, 1)
    monzo.balances = { acc_1: 3 }
    await poll()
    assert.equal(reader.accounts[0]?.balance.balanceMinor, 3)
  })
  it('waits while a poll reads it, and is then read once for all hints', async () => {
    const { monzo, poll, reread, reader, held, calls } = setup()
    await poll()
    const { held: slow, release } = hold()
    held['acc_1'] = slow
    const polling = poll()
    await turn()
    const hints = [reread('acc_1'), reread('acc_1'), reread('acc_1')]
    await turn()
    assert.deepEqual(calls, [])
    monzo.balances = { acc_1: 1 }
    release()
    await polling
    assert.deepEqual(
      (await Promise.all(hints)).map(({ isNew }) => isNew),
      [true, false, false],
    )
    assert.deepEqual(calls, ['balance acc_1'])
    assert.equal(reader.accounts[0]?.balance.balanceMinor, 1)
  })
})

describe('The history', () => {
  function setupPast(isReadingIn = false) {
    const told: string[] = []
    const past = {
      isReadingIn,
      summary: { transactions: 0 },
      pastsAt: () => [],
      approved: () => undefined,
      accountsRead: (accounts: readonly Account[]) =>
        void told.push(`accounts ${accounts.map(({ id }) => id).join()}`),
      read: async () => undefined,
      find: (id: string) => ({
        balanceRead: (minor: number, currency: string) =>
          void told.push(`balance of ${id}: ${minor} ${currency}`),
        reading: () => {
          told.push(`reading ${id}`)
          return ({ postings }: { readonly postings: readonly unknown[] }) =>
            void told.push(`read ${postings.length} of ${id}`)
        },
      }),
    }
    return { told, past, ...setup({ withPots: true, withTransactions: true, past }) }
  }
  it('is told the accounts that are exported, their balances and transactions', async () => {
    const { poll, monzo, told } = setupPast()
    monzo.accounts = [account('acc_1'), account('acc_2', { closed: true })]
    await poll()
    assert.deepEqual(told, [
      'accounts acc_1',
      'balance of acc_1: 100 GBP',
      'reading acc_1',
      'read 0 of acc_1',
    ])
  })
  it('is read in first: pots and the month wait, balances do not', async () => {
    const { poll, reread, past } = setupPast(true)
    assert.deepEqual((await poll()).calls, ['accounts', 'balance acc_1'])
    assert.deepEqual((await reread('acc_1')).calls, ['balance acc_1'])
    past.isReadingIn = false
    const calls = ['balance acc_1', 'pots acc_1', 'transactions acc_1']
    assert.deepEqual((await poll()).calls.slice(0, 3), calls)
  })
})
