import { ERRORS, Refusal } from '../errors.ts'
import type { IssuedTokens } from '../oauth/grant-book.ts'
import { scopeOf } from '../oauth/grant-state.ts'
import { tokenIdOf } from '../oauth/token-text.ts'
import type { World } from '../world.ts'
import { authenticate, bearerOf, forbidden, need } from './access.ts'
import { ok, type Reply, type Route, type RoutedRequest } from './route.ts'

/** Login, tokens, and the two pings. */
export const OAUTH_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/oauth2/token', answer: giveTokens },
  {
    method: 'POST',
    path: '/oauth2/authorize', // sent by Monzo's authorization page; there is no GET
    answer({ form }, { bank, desk }) {
      const request = {
        clientId: need(form, 'client_id'),
        redirectUri: need(form, 'redirect_uri'),
        state: form.get('state') ?? undefined,
      }
      if (form.get('response_type') !== 'code')
        throw new Refusal(ERRORS.BAD_PARAM, { fill: { param: 'response_type' } })
      const email = need(form, 'email')
      const person = bank.findPerson(email)
      if (person) desk.sendLetter(request, person)
      else desk.check(request)
      return ok({})
    },
  },
  {
    method: 'POST',
    path: '/oauth2/logout',
    answer(request, world) {
      authenticate(world, request)
      world.grants.logOut(bearerOf(request.authorization) ?? '')
      return ok({})
    },
  },
  { method: 'GET', path: '/', answer: () => ok({ host: 'sandbox', name: 'Monzo API' }) },
  { method: 'GET', path: '/ping', answer: () => ok({ ping: 'pong' }) },
  {
    method: 'GET',
    path: '/ping/whoami',
    answer(request, world) {
      const grant = authenticate(world, request)
      const isRefused = world.knobs().whoamiBeforeApproval === 403
      if (isRefused && !world.grants.isApproved(grant)) throw forbidden(grant)
      return ok({ authenticated: true, client_id: grant.clientId, user_id: grant.userId })
    },
  },
]

function giveTokens(request: RoutedRequest, world: World): Reply {
  const { form, authorization } = request
  // Monzo's gateway checks this header before the token endpoint reads the form.
  if (authorization !== undefined) {
    if (/^basic\b/i.test(authorization)) throw new Refusal(ERRORS.E18)
    authenticate(world, request)
  }
  const grantType = need(form, 'grant_type')
  const { clientId } = world.clients.authenticate(form.get('client_id'), form.get('client_secret'))
  switch (grantType) {
    case 'authorization_code': {
      const redirectUri = need(form, 'redirect_uri')
      const userId = world.desk.redeem(need(form, 'code'), clientId, redirectUri)
      return ok(tokenBody(world.grants.open(clientId, userId), world))
    }
    case 'refresh_token':
      return refresh(world, clientId, form.get('refresh_token') ?? '')
    default:
      throw new Refusal(ERRORS.BAD_PARAM, { fill: { param: 'grant_type' } })
  }
}

function refresh(world: World, clientId: string, refreshToken: string): Reply {
  try {
    return ok(tokenBody(world.grants.rotate(clientId, refreshToken), world))
  } catch (error) {
    if (!(error instanceof Refusal) || world.knobs().refreshError === 'E13') throw error
    return openBankingRefusal(error, refreshToken)
  }
}

/** E13b: how the same platform refuses clients of open banking. */
function openBankingRefusal({ error }: Refusal, refreshToken: string): Reply {
  const isEvicted = error.code === ERRORS.E14.code
  const body = {
    error: 'invalid_request',
    error_description: isEvicted ? 'Refresh token has been evicted' : 'Refresh token is invalid',
    error_params: {
      original_error_code: `bad_request.refresh_token.${isEvicted ? 'evicted' : 'invalid'}`,
      refresh_token_id: tokenIdOf(refreshToken),
    },
  }
  return { status: 400, headers: {}, body }
}

function tokenBody(issued: IssuedTokens, world: World): Readonly<Record<string, unknown>> {
  const { grant, accessToken, refreshToken, expiresIn } = issued
  const isDocs = world.knobs().tokenResponse === 'docs'
  return {
    access_token: accessToken,
    client_id: grant.clientId,
    expires_in: expiresIn,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(isDocs ? {} : { scope: scopeOf(grant.state, world.clock.now()) }),
    token_type: 'Bearer',
    user_id: grant.userId,
  }
}
