import type { Account } from '../bank/account.ts'
import { ERRORS, Refusal } from '../errors.ts'
import type { Grant } from '../oauth/grant-book.ts'
import type { World } from '../world.ts'
import type { ApiRequest } from './route.ts'

/** @returns the token in `Bearer <token>`; `undefined` for anything else. */
export const bearerOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization?.trim() ?? '')?.[1]

/**
 * Finds the grant that the request's token belongs to, approved or not.
 * @throws {Refusal} E1-E5.
 */
export function authenticate(world: World, request: ApiRequest): Grant {
  if (!request.authorization) throw new Refusal(ERRORS.E5)
  const token = bearerOf(request.authorization)
  if (token === undefined) throw new Refusal(ERRORS.E3)
  return world.grants.find(token)
}

/** Authenticates, and requires the person's approval. @throws {Refusal} E1-E5, E7. */
export function authorize(world: World, request: ApiRequest): Grant {
  const grant = authenticate(world, request)
  if (!world.grants.isApproved(grant)) throw forbidden(grant)
  return grant
}

/** The refusal for E7, E8 and E9, which look the same. */
export const forbidden = ({ clientId, userId }: Grant): Refusal =>
  new Refusal(ERRORS.E7, { params: { client_id: clientId, user_id: userId } })

/** @throws {Refusal} E6 if the parameter is missing or empty. */
export function need(fields: URLSearchParams, param: string): string {
  const value = fields.get(param)
  if (!value) throw new Refusal(ERRORS.E6, { fill: { param } })
  return value
}

/** @throws {Refusal} E8 unless it is one of the person's accounts. */
export function ownAccount(world: World, grant: Grant, accountId: string): Account {
  const account = world.bank.findAccount(accountId)
  if (!account?.ownerIds.includes(grant.userId)) throw forbidden(grant)
  return account
}
