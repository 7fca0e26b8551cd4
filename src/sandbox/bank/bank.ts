import type { Clock } from '../../lib/clock.ts'
import { type Account, kindOf, type Person } from './account.ts'
import { inventAccount, inventPerson, inventPot, type NewAccount, type NewPerson } from './cast.ts'
import { chanceOf } from './chance.ts'
import { currentAccount, defaultCast } from './default-cast.ts'
import type { Entry } from './entry.ts'
import { potTransfer } from './entry-maker.ts'
import { type AccountPlan, Ledger } from './ledger.ts'
import { type NewTransaction, transactionOf } from './new-transaction.ts'
import type { NewPot, Pot } from './pot.ts'

/** What an account is worth now. Minor units. */
interface Balances {
  readonly balanceMinor: number
  readonly potsMinor: number
  /** 0 or less; its day begins at 04:00 in London. */
  readonly spendTodayMinor: number
  /** What was there before the first entry; `balanceMinor` is that and all that was not declined. */
  readonly openingMinor: number
}

/** Everybody's money, without HTTP. Every answer is as of the clock's now. */
export interface Bank {
  readonly people: readonly Person[]
  /** @param idOrEmail of a user. */
  findPerson(idOrEmail: string): Person | undefined
  /** Comes with a current account and some weeks of history; the same e-mail, the same person. */
  addPerson(person: NewPerson): Person

  /** Those that the user owns, closed ones too. */
  accountsOf(userId: string): readonly Account[]
  findAccount(accountId: string): Account | undefined
  addAccount(account: NewAccount): Account
  /** @throws {RangeError} when there is no such account; as do all below that take one. */
  changeAccount(accountId: string, change: Partial<Pick<Account, 'isClosed' | 'type'>>): void

  balances(accountId: string): Balances
  /** As if it had always been so: no transaction tells of it. Minor units, may be negative. */
  setBalance(accountId: string, balanceMinor: number): void

  /** Deleted ones too. */
  pots(accountId: string): readonly Pot[]
  findPot(potId: string): Pot | undefined
  addPot(accountId: string, pot: NewPot): Pot
  /** @throws {RangeError} when there is no such pot. */
  changePot(potId: string, change: Partial<Omit<Pot, 'id' | 'accountId'>>): Pot
  /** @param amountMinor into the pot; negative: out of it. */
  movePot(potId: string, amountMinor: number): Pot

  /** Oldest first, in the order of ids. */
  transactions(accountId: string): readonly Entry[]
  /** Adds one now, and moves the balance unless it is declined. */
  addTransaction(accountId: string, transaction: NewTransaction): Entry
}

/** The bank, and what only its sandbox does with it. */
export interface RunningBank extends Bank {
  /** Before the clock is moved: what is due by now happens first. */
  beforeAdvance(ms: number): void
  /** What is due by now happens; nothing does in an account that there is not. */
  catchUp(accountId: string): void
  /** After `livelyEveryMs` was changed. */
  restartLively(): void
}

const ADDED_HISTORY_DAYS = 40 // covers a month; thousands of people must fit into memory

/**
 * @param seed decides on everything that happens. It begins at the clock's now.
 * @param onPosted told of every new transaction, declined ones included.
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

  /** A history is told when it is first asked for. */
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
      // Pots are known without a history: only the few accounts that have some are looked into.
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
      const { balanceMinor, openingMinor } = ledger
      const potsMinor = ledger.pots.reduce(
        (sum, pot) => sum + (pot.isDeleted ? 0 : pot.balanceMinor),
        0,
      )
      const spendTodayMinor = ledger.spendTodayMinor(clock.now())
      return { balanceMinor, openingMinor, potsMinor, spendTodayMinor }
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
    transactions: (accountId) =>
      kindOf(planOf(accountId).account).transactions === 'listed'
        ? ledgerOf(accountId).entries
        : [],
    addTransaction(accountId, transaction) {
      const [userId = ''] = planOf(accountId).account.ownerIds
      const writer = { chance: nextChance(), userId, accountId }
      const entry = transactionOf(writer, clock.now(), transaction)
      ledgerOf(accountId).post(entry)
      return entry
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
