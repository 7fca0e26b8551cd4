import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Fault } from '../../src/sandbox/faults/fault.ts'
import { createFaultQueue } from '../../src/sandbox/faults/fault-queue.ts'
import { withNewFields, withoutExtras, withWrongTypes } from '../../src/sandbox/faults/mangle.ts'
import { setupWorld } from './world-setup.ts'

describe('The queue of faults', () => {
  const matches: [fault: Omit<Fault, 'kind'>, request: string, isHit: boolean][] = [
    [{}, 'GET /accounts', true],
    [{ endpoint: 'GET /accounts' }, 'GET /accounts', true],
    [{ endpoint: '/accounts' }, 'GET /accounts', true],
    [{ endpoint: '/accounts' }, 'GET /balance', false],
    [{ endpoint: 'POST /webhooks' }, 'GET /webhooks', false],
    [{ endpoint: '/webhooks', method: 'post' }, 'POST /webhooks', true],
    [{ endpoint: '/webhooks', method: 'POST' }, 'GET /webhooks', false],
    [{ method: 'GET' }, 'GET /balance', true],
    [{ endpoint: '/transactions/:id' }, 'GET /transactions/:id', true],
  ]
  for (const [fault, request, isHit] of matches) {
    it(`${isHit ? 'hits' : 'spares'} ${request} with ${JSON.stringify(fault)}`, () => {
      const queue = createFaultQueue()
      queue.add({ kind: 'reset', ...fault })
      assert.equal(queue.take(request.split(' ')[0] ?? '', request) !== undefined, isHit)
    })
  }
  it('is used up once, so many times, or never', () => {
    for (const [count, uses] of [
      [undefined, 1],
      [3, 3],
      ['forever', 10],
    ] as const) {
      const queue = createFaultQueue()
      queue.add({ kind: 'reset', ...(count === undefined ? {} : { count }) })
      const taken = Array.from({ length: 10 }, () => queue.take('GET', 'GET /accounts'))
      assert.equal(taken.filter((fault) => fault !== undefined).length, uses)
    }
  })
  it('lets as many matching requests pass as a fault says, and counts no others', () => {
    const queue = createFaultQueue()
    queue.add({ kind: 'reset', endpoint: '/transactions', after: 2, count: 2 })
    queue.add({ kind: 'slow', endpoint: '/transactions', after: 1 })
    const kinds = ['/transactions', '/pots', '/transactions', '/transactions', '/transactions'].map(
      (path) => queue.take('GET', `GET ${path}`)?.kind,
    )
    assert.deepEqual(kinds, [undefined, undefined, 'slow', 'reset', 'reset'])
    assert.deepEqual(queue.list(), [])
  })
  it('gives the oldest that matches first, and forgets all when cleared', () => {
    const queue = createFaultQueue()
    queue.add({ kind: 'reset', endpoint: '/pots' })
    queue.add({ kind: 'html' })
    queue.add({ kind: 'slow' })
    assert.equal(queue.take('GET', 'GET /accounts')?.kind, 'html')
    assert.equal(queue.list().length, 2)
    queue.clear()
    assert.deepEqual(queue.list(), [])
  })
})

