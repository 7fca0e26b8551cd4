import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { Snapshot } from '../readings/snapshot.ts'
import type { Exposition } from './exposition.ts'

const MAX_AGE_MS = 15_000 // counters and process metrics change without a call of `changed`
const REST_RATIO = 200 // times what the rendering took, so that 0.5 % of a core is used, or more if it takes over 25 ms
const MAX_REST_MS = 5000 // the longest delay of a change, however many logins there are
/** Time without a rendering counts as rest, so that a change after it is rendered at once. */
const MAX_SAVED_REST_MS = 120_000

export interface PublisherDeps {
  readonly clock: Clock
  /** Tells what is fresh at this moment. Asked once per rendering. */
  readonly source: { snapshot(): Snapshot }
  readonly render: (snapshot: Snapshot) => Promise<Exposition>
  /** Called when a rendering fails, which is a bug. The last one is served while it is valid. */
  readonly onError: (error: unknown) => void
}

export interface Publisher {
  /** Resolves once the first exposition is there. @throws whatever rendering it throws. */
  start(): Promise<void>
  /** Something changed: renders at once, or after a rest. Cheap; may be called often. */
  changed(): void
  /**
   * What a scrape gets: bytes that are ready. If a value in them has gone stale (timers were late,
   * or stood still while the machine slept), a promise of new ones: no old balance is ever served.
   */
  current(): Exposition | Promise<Exposition>
  /** Leaves no timer behind. From then on only `current` renders. */
  stop(): Promise<void>
}

interface Published {
  readonly exposition: Exposition
  /** No longer valid once either clock has reached it. */
  readonly validUntil: Instant
}

/** Renders when something changes, when a value goes stale, and otherwise every 15 s. */
export function createPublisher({ clock, source, render, onError }: PublisherDeps): Publisher {
  let published: Published | undefined
  let isChanged = false
  let isStopped = false
  let lastBegan = instantOf(clock)
  let nextInMs = 0 // from lastBegan
  let restUntilMs = Number.NEGATIVE_INFINITY // on clock.elapsed()
  let nap = new AbortController()
  let running = Promise.resolve()

  const publish = singleFlight(async (): Promise<Published> => {
    const asOf = instantOf(clock)
    isChanged = false
    lastBegan = asOf
    nextInMs = MAX_AGE_MS
    try {
      const readings = source.snapshot()
      // At `validForMs` the value is still fresh; one millisecond later it is stale.
      nextInMs = Math.min(MAX_AGE_MS, readings.validForMs + 1)
      const exposition = await render(readings)
      published = { exposition, validUntil: later(asOf, readings.validForMs) }
      return published
    } finally {
      const nowMs = clock.elapsed()
      const restsFromMs = Math.max(restUntilMs, nowMs - MAX_SAVED_REST_MS)
      const restMs = REST_RATIO * (nowMs - asOf.elapsedMs)
      restUntilMs = Math.min(restsFromMs + restMs, nowMs + MAX_REST_MS)
    }
  })

  /** Runs for every scrape, so it is two comparisons and allocates nothing. */
  const isValid = ({ validUntil }: Published) =>
    clock.elapsed() < validUntil.elapsedMs && clock.now() < validUntil.wallMs

  function waitMs(): number {
    const restMs = restUntilMs - clock.elapsed()
    return isChanged ? restMs : Math.max(restMs, nextInMs - ageMs(lastBegan, instantOf(clock)))
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      const ms = waitMs()
      if (ms > 0) {
        nap = new AbortController()
        await clock.sleep(ms, nap.signal).catch(() => {}) // only rejects when woken
      } else await publish().catch(onError)
    }
  }

  /** Joins the rendering under way, and renders once more if that is no longer valid. */
  async function publishFresh(): Promise<Exposition> {
    const joined = await publish()
    return isValid(joined) ? joined.exposition : (await publish()).exposition
  }

  return {
    async start() {
      await publish()
      running = run()
    },
    changed() {
      if (isChanged) return
      isChanged = true
      nap.abort()
    },
    current: () => (published && isValid(published) ? published.exposition : publishFresh()),
    stop() {
      isStopped = true
      nap.abort()
      return running
    },
  }
}

const later = ({ wallMs, elapsedMs }: Instant, ms: number): Instant => ({
  wallMs: wallMs + ms,
  elapsedMs: elapsedMs + ms,
})
