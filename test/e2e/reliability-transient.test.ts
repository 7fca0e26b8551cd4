import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Fault } from '../../src/sandbox/sandbox.ts'
import { type ExporterOptions, setUp } from './harness.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TOKEN = 'POST /oauth2/token'

type Through = NonNullable<ExporterOptions['through']>

/** Notes when each call left, by the clock. */
function watching(options: ExporterOptions = {}) {
  const sentAtMs: number[] = []
  let tokenCallsAtMs: number[] = []
  const through: Through = (fetch, clock) => {
    const next = options.through?.(fetch, clock) ?? fetch
    return (input, init) => {
      sentAtMs.push(clock.elapsed())
      if (String(input).endsWith('/oauth2/token')) tokenCallsAtMs.push(clock.elapsed())
      return next(input, init)
    }
  }
  return {
    through,
    newTokenCalls: () => tokenCallsAtMs.splice(0),
    /** The most calls that left in any minute. */
    most: () =>
      sentAtMs.reduce((most, fromMs, first) => {
        const later = sentAtMs.slice(first, first + 200)
        return Math.max(most, later.filter((atMs) => atMs < fromMs + MINUTE_MS).length)
      }, 0),
    forget: () => {
      sentAtMs.length = 0
      tokenCallsAtMs = []
    },
  }
}

async function connected(t: TestContext, options: ExporterOptions = {}) {
  const watch = watching(options)
  const exporter = await setUp(t, { ...options, through: watch.through })
  await exporter.connect()
  watch.forget()
  return { ...exporter, watch }
}

/** After any trouble: still logged in, nobody was asked, and a balance again. */
async function isUnharmed(exporter: Awaited<ReturnType<typeof connected>>): Promise<void> {
  const most = exporter.watch.most()
  assert.ok(most <= 60, `${most} calls in a minute`)
  await exporter.matches(/^monzo_login_state\{.*state="connected"\} 1$/m)
  assert.equal(exporter.links.length, 1)
  exporter.sandbox.clearFaults()
  await exporter.clock.advance(3 * MINUTE_MS)
  await exporter.shows('monzo_up', 1)
  await exporter.matches(/^monzo_balance\{/m)
}

describe('Trouble on the whole API ends no login, keeps the budget, and passes:', () => {
  const troubles: readonly (readonly [what: string, fault: Omit<Fault, 'count'>])[] = [
    ['429', { kind: 'status', status: 429 }],
    ['429 with Retry-After in seconds', { kind: 'status', status: 429, retryAfter: 20 }],
    ['500', { kind: 'status', status: 500 }],
    ['503', { kind: 'status', status: 503 }],
    ['504', { kind: 'status', status: 504 }],
    ['HTML with 502', { kind: 'html' }],
    ['HTML with 200', { kind: 'html', status: 200 }],
    ['HTML with 401', { kind: 'html', status: 401 }],
    ['connections that are reset', { kind: 'reset' }],
    ['200 with the body of an error', { kind: 'ok_with_error' }],
    ['402, of which nobody has heard', { kind: 'status', status: 402, code: 'odd.status' }],
  ]
  for (const [what, fault] of troubles)
    it(what, async (t) => {
      const exporter = await connected(t, { settings: { stale_after: '2m' } })
      exporter.sandbox.addFault({ ...fault, count: 'forever' })
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(20 * MINUTE_MS)
      await exporter.shows('monzo_up', 0)
      await exporter.hides(/^monzo_balance\{/m)
      await isUnharmed(exporter)
    })
  for (const kind of ['truncated', 'oversized', 'not_json', 'wrong_types', 'drop_after'] as const)
    it(`${kind} replies, to everything but a refresh`, async (t) => {
      const exporter = await connected(t)
      for (const endpoint of ['GET /accounts', 'GET /balance', 'GET /pots', 'GET /ping/whoami'])
        exporter.sandbox.addFault({ kind, endpoint, count: 'forever' })
      await exporter.clock.advance(3 * MINUTE_MS)
      await isUnharmed(exporter)
    })
  const noNetwork: readonly (readonly [what: string, code: string])[] = [
    ['a name that is not found', 'ENOTFOUND'],
    ['a resolver that is down', 'EAI_AGAIN'],
    ['connections that are refused', 'ECONNREFUSED'],
    ['no way to the host', 'EHOSTUNREACH'],
    ['a certificate that has expired', 'CERT_HAS_EXPIRED'],
    ['TLS that is none', 'EPROTO'],
  ]
  for (const [what, code] of noNetwork)
    it(what, async (t) => {
      let isDown = false
      const exporter = await connected(t, {
        through: (fetch) => async (input, init) => {
          if (isDown)
            throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code }) })
          return fetch(input, init)
        },
      })
      isDown = true
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(20 * MINUTE_MS)
      await exporter.shows('monzo_up', 0)
      isDown = false
      await isUnharmed(exporter)
    })
  it('a real port that nobody listens on, and real TLS that is none, over restarts', async (t) => {
    const exporter = await connected(t)
    const { host } = new URL(exporter.sandbox.apiUrl)
    for (const monzo_api_url of ['http://127.0.0.1:9', `https://${host}`]) {
      await exporter.stop()
      const other = await exporter.start({ monzo_api_url })
      await exporter.clock.advance(10 * MINUTE_MS)
      await exporter.shows('monzo_up', 0)
      await other.stop()
    }
    await exporter.start()
    await exporter.clock.advance(1000)
    await isUnharmed(exporter)
  })
})