describe('A fault', () => {
  function setup(fault: Fault) {
    const s = setupWorld()
    const token = s.connect()
    const path = `GET /balance?account_id=${s.current}`
    const plain = s.send(path, token)
    s.world.faults.add(fault)
    return { ...s, token, path, plain, handled: () => s.send(path, token) }
  }
  const statuses: [fault: Omit<Fault, 'kind'>, status: number, code: string][] = [
    [{}, 500, 'internal_service.unknown'],
    [{ status: 429 }, 429, 'rate_limited.too_many_requests'],
    [{ status: 504 }, 504, 'timeout.unknown'],
    [{ status: 401 }, 401, 'unauthorized.bad_access_token'],
    [{ status: 403 }, 403, 'forbidden.insufficient_permissions'],
    [{ status: 403, code: 'forbidden.strange' }, 403, 'forbidden.strange'],
  ]
  for (const [fault, status, code] of statuses) {
    it(`of kind status with ${JSON.stringify(fault)} answers ${status} ${code}`, () => {
      const { handled } = setup({ kind: 'status', ...fault })
      const reply = handled()
      assert.deepEqual([reply.status, reply.code], [status, code])
    })
  }
  it('has Retry-After in seconds, as a date, or not at all', () => {
    for (const retryAfter of [30, 'Sun, 22 Nov 2026 10:10:00 GMT', undefined]) {
      const { handled } = setup({
        ...{ kind: 'status', status: 429 },
        ...(retryAfter === undefined ? {} : { retryAfter }),
      })
      const header = handled().delivery.headers['retry-after']
      assert.equal(header, retryAfter === undefined ? undefined : `${retryAfter}`)
    }
  })
  it('goes away once it is used up', () => {
    const { handled, plain } = setup({ kind: 'status' })
    handled()
    assert.deepEqual(handled().body, plain.body)
  })
  it('of kind ok_with_error has status 200 and an error', () => {
    const { status, code } = setup({ kind: 'ok_with_error' }).handled()
    assert.deepEqual([status, code], [200, 'internal_service.unknown'])
  })
  it('of kind wrong_types has the right keys with other types', () => {
    const { handled, plain } = setup({ kind: 'wrong_types' })
    const { status, body } = handled()
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body), Object.keys(plain.body))
    assert.equal(body.balance, `${plain.body.balance}`)
    assert.equal(body.currency, 3)
  })
  it('of kind new_fields adds some, and changes nothing', () => {
    const { handled, plain } = setup({ kind: 'new_fields' })
    const { sandbox_new_field, sandbox_new_flag, ...rest } = handled().body
    assert.deepEqual(Object.keys(rest), Object.keys(plain.body))
    assert.equal(rest.balance, plain.body.balance)
  })
  it('of kind missing_fields leaves what Monzo promises', () => {
    const { handled } = setup({ kind: 'missing_fields' })
    assert.deepEqual(Object.keys(handled().body), [
      ...['balance', 'total_balance', 'currency', 'spend_today'],
    ])
  })
  it('of kind oversized is valid JSON, but 9 MiB of it', () => {
    const { handled, plain } = setup({ kind: 'oversized' })
    const { body, delivery } = handled()
    assert.deepEqual(body, plain.body)
    assert.equal(delivery.body.length, 9 * 2 ** 20)
  })
  it('is told of in the journal, with status 0 when the connection was cut', () => {
    const { handled, world, sam } = setup({ kind: 'drop_after' })
    assert.equal(handled().delivery.cut, 'before_reply')
    const { endpoint, status, fault, userId } = world.journal.requests.at(-1) ?? {}
    assert.deepEqual([endpoint, status, fault, userId], ['GET /balance', 0, 'drop_after', sam])
  })
})

describe('A refresh', () => {
  const afterFault = (fault: Fault) => {
    const { logIn, refresh, world } = setupWorld()
    const { refresh_token } = logIn()
    world.faults.add({ endpoint: 'POST /oauth2/token', ...fault })
    refresh(refresh_token)
    return refresh(refresh_token).status
  }
  for (const kind of ['drop_after', 'slow', 'truncated'] as const) {
    it(`is done behind a fault of kind ${kind}: the old token is spent`, () =>
      assert.equal(afterFault({ kind, delayMs: 1 }), 401))
  }
  for (const kind of ['reset', 'status', 'html', 'ok_with_error'] as const) {
    it(`is not done behind a fault of kind ${kind}: the old token is still good`, () => {
      const { logIn, refresh, world } = setupWorld()
      const { refresh_token } = logIn()
      world.faults.add({ kind, count: 1 })
      if (kind !== 'html') refresh(refresh_token)
      else assert.throws(() => refresh(refresh_token), SyntaxError)
      assert.equal(refresh(refresh_token).status, 200)
    })
  }
})

it('changes types, adds and removes fields at every depth', () => {
  const body = { pots: [{ id: 'a', balance: 1, deleted: false, style: 'x' }], ok: true, no: null }
  assert.deepEqual(withWrongTypes(body), {
    pots: [{ id: 1, balance: '1', deleted: null, style: 1 }],
    ...{ ok: 'yes', no: null },
  })
  assert.deepEqual(withoutExtras(body), { pots: [{ id: 'a', balance: 1, deleted: false }] })
  const added = JSON.stringify(withNewFields(body))
  assert.equal(added.match(/sandbox_new_flag/g)?.length, 2)
})
