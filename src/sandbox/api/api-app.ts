import { gzipSync } from 'node:zlib'
import express, { type Express, type Request, type Response } from 'express'
import { DAY_MS } from '../../lib/clock.ts'
import { monzoTime } from '../bank/monzo-time.ts'
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
  const accountId = request.query.get('account_id') ?? request.query.get('current_account_id')
  const fault = world.faults.take(request.method, target.endpoint, accountId)
  const userId = world.grants.userOf(bearerOf(request.authorization) ?? '')
  const delivery = deliver(fault, {
    query: request.query,
    now: monzoTime(world.clock.now()),
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
  const silence = () => isStillThere(world, SILENT_MS, response)
  if (delivery.cut === 'reset') return void socket?.resetAndDestroy()
  if (delivery.cut === 'before_reply') return void socket?.destroy()
  if (delivery.cut === 'switched') return void socket?.write(SWITCHED)
  if (delivery.cut === 'silent_in_head') socket?.write(HALF_HEAD)
  if (delivery.cut === 'silent_in_head' || delivery.cut === 'silent') return void (await silence())
  const plain = Buffer.from(delivery.body)
  const bytes = delivery.isGzip ? gzipSync(plain) : plain
  const length = bytes.byteLength + (delivery.missingBytes ?? 0)
  response.writeHead(delivery.status, {
    ...delivery.headers,
    ...(delivery.isGzip && { 'content-encoding': 'gzip' }),
    'content-length': length,
  })
  if (delivery.cut === undefined && length === bytes.byteLength) return void response.end(bytes)
  const isHalf = delivery.cut !== undefined
  response.write(isHalf ? bytes.subarray(0, Math.floor(bytes.byteLength / 2)) : bytes, () => {
    if (delivery.cut === 'in_body') socket?.destroy()
  })
  if (delivery.cut !== 'in_body') await silence()
}

const SILENT_MS = DAY_MS // until the client has had enough
const HALF_HEAD = 'HTTP/1.1 200 OK\r\ncontent-ty'
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: sandbox\r\n\r\n'

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
