import express, { type Express, type Request, type Response } from 'express'
import { type Delivery, deliver } from '../faults/delivery.ts'
import type { World } from '../world.ts'
import { bearerOf } from './access.ts'
import { answer, refusalReply, targetOf } from './answer.ts'
import { parseForm } from './form.ts'
import type { ApiRequest } from './route.ts'

/** The simulated api.monzo.com. */
export function createApiApp(world: World): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(express.raw({ type: () => true, limit: '1mb' }))
  app.use(async (request: Request, response: Response) => {
    const delivery = handle(world, await apiRequestOf(request))
    await send(world, delivery, response)
  })
  return app
}

/** Answers a request, without transport, and records it in the journal. */
export function handle(world: World, request: ApiRequest): Delivery {
  const target = targetOf(request)
  const fault = world.faults.take(request.method, target.endpoint)
  const userId = world.grants.userOf(bearerOf(request.authorization) ?? '')
  const delivery = deliver(fault, {
    answer: () => answer(world, request, target),
    refuse: (refusal, headers) => refusalReply(world, refusal, headers),
  })
  const grantType = request.form.get('grant_type')
  world.journal.note({
    atMs: world.clock.now(),
    method: request.method,
    endpoint: target.endpoint,
    path: request.path,
    query: Object.fromEntries(request.query),
    status: delivery.status,
    ...(grantType === null ? {} : { grantType }),
    ...(userId === undefined ? {} : { userId }),
    ...(fault ? { fault: fault.kind } : {}),
  })
  return delivery
}

async function apiRequestOf(request: Request): Promise<ApiRequest> {
  const body: unknown = request.body
  const bytes = body instanceof Uint8Array ? body : new Uint8Array()
  const [path = '/', query = ''] = request.originalUrl.split(/\?(.*)/s)
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query),
    form: await parseForm(request.headers['content-type'], bytes),
    authorization: request.headers.authorization,
  }
}

async function send(world: World, delivery: Delivery, response: Response): Promise<void> {
  if (delivery.delayMs > 0 && !(await isStillThere(world, delivery.delayMs, response))) return
  const { socket } = response
  if (delivery.cut === 'reset') return void socket?.resetAndDestroy()
  if (delivery.cut === 'before_reply') return void socket?.destroy()
  const bytes = Buffer.from(delivery.body)
  response.writeHead(delivery.status, { ...delivery.headers, 'content-length': bytes.byteLength })
  if (delivery.cut === undefined) return void response.end(bytes)
  response.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)), () => socket?.destroy())
}

/** Waits. @returns whether the client is still connected. */
async function isStillThere(world: World, ms: number, response: Response): Promise<boolean> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    await world.clock.sleep(ms, gone.signal)
    return true
  } catch {
    return false
  }
}
