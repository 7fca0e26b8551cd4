import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Fault } from '../../src/sandbox/sandbox.ts'
import { eventually, setUp } from '../e2e/harness.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const SAM = 'sam@example.com'
const LINES_PER_HOUR = 60 // each kind of failure once, and its end
const LINES_AT_MOST = 25 // on average

export interface SoakOptions {
  readonly days: number
  readonly pollInterval: string
  readonly seed: number
}

/** What an exporter has lived through. */
export interface SoakReport {
  polls: number
  faults: number
  restarts: number
  clockSteps: number
  newLogins: number
  logLines: number
  mostCallsPerMinute: number
  mostLinesPerHour: number
  heapGrowthBytes: number
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Days of simulated time with every fault there is, at random; then all must be as at first. */
export async function soak(t: TestContext, options: SoakOptions): Promise<SoakReport> {
  const random = seeded(options.seed)
  const pick = <T>(...choices: readonly [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0]
  const sentAtMs: number[] = []
  const balances = new Set<number>() // what the bank would have said, whenever it was asked
  const exporter = await setUp(t, {
    settings: { poll_interval: options.pollInterval, stale_after: '30m' },
    through: (fetch, clock) => (input, init) => {
      sentAtMs.push(clock.elapsed())
      if (String(input).includes('/balance?'))
        balances.add(exporter.sandbox.bank.balances(exporter.account).balanceMinor / 100)
      return fetch(input, init)
    },
  })
  const { sandbox, clock, log, account } = exporter
  await exporter.connect()
  const report: SoakReport = {
    ...{ polls: 0, faults: 0, restarts: 0, clockSteps: 0, newLogins: 0, logLines: 0 },
    ...{ mostCallsPerMinute: 0, mostLinesPerHour: 0, heapGrowthBytes: 0 },
  }
  let running = { stop: exporter.stop }
  let heapAtFirst = 0
  let said: readonly string[] = [] // in the last hour

  const doHarm = async (): Promise<void> => {
    const dice = random()
    if (dice < 0.55) {
      sandbox.addFault(anyFault(random, pick))
      report.faults++
    } else if (dice < 0.6) sandbox.expireAccess()
    else if (dice < 0.62) sandbox.lapse(SAM)
    else if (dice < 0.66) sandbox.approve(SAM)
    else if (dice < 0.665) sandbox.evict(SAM)
    else if (dice < 0.69) {
      const ms = pick(DAY_MS, -DAY_MS, HOUR_MS)
      exporter.stepClock(ms)
      await clock.advance(MINUTE_MS)
      exporter.stepClock(-ms)
      report.clockSteps++
    } else if (dice < 0.73 && heapAtFirst === 0) {
      // In the second half one and the same exporter lives on: a leak of its own shows.
      await running.stop()
      running = await exporter.start()
      report.restarts++
    }
  }
  const heal = async (): Promise<void> => {
    sandbox.clearFaults()
    sandbox.approve(SAM)
    await clock.advance(11 * MINUTE_MS)
    // It has ended, or is gone: one that is restarted within an hour of its approval, and refused for
    // the rest of that hour, counts as never approved.
    if (/state="(awaiting_approval|connected)"\} 1$/m.test(await exporter.stats())) return
    await exporter.logIn(SAM)
    sandbox.approve(SAM)
    report.newLogins++
    await clock.advance(11 * MINUTE_MS)
  }
  const check = async (): Promise<void> => {
    const text = await exporter.stats()
    assert.match(text, /^monzo_up [01]$/m)
    const shown = text.match(new RegExp(`^monzo_balance\\{account_id="${account}".*\\} (.*)$`, 'm'))
    if (shown) assert.ok(balances.has(Number(shown[1])), `${shown[1]} was never the balance`)
    report.mostCallsPerMinute = Math.max(report.mostCallsPerMinute, most(sentAtMs))
    sentAtMs.splice(0, Math.max(0, sentAtMs.length - 61))
    report.logLines += log.lines.length
    report.mostLinesPerHour = Math.max(report.mostLinesPerHour, log.lines.length)
    if (log.lines.length > LINES_PER_HOUR) assert.fail(`a flood:\n${log.lines.join('\n')}`)
    said = [...log.lines]
    log.lines.length = 0
    exporter.links.length = Math.min(exporter.links.length, 1)
  }

  const hours = Math.ceil(options.days * 24)
  for (let hour = 0; hour < hours; hour++) {
    for (let step = 0; step < 6; step++) {
      await doHarm()
      await clock.advance(10 * MINUTE_MS)
    }
    await check()
    if (hour % 12 === 11 || hour === hours - 1) await heal()
    // By half time the sandbox's journal of ten thousand requests is full, and grows no more.
    if (hour === Math.floor(hours / 2)) heapAtFirst = heapBytes()
  }
  await exporter.shows('monzo_up', 1).catch((error) => {
    t.diagnostic(
      [
        ...said,
        ...log.lines,
        ...exporter.sandbox.requests
          .slice(-9)
          .map(({ endpoint, status }) => `${endpoint} ${status}`),
      ].join('\n'),
    )
    throw error
  })
  report.polls = (await exporter.value('monzo_poll_duration_seconds_count')) ?? 0
  report.heapGrowthBytes = heapBytes() - heapAtFirst
  await running.stop()
  assert.equal(clock.waiting, 0, 'something still sleeps')
  await eventually(() => {
    const left = process.getActiveResourcesInfo().filter((name) => /FSReq|Timeout/.test(name))
    assert.deepEqual(left, [])
  })
  assert.ok(report.mostCallsPerMinute <= 60, `${report.mostCallsPerMinute} calls in a minute`)
  assert.ok(report.logLines / hours <= LINES_AT_MOST, `${report.logLines} lines`)
  return report
}

type Pick = <T>(...choices: readonly [T, ...T[]]) => T

function anyFault(random: () => number, pick: Pick): Fault {
  const endpoint = pick(
    'GET /accounts',
    'GET /balance',
    'GET /pots',
    'POST /oauth2/token',
    'GET /ping/whoami',
  )
  const kind = pick<Fault['kind']>(
    ...(['status', 'html', 'slow', 'reset', 'truncated', 'not_json', 'wrong_types'] as const),
    ...(['ok_with_error', 'drop_after', 'new_fields', 'missing_fields'] as const),
  )
  const isRefresh = endpoint === 'POST /oauth2/token'
  // A reply that is lost after Monzo used up the token costs the login: not every hour.
  const isHarsh = ['truncated', 'not_json', 'wrong_types', 'drop_after', 'slow'].includes(kind)
  if (isRefresh && isHarsh && random() < 0.9) return { kind: 'status', status: 503, endpoint }
  return {
    kind,
    endpoint,
    count: 1 + Math.floor(random() * 8),
    ...(kind === 'slow' && { delayMs: pick(2000, 12_000) }),
    ...(kind === 'status' && {
      status: pick(429, 429, 500, 502, 503, 504),
      ...(random() < 0.3 && { retryAfter: pick<number | string>(5, 90, 'soon') }),
    }),
  }
}

/** The most calls that left within any minute. */
function most(sentAtMs: readonly number[]): number {
  return sentAtMs.reduce((best, fromMs, first) => {
    const within = sentAtMs.slice(first, first + 100).filter((atMs) => atMs < fromMs + MINUTE_MS)
    return Math.max(best, within.length)
  }, 0)
}

/** Mulberry32: the same faults again for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
