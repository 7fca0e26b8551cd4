import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LoginReader } from '../../src/collect/login-reader.ts'
import { AppError, type ErrorCode } from '../../src/lib/errors.ts'
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
}

function setup(options: Options = {}) {
  const clock = new FakeClock()
  const calls: string[] = []
  const events: string[] = []
  const monzo: Monzo = { accounts: [account('acc_1')], balances: {}, pots: {}, transactions: {} }
  const orThrow = <T>(value: T | Error): T => {
    if (value instanceof Error) throw value
    return value
  }
  const reader = new LoginReader({
    clock,
    accountId: options.accountId,
    withPots: () => options.withPots ?? false,
    withTransactions: () => options.withTransactions ?? false,
    keepsDescriptions: options.keepsDescriptions ?? false,
    onAccounts: async (ids) => {
      events.push(ids.join())
      return options.stays ?? true
    },
    onForbidden: async () => void events.push('forbidden'),
    reader: {
      async readAccounts() {
        calls.push('accounts')
        return orThrow(monzo.accounts)
      },
      async readBalance(id) {
        calls.push(`balance ${id}`)
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
      async readTransactions(id) {
        calls.push(`transactions ${id}`)
        return { transactions: orThrow(monzo.transactions[id] ?? []), skipped: 0 }
      },
      readUserId: async () => 'user_1',
    },
  })
  const poll = async () => {
    calls.length = 0
    const result = await reader.poll(new AbortController().signal)
    return { ...result, calls: [...calls], balances: balances() }
  }
  const balances = () =>
    Object.fromEntries(
      reader.readings.map(({ accountId, balanceMinor }) => [accountId, balanceMinor]),
    )
  const spending = () =>
    reader.readings.map(({ transactions }) => transactions?.spendingAt(clock.now()))
  return { clock, monzo, events, reader, poll, spending }
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
    assert.equal(reader.readings.length, 2)
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
    ['not listed', [], /^The account of account_id is not one that this login can see$/],
    ['closed', [account('acc_1', { closed: true })], /is closed, or has no balance$/],
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
      reader.readings[0]?.pots?.map(({ potName, balanceMinor }) => [potName, balanceMinor]),
      [['holiday', 7]],
    )
  })
  it('that fail cost only themselves', async () => {
    const { monzo, poll, reader } = setup({ withPots: true })
    monzo.pots = { acc_1: failure('MONZO_UNREADABLE') }
    const result = await poll()
    assert.equal(result.failure, undefined)
    assert.deepEqual(result.minorFailures, [monzo.pots['acc_1']])
    assert.equal(reader.readings[0]?.pots, undefined)
    assert.equal(reader.readings[0]?.balanceMinor, 100)
  })
  it('that are forbidden are no failure, and not asked for again until the accounts are', async () => {
    const { monzo, poll } = setup({ withPots: true })
    monzo.pots = { acc_1: failure('MONZO_FORBIDDEN') }
    assert.deepEqual((await poll()).minorFailures, [])
    assert.deepEqual((await poll()).calls, ['balance acc_1'])
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
    assert.equal(reader.readings[0]?.balanceMinor, 100)
    monzo.transactions = { acc_1: [spent(5)] }
    assert.deepEqual((await poll()).minorFailures, [])
    assert.equal(spending()[0]?.outcomesMonth.settled, 1)
  })
  it('stay as they were, ageing, when the balance can not be read', async () => {
    const { clock, monzo, poll, reader } = setup({ withTransactions: true })
    await poll()
    const before = reader.readings[0]?.transactions
    await clock.sleep(15_000)
    monzo.balances = { acc_1: failure('MONZO_UNAVAILABLE') }
    assert.deepEqual((await poll()).calls, ['balance acc_1'])
    assert.equal(reader.readings[0]?.transactions, before)
  })
  it('that are forbidden are no failure, and not asked for again until the accounts are', async () => {
    const { clock, monzo, poll } = setup({ withTransactions: true })
    monzo.transactions = { acc_1: failure('MONZO_FORBIDDEN') }
    assert.deepEqual((await poll()).minorFailures, [])
    assert.deepEqual((await poll()).calls, ['balance acc_1'])
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
