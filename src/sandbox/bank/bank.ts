import type { Clock } from '../../lib/clock.ts'
import { type Account, kindOf, type Person } from './account.ts'
import { balanceFrom, type DayBooks, daysOf } from './books.ts'
import { inventAccount, inventPerson, inventPot, type NewAccount, type NewPerson } from './cast.ts'
import { chanceOf } from './chance.ts'
import { currentAccount, defaultCast } from './default-cast.ts'
import type { Entry, Fate } from './entry.ts'
import { potTransfer } from './entry-maker.ts'
import { type AccountPlan, Ledger } from './ledger.ts'
import { type NewTransaction, transactionOf } from './new-transaction.ts'
import type { NewPot, Pot } from './pot.ts'

/** An account's balances now, in minor units. */
interface Balances {
  readonly balanceMinor: number
  readonly potsMinor: number
  /** 0 or less, since 04:00 in London. */
  readonly spendTodayMinor: number
  /** The part of `balanceMinor` that is not the sum of all entries that were not declined. */
  readonly unexplainedMinor: number
}

/**
 * People, accounts and their money, without HTTP. Every answer is as of the clock's current time.
 */
export interface Bank {
  readonly people: readonly Person[]
  /** Finds a person by user id or e-mail address. */
  findPerson(idOrEmail: string): Person | undefined
  /**
   * Adds a person with a current account, unless the e-mail is known. Its last 40 days are there at
   * once, the three years before when somebody asks for them.
   */
  addPerson(person: NewPerson): Person

  /** The user's accounts, including closed ones. */
  accountsOf(userId: string): readonly Account[]
  findAccount(accountId: string): Account | undefined
  addAccount(account: NewAccount): Account
  /**
   * @throws {RangeError} for an unknown account, as do all methods below that take an account id.
   */
  changeAccount(accountId: string, change: Partial<Pick<Account, 'isClosed' | 'type'>>): void

  balances(accountId: string): Balances
  /** Changes the balance without a transaction, so that a part of it stays unexplained. */
  setBalance(accountId: string, balanceMinor: number): void

  /** The account's pots, including deleted ones. */
  pots(accountId: string): readonly Pot[]
  findPot(potId: string): Pot | undefined
  addPot(accountId: string, pot: NewPot): Pot
  /** @throws {RangeError} for an unknown pot. */
  changePot(potId: string, change: Partial<Omit<Pot, 'id' | 'accountId'>>): Pot
  /** @param amountMinor positive to move money into the pot, negative to move it out. */
  movePot(potId: string, amountMinor: number): Pot

  /**
   * In the order of their ids, oldest first.
   * @param sinceMs spares making years of transactions that are all older than this.
   */
  transactions(accountId: string, sinceMs?: number): readonly Entry[]
  findTransaction(accountId: string, transactionId: string): Entry | undefined
  /** Adds a transaction, which changes the balance unless it is declined. */
  addTransaction(accountId: string, transaction: NewTransaction): Entry
  /** Changes one that is listed already, or lets it vanish. @throws {RangeError} if unknown. */
  changeTransaction(accountId: string, transactionId: string, change: Fate['change']): void

  /**
   * The balance at a moment of the past, before what happened at that very moment, as worked out
   * from the transactions that count now.
   */
  balanceAt(accountId: string, atMs: number): number
  /** Sums of each London day from the account's first to today, oldest first. */
  days(accountId: string): readonly DayBooks[]
}

/** The bank with what only the sandbox itself needs. */
export interface RunningBank extends Bank {
  /** To be called before the clock moves by `ms`: posts what is due by now. */
  beforeAdvance(ms: number): void
  /** Posts what is due by now; does nothing for an unknown account. */
  catchUp(accountId: string): void
  /** To be called after `livelyEveryMs` has changed. */
  restartLively(): void
}

const ADDED_HISTORY_DAYS = 40 // covers a month, and lets thousands of people fit into memory

/**
 * Opens a bank with the default people, as of the clock's current time.
 * @param seed the same seed gives the same people and transactions.
 * @param onPosted called for every new transaction, declined or not.
 */
