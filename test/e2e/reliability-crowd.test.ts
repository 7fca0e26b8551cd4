import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import { crowdEmail, logInCrowd } from '../fakes/crowd.ts'
import type { DrivenClock } from '../fakes/driven-clock.ts'
import { setUp } from './harness.ts'

const INTERVAL_MS = 15_000
const MINUTE_MS = 60_000

/** What becomes of a call; `undefined`: it goes its way. */
type Trouble = (clock: DrivenClock, signal: AbortSignal) => Promise<Response | undefined>

/** An exporter that was started anew with so many logins. Trouble befalls those of `troubled`. */
async function setup(t: TestContext, count: number, trouble?: Trouble) {
  const troubled = new Set<string>() // ids of accounts
  const polledAtMs = new Map<string, number[]>()
  const exporter = await setUp(t, {
    knobs: { rateLimit: 'off' },
    settings: { transactions: 'false' },
    through: (fetch, clock) => async (input, init) => {
      const url = new URL(String(input))
      const account = url.searchParams.get('account_id') ?? ''
      if (url.pathname === '/balance') {
        const before = polledAtMs.get(account) ?? []
        polledAtMs.set(account, [...before, clock.elapsed()])
      }
      const signal = init?.signal ?? new AbortController().signal
      const answer = troubled.has(account) ? await trouble?.(clock, signal) : undefined
      return answer ?? fetch(input, init)
    },
  })
  const { sandbox, clock, origin, tokensFile } = exporter
  await exporter.stop()
  const callbackUrl = `${origin}/callback`
  const tokens = await logInCrowd(sandbox, { count, callbackUrl, nowMs: clock.now() })
  await writeFile(tokensFile, tokens)
  const startedMs = clock.elapsed()
  await exporter.start()
  const people = Array.from({ length: count }, (_, n) => {
    const person = sandbox.bank.findPerson(crowdEmail(n)) ?? assert.fail(`no person ${n}`)
    const [account] = sandbox.bank.accountsOf(person.id)
    return { ...person, account: account?.id ?? assert.fail('no account') }
  })
  return {
    ...{ ...exporter, people, troubled, startedMs },
    /** When an account was asked for since, in ms from then. */
    pollsSince: (sinceMs: number, account: string) =>
      (polledAtMs.get(account) ?? []).filter((ms) => ms >= sinceMs).map((ms) => ms - sinceMs),
  }
}

describe('Many logins after a restart', () => {
  it('are all polled soon, and from then on evenly over the interval', async (t) => {
    const { clock, people, pollsSince, startedMs } = await setup(t, 30)
    await clock.advance(5 * INTERVAL_MS)
    const polls = people.map(({ account }) => pollsSince(startedMs, account))
    const firstMs = polls.map(([first = Number.NaN]) => first)
    assert.ok(Math.max(...firstMs) < 3500, String(firstMs))
    assert.ok(Math.min(...gapsOf(firstMs)) >= 90, 'and not at once')
    const slotsMs = polls.map((all) => (all.at(-1) ?? Number.NaN) % INTERVAL_MS)
    for (const gapMs of gapsOf(slotsMs)) assert.ok(Math.abs(gapMs - 500) < 50, String(slotsMs))
    for (const all of polls)
      for (const gapMs of gapsOf(all)) assert.ok(gapMs <= INTERVAL_MS, String(all))
  })
})

const TROUBLES: readonly (readonly [what: string, trouble: Trouble])[] = [
  ['answers nothing', (_clock, signal) => hangs(signal)],
  [
    'answers after nine seconds',
    (clock, signal) => clock.sleep(9000, signal).then(() => undefined),
  ],
  ['answers with 500', async () => new Response('{}', { status: 500 })],
  ['answers with 429 and a long Retry-After', async () => busy()],
  ['cuts the connection', () => Promise.reject(new TypeError('fetch failed'))],
]

describe('The polls of other logins go on at their pace', () => {
  for (const [what, trouble] of TROUBLES)
    it(`while Monzo ${what} for one of them`, async (t) => {
      const { clock, people, troubled, pollsSince, shows } = await setup(t, 6, trouble)
      await clock.advance(2 * INTERVAL_MS)
      const [first, ...others] = people
      troubled.add(first?.account ?? '')
      const sinceMs = clock.elapsed()
      await clock.advance(10 * MINUTE_MS)
      for (const { id, account } of others) {
        assert.deepEqual(new Set(gapsOf(pollsSince(sinceMs, account))), new Set([INTERVAL_MS]))
        await shows(`monzo_login_up{user_id="${id}"}`, 1)
      }
    })
  it('while half of them hang at once', async (t) => {
    const { clock, people, troubled, pollsSince } = await setup(t, 60, (_c, signal) =>
      hangs(signal),
    )
    await clock.advance(2 * INTERVAL_MS)
    for (const { account } of people.slice(30)) troubled.add(account)
    const sinceMs = clock.elapsed()
    await clock.advance(2 * MINUTE_MS)
    for (const { account } of people.slice(0, 30))
      assert.deepEqual(new Set(gapsOf(pollsSince(sinceMs, account))), new Set([INTERVAL_MS]))
  })
  it('after one of them was revoked, and after one was removed', async (t) => {
    const { clock, people, pollsSince, sandbox, hides, matches } = await setup(t, 6)
    await clock.advance(2 * INTERVAL_MS)
    const [revoked, evicted, ...others] = people
    const sinceMs = clock.elapsed()
    sandbox.revoke(revoked?.id)
    sandbox.evict(evicted?.id)
    await clock.advance(10 * MINUTE_MS)
    for (const { account } of others)
      assert.deepEqual(new Set(gapsOf(pollsSince(sinceMs, account))), new Set([INTERVAL_MS]))
    for (const gone of [revoked, evicted]) {
      await hides(new RegExp(`^monzo_balance\\{account_id="${gone?.account}"`, 'm'))
      await matches(new RegExp(`user_id="${gone?.id}",state="reauthorization_required"\\} 1`))
    }
  })
})

/** Between neighbors, in ms. */
const gapsOf = (moments: readonly number[]): readonly number[] =>
  moments.slice(1).map((ms, n) => Math.round(ms - (moments[n] ?? Number.NaN)))

const hangs = (signal: AbortSignal): Promise<undefined> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

const busy = () => new Response('{}', { status: 429, headers: { 'retry-after': '300' } })
