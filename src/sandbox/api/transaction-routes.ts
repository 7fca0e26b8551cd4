import { kindOf } from '../bank/account.ts'
import { ERRORS, Refusal } from '../errors.ts'
import { isInWindow } from '../oauth/grant-state.ts'
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
      const account = ownAccount(world, grant, accountId)
      if (kindOf(account).transactions === 'refused') throw forbidden(grant)
      const nowMs = world.clock.now()
      const page = listTransactions(world.bank.transactions(account.id), request.query, {
        nowMs,
        isInWindow: isInWindow(grant.state, nowMs),
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
      const id = request.params['id']
      for (const account of world.bank.accountsOf(grant.userId)) {
        const entry = world.bank.transactions(account.id).find((other) => other.id === id)
        if (!entry) continue
        const isExpanded = wantsMerchant(request)
        return ok({ transaction: transactionBody(entry, account, world.clock.now(), isExpanded) })
      }
      throw new Refusal(ERRORS.NOT_FOUND, { fill: { what: 'transaction' } })
    },
  },
]

const wantsMerchant = ({ query }: ApiRequest): boolean =>
  query.getAll('expand[]').includes('merchant')