export function createBank(
  seed: number,
  clock: Clock,
  livelyEveryMs: () => number,
  onPosted: (account: Account, entry: Entry) => void = () => {},
): RunningBank {
  const people = new Map<string, Person>()
  const plans = new Map<string, AccountPlan>()
  const ledgers = new Map<string, Ledger>()
  const accountsByUser = new Map<string, string[]>()
  let made = 0

  const lively = () => ({ startMs: clock.now(), everyMs: livelyEveryMs() })

  function open(plan: AccountPlan): Account {
    plans.set(plan.account.id, plan)
    for (const userId of plan.account.ownerIds) {
      const ids = accountsByUser.get(userId) ?? []
      if (!ids.includes(plan.account.id)) accountsByUser.set(userId, [...ids, plan.account.id])
    }
    return plan.account
  }

  function planOf(accountId: string): AccountPlan {
    const plan = plans.get(accountId)
    if (!plan) throw new RangeError(`there is no account ${accountId}`)
    return plan
  }

  /** Creates an account's history when it is first needed. */
  function ledgerOf(accountId: string): Ledger {
    let ledger = ledgers.get(accountId)
    if (!ledger) {
      const announce = (entry: Entry) => onPosted(planOf(accountId).account, entry)
      ledger = new Ledger(planOf(accountId), lively(), announce)
      ledgers.set(accountId, ledger)
    }
    ledger.catchUp(clock.now())
    return ledger
  }

  function findPot(potId: string): Pot | undefined {
    for (const accountId of plans.keys()) {
      // The plan names the pots, so only the account that has this one needs its history created.
      const known = ledgers.get(accountId)?.pots ?? planOf(accountId).pots
      if (known.some((pot) => pot.id === potId))
        return ledgerOf(accountId).pots.find((pot) => pot.id === potId)
    }
    return undefined
  }

  function potOf(potId: string): Pot {
    const pot = findPot(potId)
    if (!pot) throw new RangeError(`there is no pot ${potId}`)
    return pot
  }

  const cast = defaultCast(seed, clock.now())
  for (const person of cast.people) people.set(person.id, person)
  for (const plan of cast.accounts) open(plan)

  const nextChance = () => chanceOf(seed, 'made', clock.now(), made++)

  return {
    get people() {
      return [...people.values()]
    },
    findPerson: (idOrEmail) =>
      people.get(idOrEmail) ?? [...people.values()].find(({ email }) => email === idOrEmail),
    addPerson(person) {
      const invented = inventPerson(seed, person)
      const known = people.get(invented.id)
      if (known) return known
      people.set(invented.id, invented)
      open(currentAccount(seed, clock.now(), invented, { historyDays: ADDED_HISTORY_DAYS }))
      return invented
    },
    accountsOf: (userId) =>
      (accountsByUser.get(userId) ?? []).map((accountId) => planOf(accountId).account),
    findAccount: (accountId) => plans.get(accountId)?.account,
    addAccount: (account) =>
      open(inventAccount(seed, clock.now(), { label: `${plans.size}`, ...account })),
    changeAccount(accountId, change) {
      const plan = planOf(accountId)
      plans.set(accountId, { ...plan, account: { ...plan.account, ...change } })
    },
    balances(accountId) {
      const ledger = ledgerOf(accountId)
      const { balanceMinor, unexplainedMinor } = ledger
      const potsMinor = ledger.pots.reduce(
        (sum, pot) => sum + (pot.isDeleted ? 0 : pot.balanceMinor),
        0,
      )
      const spendTodayMinor = ledger.spendTodayMinor(clock.now())
      return { balanceMinor, unexplainedMinor, potsMinor, spendTodayMinor }
    },
    setBalance: (accountId, balanceMinor) => ledgerOf(accountId).setBalance(balanceMinor),
    pots: (accountId) => ledgerOf(accountId).pots,
    findPot,
    addPot(accountId, pot) {
      const ledger = ledgerOf(accountId)
      const added = inventPot(seed, clock.now(), accountId, { ...pot, n: ledger.pots.length })
      ledger.putPot(added)
      return added
    },
    changePot(potId, change) {
      const changed = { ...potOf(potId), ...change, updatedMs: clock.now() }
      ledgerOf(changed.accountId).putPot(changed)
      return changed
    },
    movePot(potId, amountMinor) {
      const { accountId } = potOf(potId)
      const [userId = ''] = planOf(accountId).account.ownerIds
      const writer = { chance: nextChance(), userId, accountId }
      const move = { createdMs: clock.now(), amountMinor: -amountMinor }
      ledgerOf(accountId).post(potTransfer(writer, potId, 'user', move))
      return potOf(potId)
    },
    transactions: (accountId, sinceMs) =>
      kindOf(planOf(accountId).account).transactions === 'listed'
        ? ledgerOf(accountId).entries(sinceMs)
        : [],
    findTransaction: (accountId, transactionId) => ledgerOf(accountId).find(transactionId),
    addTransaction(accountId, transaction) {
      const [userId = ''] = planOf(accountId).account.ownerIds
      const writer = { chance: nextChance(), userId, accountId }
      const entry = transactionOf(writer, clock.now(), transaction)
      ledgerOf(accountId).post(entry)
      return entry
    },
    changeTransaction(accountId, transactionId, change) {
      if (!ledgerOf(accountId).change(transactionId, change, clock.now()))
        throw new RangeError(`there is no transaction ${transactionId}`)
    },
    balanceAt(accountId, atMs) {
      const ledger = ledgerOf(accountId)
      return ledger.unexplainedMinor + balanceFrom(ledger.entries(), atMs)
    },
    days(accountId) {
      const ledger = ledgerOf(accountId)
      const { createdMs } = planOf(accountId).account
      return daysOf(ledger.entries(), {
        ...{ createdMs, nowMs: clock.now(), unexplainedMinor: ledger.unexplainedMinor },
      })
    },
    beforeAdvance(ms) {
      for (const ledger of ledgers.values()) {
        ledger.catchUp(clock.now())
        ledger.skipLively(ms)
      }
    },
    catchUp(accountId) {
      if (plans.has(accountId)) ledgerOf(accountId)
    },
    restartLively() {
      for (const [accountId, ledger] of ledgers) {
        ledger.catchUp(clock.now())
        if (planOf(accountId).isLively) ledger.restartLively(lively())
      }
    },
  }
}
