import { type Account, kindOf } from '../bank/account.ts'
import type { Entry } from '../bank/entry.ts'
import { potAccountIdOf } from '../bank/pot.ts'
import { ERRORS, Refusal } from '../errors.ts'
import type { Grant } from '../oauth/grant-book.ts'
import type { World } from '../world.ts'
import { authorize, forbidden, need, ownAccount } from './access.ts'
import { listTransactions } from './list-transactions.ts'
import { type ApiRequest, ok, type Route } from './route.ts'
import { transactionBody } from './transaction-body.ts'

/** Lists transactions, or returns one. */
export const TRANSACTION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/transactions',
    answer(request, world) {
      const accountId = need(request.query, 'account_id') // before authentication, as Monzo does
      const grant = authorize(world, request)
      const { account, entriesSince } =
        potAccount(world, grant, accountId) ?? listedAccount(world, grant, accountId)
      const nowMs = world.clock.now()
      const page = listTransactions(entriesSince, request.query, {
        nowMs,
        mayReadOld: () => world.grants.takeOldPage(grant),
        noSince: world.knobs().noSince,
      })
      const isExpanded = wantsMerchant(request)
      return ok({
        transactions: page.map((entry) => transactionBody(entry, account, nowMs, isExpanded)),
      })
    },
  },
  {
    method: 'GET',
    path: '/transactions/:id',
    answer(request, world) {
      const grant = authorize(world, request)
      const id = request.params['id'] ?? ''
      for (const account of world.bank.accountsOf(grant.userId)) {
        const entry = world.bank.findTransaction(account.id, id)
        if (!entry || kindOf(account).transactions !== 'listed') continue
        const isExpanded = wantsMerchant(request)
        return ok({ transaction: transactionBody(entry, account, world.clock.now(), isExpanded) })
      }
      throw new Refusal(ERRORS.NOT_FOUND, { fill: { what: 'transaction' } })
    },
  },
]

interface Listed {
  readonly account: Account
  readonly entriesSince: (sinceMs: number) => readonly Entry[]
}

function listedAccount(world: World, grant: Grant, accountId: string): Listed {
  const account = ownAccount(world, grant, accountId)
  if (kindOf(account).transactions === 'refused') throw forbidden(grant)
  return { account, entriesSince: (sinceMs) => world.bank.transactions(accountId, sinceMs) }
}

/** The account behind a pot, if the knob has it listed: the account's pot moves, turned around. */
function potAccount({ bank, knobs }: World, grant: Grant, id: string): Listed | undefined {
  if (knobs().potAccounts === 'refused') return undefined
  for (const account of bank.accountsOf(grant.userId)) {
    const pot = bank.pots(account.id).find((one) => potAccountIdOf(one.id) === id)
    if (!pot) continue
    const turned = ({ amountMinor, category, ...move }: Entry): Entry => ({
      ...{ ...move, category, amountMinor: -amountMinor },
      categories: { [category]: -amountMinor },
      isOriginator: false,
    })
    const entriesSince = (sinceMs: number) =>
      bank
        .transactions(account.id, sinceMs)
        .filter(({ potId }) => potId === pot.id)
        .map(turned)
    return { account: { ...account, id }, entriesSince }
  }
  return undefined
}

const wantsMerchant = ({ query }: ApiRequest): boolean =>
  query.getAll('expand[]').includes('merchant')
