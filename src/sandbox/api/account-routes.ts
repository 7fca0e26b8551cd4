import { type Account, kindOf } from '../bank/account.ts'
import { monzoTime } from '../bank/monzo-time.ts'
import type { Pot } from '../bank/pot.ts'
import { ERRORS, Refusal } from '../errors.ts'
import type { World } from '../world.ts'
import { authorize, forbidden, need, ownAccount } from './access.ts'
import { ok, type Route } from './route.ts'

const OLD_KEYS = 9 // keys of an account before about 2025

/** Accounts, balances and pots, and the two calls that move money into and out of a pot. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/accounts',
    answer(request, world) {
      const grant = authorize(world, request)
      const type = request.query.get('account_type')
      const accounts = world.bank
        .accountsOf(grant.userId)
        .filter((account) => type === null || account.type === type)
      return ok({ accounts: accounts.map((account) => accountBody(account, world)) })
    },
  },
  {
    method: 'GET',
    path: '/balance',
    answer(request, world) {
      const grant = authorize(world, request)
      const account = ownAccount(world, grant, need(request.query, 'account_id'))
      const isRefused = account.isClosed && world.knobs().closedBalance === '403'
      if (isRefused || !kindOf(account).hasBalance) throw forbidden(grant)
      return ok(balanceBody(account, world))
    },
  },
  {
    method: 'GET',
    path: '/pots',
    answer(request, world) {
      const grant = authorize(world, request)
      const account = ownAccount(world, grant, need(request.query, 'current_account_id'))
      return ok({ pots: world.bank.pots(account.id).map((pot) => potBody(pot, account)) })
    },
  },
  { method: 'PUT', path: '/pots/:id/deposit', answer: (...args) => movePot(1, ...args) },
  { method: 'PUT', path: '/pots/:id/withdraw', answer: (...args) => movePot(-1, ...args) },
]

/** Moves money. The exporter must never call this. */
function movePot(sign: 1 | -1, ...[request, world]: Parameters<Route['answer']>) {
  const grant = authorize(world, request)
  const otherSide = sign > 0 ? 'source_account_id' : 'destination_account_id'
  const account = ownAccount(world, grant, need(request.form, otherSide))
  const amountMinor = Number(need(request.form, 'amount'))
  need(request.form, 'dedupe_id')
  const pot = world.bank.findPot(request.params['id'] ?? '')
  if (!pot) throw new Refusal(ERRORS.NOT_FOUND, { fill: { what: 'pot' } })
  const isLocked = (pot.lockedUntilMs ?? 0) > world.clock.now()
  if (pot.accountId !== account.id || (sign < 0 && isLocked)) throw forbidden(grant)
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 0)
    throw new Refusal(ERRORS.BAD_PARAM, { fill: { param: 'amount' } })
  return ok(potBody(world.bank.movePot(pot.id, sign * amountMinor), account))
}

function accountBody(account: Account, world: World): Readonly<Record<string, unknown>> {
  const { bankDetails, type } = account
  const details = bankDetails && {
    account_number: bankDetails.accountNumber,
    sort_code: bankDetails.sortCode,
  }
  const kind = kindOf(account)
  const body = {
    id: account.id,
    closed: account.isClosed,
    created: monzoTime(account.createdMs),
    description: account.description,
    type,
    currency: account.currency,
    country_code: 'GB',
    owners: account.ownerIds.map((userId) => ownerBody(userId, world)),
    ...(details ? { ...details, payment_details: { locale_uk: details } } : {}),
    owner_type: kind.ownerType,
    is_flex: type.startsWith('uk_monzo_flex'),
    product_type: kind.productType,
    ...(details ? { closed_account_app_access: false } : {}),
    legal_entity: 'monzo_uk',
    country_code_alpha3: 'GBR',
  }
  if (world.knobs().accountsShape === '2025') return body
  const { owner_type, is_flex, product_type, ...old } = body
  return Object.fromEntries(Object.entries(old).slice(0, details ? OLD_KEYS : OLD_KEYS - 1))
}

function ownerBody(userId: string, { bank }: World): Readonly<Record<string, unknown>> {
  const person = bank.findPerson(userId)
  return {
    user_id: userId,
    preferred_name: person?.name ?? '',
    preferred_first_name: person?.firstName ?? '',
  }
}

function balanceBody(account: Account, { bank }: World): Readonly<Record<string, unknown>> {
  const { balanceMinor, potsMinor, spendTodayMinor } = bank.balances(account.id)
  const total = balanceMinor + potsMinor
  const spend = { spend_today: spendTodayMinor, currency: account.currency }
  return {
    balance: balanceMinor,
    total_balance: total,
    balance_including_flexible_savings: total,
    currency: account.currency,
    spend_today: spendTodayMinor,
    local_currency: '',
    local_exchange_rate: 0,
    local_spend: spendTodayMinor === 0 ? [] : [spend],
  }
}

function potBody(pot: Pot, account: Account): Readonly<Record<string, unknown>> {
  return {
    id: pot.id,
    name: pot.name,
    style: pot.style,
    balance: pot.isDeleted ? 0 : pot.balanceMinor,
    currency: account.currency,
    ...(pot.goalMinor === undefined ? {} : { goal_amount: pot.goalMinor }),
    type: pot.type,
    product_id: pot.productId,
    current_account_id: pot.accountId,
    cover_image_url: '',
    isa_wrapper: '',
    round_up: pot.isRoundUp,
    round_up_multiplier: pot.isRoundUp ? 1 : null,
    is_tax_pot: false,
    created: monzoTime(pot.createdMs),
    updated: monzoTime(pot.updatedMs),
    deleted: pot.isDeleted,
    locked: pot.lockedUntilMs !== undefined,
    ...(pot.lockedUntilMs === undefined
      ? {}
      : { lock_type: 'until_date', locked_until: monzoTime(pot.lockedUntilMs) }),
    charity_id: '',
    available_for_bills: !pot.isDeleted,
    has_virtual_cards: false,
  }
}
