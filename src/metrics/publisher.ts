import { ageMs, type Clock, type Instant, instantOf } from '../lib/clock.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { Snapshot } from '../readings/snapshot.ts'
import type { Exposition } from './exposition.ts'

const MAX_AGE_MS = 15_000 // counters and process metrics change without anybody saying so
const SLACK_MS = 1000 // after a poll: the next may take a little longer, and makes a rendering itself
const REST_RATIO = 50 // times what a rendering took: at most 2 % of one core goes into them
const MAX_REST_MS = 5000 // news wait no longer, however many logins there are
/** A quiet time counts as rest taken before: after it, and after the start, news don't wait. */
const MAX_SAVED_REST_MS = 30_000

export interface PublisherDeps {
  readonly clock: Clock
  /** What is fresh at this moment. Asked once per rendering. */
  readonly snapshot: () => Snapshot
  readonly render: (snapshot: Snapshot) => Promise<Exposition>
  /** Told of a rendering that failed: a bug. The last one is served for as long as it is valid. */
  readonly onError: (error: unknown) => void
}

export interface Publisher {
  /** Resolves once the first exposition is there. @throws whatever rendering it throws. */
  start(): Promise<void>
  /** Something changed. Renders at once, or after a rest. Cheap; may be called often. */
  changed(): void
  /**
   * What a scrape gets: bytes that are ready. Only when a value in them has gone stale since,
   * because timers stood still in suspend or were late, a promise of new ones: no old balance is
   * ever served, not even once.
   */
  current(): Exposition | Promise<Exposition>
  /** Leaves no timer behind. Afterwards nothing is rendered but on `current`'s demand. */
  stop(): Promise<void>
}

interface Published {
  readonly exposition: Exposition
  /** On both clocks: whichever gets there first ends it. */
  readonly validUntil: Instant
}

/** Renders when something changes, when a value goes stale, and every 15 s; one at a time. */
export function createPublisher({ clock, snapshot, render, onError }: PublisherDeps): Publisher {
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
    nextInMs = isChanged ? MAX_AGE_MS + SLACK_MS : MAX_AGE_MS
    isChanged = false
    lastBegan = asOf
    try {
      const readings = snapshot()
      // A value that is just as old as allowed is still fresh: a moment later it no longer is.
      nextInMs = Math.min(nextInMs, readings.validForMs + 1)
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

  /** Asked by every scrape: two comparisons, nothing allocated. */
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
        await clock.sleep(ms, nap.signal).catch(() => {}) // rejects when woken, for nothing else
      } else await publish().catch(onError)
    }
  }

  /** From readings taken after the call, or joined in time for them to be fresh still. */
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
