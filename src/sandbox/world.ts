import type { Clock } from '../lib/clock.ts'
import type { HttpFetch } from '../monzo/http-fetch.ts'
import { createFeed, type Feed } from './api/feed.ts'
import { createRateLimits, type RateLimits } from './api/rate-limits.ts'
import { createWebhookRegister, type WebhookRegister } from './api/webhooks.ts'
import { createBank, type RunningBank } from './bank/bank.ts'
import { chanceOf, createChance } from './bank/chance.ts'
import { createShiftedClock, type ShiftedClock } from './clock.ts'
import { createFaultQueue, type FaultQueue } from './faults/fault-queue.ts'
import { createJournal, type Journal } from './journal.ts'
import { DEFAULT_KNOBS, type Knobs, knobFaults } from './knobs.ts'
import { type ClientRegister, createClientRegister, type SandboxClient } from './oauth/clients.ts'
import { GrantBook } from './oauth/grant-book.ts'
import { createLoginDesk, type LoginDesk } from './oauth/login-desk.ts'
import { type Courier, createCourier } from './webhook-courier.ts'

/** The whole state of a sandbox, without listeners. */
export interface World {
  readonly seed: number
  readonly clock: ShiftedClock
  readonly bank: RunningBank
  readonly clients: ClientRegister
  readonly desk: LoginDesk
  readonly grants: GrantBook
  readonly faults: FaultQueue
  readonly journal: Journal
  readonly limits: RateLimits
  readonly webhooks: WebhookRegister
  /** Delivers to the webhooks. */
  readonly courier: Courier
  readonly feed: Feed
  knobs(): Knobs
  /** @throws {RangeError} naming each knob that is unknown or has an impossible value. */
  setKnobs(knobs: Partial<Knobs>): void
  /** Moves the clock forward. @throws {RangeError} for a negative `ms`. */
  advance(ms: number): void
}

/** How to start a world. Its time starts at the clock's current time. */
export interface WorldOptions {
  readonly clock: Clock
  readonly seed: number
  readonly knobs: Partial<Knobs>
  readonly clients: readonly SandboxClient[]
  /** Delivers webhooks. */
  readonly fetch: HttpFetch
}

/** @throws {RangeError} for impossible knobs. */
export function createWorld(options: WorldOptions): World {
  const { seed } = options
  const clock = createShiftedClock(options.clock)
  let knobs = withKnobs(DEFAULT_KNOBS, options.knobs)
  const clients = createClientRegister(options.clients)
  const everyMs = () => knobs.livelyEveryMs
  const bank = createBank(seed, clock, everyMs, (account, entry) =>
    courier.announce(account, entry),
  )
  const webhooks = createWebhookRegister(seed)
  const courier = createCourier({
    clock,
    fetch: options.fetch,
    webhooks,
    knobs: () => knobs,
    catchUp: bank.catchUp,
  })
  // Depends on the start time too: a later sandbox must not issue the same tokens again.
  const chance = createChance(Math.floor(chanceOf(seed, 'tokens', clock.now())() * 2 ** 32))
  return {
    seed,
    clock,
    bank,
    clients,
    desk: createLoginDesk({ clock, chance, clients }),
    grants: new GrantBook({ clock, chance, knobs: () => knobs }),
    faults: createFaultQueue(),
    journal: createJournal(),
    limits: createRateLimits(clock),
    webhooks,
    courier,
    feed: createFeed(clock),
    knobs: () => knobs,
    setKnobs(change) {
      knobs = withKnobs(knobs, change)
      if (change.livelyEveryMs !== undefined) bank.restartLively()
    },
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`the time can't be moved by ${ms} ms`)
      bank.beforeAdvance(ms)
      clock.advance(ms)
    },
  }
}

function withKnobs(knobs: Knobs, change: Partial<Knobs>): Knobs {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  )
  const faults = knobFaults(given)
  if (faults.length > 0) throw new RangeError(faults.join('; '))
  return { ...knobs, ...given }
}
