import { ERRORS, Refusal } from '../errors.ts'
import type { World } from '../world.ts'
import { authorize, need, ownAccount } from './access.ts'
import { ok, type Route, type RoutedRequest } from './route.ts'
import type { Webhook } from './webhooks.ts'

const PARAM = /^params\[(\w+)\]$/

/** Webhooks and feed items. As at Monzo, parameters are checked before the token. */
export const WEBHOOK_AND_FEED_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/webhooks',
    answer(request, world) {
      const accountId = need(request.form, 'account_id')
      const url = need(request.form, 'url')
      const account = ownAccount(world, authorize(world, request), accountId)
      if (!URL.canParse(url)) throw new Refusal(ERRORS.BAD_PARAM, { fill: { param: 'url' } })
      world.bank.catchUp(account.id) // so that only later transactions are announced
      const webhook = world.webhooks.add(account.id, url)
      world.courier.watch()
      return ok({ webhook: webhookBody(webhook) })
    },
  },
  {
    method: 'GET',
    path: '/webhooks',
    answer(request, world) {
      const accountId = need(request.query, 'account_id')
      const account = ownAccount(world, authorize(world, request), accountId)
      return ok({ webhooks: world.webhooks.list(account.id).map(webhookBody) })
    },
  },
  {
    method: 'DELETE',
    path: '/webhooks/:id',
    answer(request, world) {
      const grant = authorize(world, request)
      const webhook = world.webhooks.find(request.params['id'] ?? '')
      if (!webhook) throw new Refusal(ERRORS.NOT_FOUND, { fill: { what: 'webhook' } })
      ownAccount(world, grant, webhook.accountId)
      world.webhooks.remove(webhook.id)
      return ok({})
    },
  },
  { method: 'POST', path: '/feed', answer: addFeedItem },
]

function addFeedItem(request: RoutedRequest, world: World) {
  const accountId = need(request.form, 'account_id')
  const type = need(request.form, 'type')
  for (const param of ['params[title]', 'params[image_url]']) need(request.form, param)
  const grant = authorize(world, request)
  const account = ownAccount(world, grant, accountId)
  if (type !== 'basic') throw new Refusal(ERRORS.BAD_PARAM, { fill: { param: 'type' } })
  const fields: Record<string, string> = { type }
  for (const [name, value] of request.form) {
    const param = PARAM.exec(name)?.[1]
    if (param !== undefined) fields[param] = value
    else if (name === 'url') fields[name] = value
  }
  world.feed.add({ userId: grant.userId, accountId: account.id, fields })
  return ok({})
}

const webhookBody = ({ id, accountId, url }: Webhook): Readonly<Record<string, unknown>> => ({
  id,
  account_id: accountId,
  url,
})