describe('A token endpoint that asks for a pause', () => {
  for (const [what, retryAfter] of [
    ['in seconds', 600],
    ['as a date', 'Sun, 22 Nov 2026 10:10:15 GMT'],
  ] as const)
    it(`is left alone as long as it says ${what}, and so is everything else of that login`, async (t) => {
      const exporter = await connected(t)
      assert.equal(exporter.clock.elapsed(), 15_000)
      exporter.sandbox.addFault({ kind: 'status', status: 429, retryAfter, endpoint: TOKEN })
      exporter.sandbox.expireAccess()
      exporter.newCalls()
      await exporter.clock.advance(9.5 * MINUTE_MS)
      assert.equal(exporter.newCalls()[TOKEN], 1)
      exporter.newCalls()
      await exporter.clock.advance(2 * MINUTE_MS)
      assert.equal(exporter.newCalls()[TOKEN], 1)
      await isUnharmed(exporter)
    })
})

describe('A lifetime that Monzo gets wrong makes no storm of refreshes:', () => {
  for (const expiresIn of [0, 1, 20])
    it(`expires_in ${expiresIn}, though the token works`, async (t) => {
      // The sandbox would keep its word: only the reply is changed on its way.
      const exporter = await connected(t, { through: withLifetime(expiresIn) })
      exporter.newCalls()
      await exporter.clock.advance(15 * MINUTE_MS)
      const calls = exporter.watch.newTokenCalls()
      assert.ok(calls.length <= 31, `${calls.length} refreshes in a quarter of an hour`)
      await exporter.shows('monzo_up', 1)
      await exporter.hides(/^monzo_poll_failures_total/m)
    })
  it('expires_in missing: the token is taken to last half an hour', async (t) => {
    const settings = { poll_interval: '1m' }
    const exporter = await connected(t, { through: withLifetime(undefined), settings })
    await exporter.clock.advance(HOUR_MS)
    assert.equal(exporter.watch.newTokenCalls().length, 2)
    await exporter.shows('monzo_up', 1)
  })
  it('1e300 seconds: it is refreshed when Monzo says that it is over', async (t) => {
    const exporter = await connected(t, { through: withLifetime(1e300) })
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(MINUTE_MS)
    await exporter.shows('monzo_up', 1)
    assert.equal(exporter.watch.newTokenCalls().length, 1)
  })
  it('expires_in 1, and kept: it is refreshed at each poll, and works', async (t) => {
    const exporter = await connected(t, { knobs: { expiresIn: 1, rateLimit: 'off' } })
    await exporter.clock.advance(5 * MINUTE_MS)
    const calls = exporter.watch.newTokenCalls()
    assert.ok(calls.length <= 21, `${calls.length} refreshes in 20 polls`)
    await exporter.shows('monzo_up', 1)
  })
  it('a token that is refused as soon as it is given: as often as it is polled', async (t) => {
    const exporter = await connected(t, { settings: { poll_interval: '5s' } })
    for (const endpoint of ['GET /accounts', 'GET /balance', 'GET /pots'])
      exporter.sandbox.addFault({ kind: 'status', status: 401, endpoint, count: 'forever' })
    exporter.sandbox.setKnobs({ rateLimit: 'off' })
    await exporter.clock.advance(3 * MINUTE_MS)
    const calls = exporter.watch.newTokenCalls()
    assert.ok(calls.length <= 37, `${calls.length} refreshes in 36 polls`)
    await isUnharmed(exporter)
  })
})

describe('The clock of the machine', () => {
  for (const [what, ms] of [
    ['a day forward', DAY_MS],
    ['a day back', -DAY_MS],
    ['to 1970', -Date.parse('2026-11-22T10:00:00Z')],
  ] as const)
    it(`may be set ${what} without harm`, async (t) => {
      const exporter = await connected(t)
      exporter.stepClock(ms)
      await exporter.clock.advance(5 * MINUTE_MS)
      await exporter.shows('monzo_up', 1)
      exporter.sandbox.expireAccess()
      await exporter.clock.advance(MINUTE_MS)
      await exporter.shows('monzo_up', 1)
      exporter.stepClock(-ms)
      await exporter.clock.advance(5 * MINUTE_MS)
      assert.ok(exporter.watch.newTokenCalls().length <= 4)
      await isUnharmed(exporter)
    })
  it('may be set a day forward while a login waits for approval', async (t) => {
    const exporter = await setUp(t)
    await exporter.logIn()
    await exporter.clock.advance(MINUTE_MS)
    exporter.stepClock(DAY_MS)
    await exporter.clock.advance(10 * MINUTE_MS)
    exporter.sandbox.approve()
    await exporter.clock.advance(MINUTE_MS)
    await exporter.shows('monzo_up', 1)
  })
  it('may jump between two 403s: consent is not taken for lapsed', async (t) => {
    const exporter = await connected(t)
    exporter.sandbox.lapse()
    await exporter.clock.advance(30_000)
    exporter.stepClock(DAY_MS)
    await exporter.clock.advance(60_000)
    exporter.sandbox.approve()
    await exporter.clock.advance(30_000)
    await isUnharmed(exporter)
  })
})

/** Changes what the token endpoint says of the lifetime. */
function withLifetime(expires_in: number | undefined): Through {
  return (fetch) => async (input, init) => {
    const reply = await fetch(input, init)
    if (!String(input).endsWith('/oauth2/token')) return reply
    const body = (await reply.json()) as object
    return Response.json({ ...body, expires_in }, { status: reply.status })
  }
}
