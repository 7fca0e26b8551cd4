import type { Clock } from '../lib/clock.ts'
import type { HttpFetch } from '../monzo/http-fetch.ts'
import { createAdminApp } from './admin/admin-app.ts'
import { createApiApp } from './api/api-app.ts'
import type { FeedItem } from './api/feed.ts'
import type { Webhook } from './api/webhooks.ts'
import { createAuthApp } from './auth/auth-app.ts'
import type { Bank } from './bank/bank.ts'
import type { Fault } from './faults/fault.ts'
import { logInHeadlessly, personOf } from './headless-login.ts'
import type { SeenRequest } from './journal.ts'
import type { Knobs } from './knobs.ts'
import { type Listener, listen } from './listen.ts'
import type { SandboxClient } from './oauth/clients.ts'
import type { SeenDelivery } from './webhook-courier.ts'
import { createWorld } from './world.ts'

export type { Bank, Fault, Knobs, SandboxClient, SeenRequest }

/** A made-up client. Its secret has the characters of real ones that must be form-encoded. */
export const SANDBOX_CLIENT: SandboxClient = {
  clientId: 'oauth2client_0000SandboxClient00000',
  clientSecret: 'mnzconf.sandbox+secret/with=signs==',
  redirectUris: [],
}

/** How to start a sandbox. Only the clock is required. */
export interface SandboxOptions {
  readonly clock: Clock
  /** The same seed gives the same people and payments. Default 1. */
  readonly seed?: number
  readonly knobs?: Partial<Knobs>
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly ports?: { readonly auth?: number; readonly api?: number; readonly admin?: number }
  /** The registered OAuth clients. Default: SANDBOX_CLIENT. */
  readonly clients?: readonly SandboxClient[]
  /** Delivers webhooks. Default: the global `fetch`. */
  readonly fetch?: HttpFetch
}

/** A running simulated Monzo. Its three URLs have no trailing slash. */
export interface Sandbox {
  readonly authUrl: string
  readonly apiUrl: string
  readonly adminUrl: string
  /** The accounts and their money, for tests to read and change. */
  readonly bank: Bank
  /** Replaces a client with the same id. */
  registerClient(client: SandboxClient): void
  /**
   * Logs a person in without a browser: enters the e-mail address and opens the magic link.
   * @param email default: Sam's.
   * @returns the callback URL that Monzo redirects to.
   * @throws {RangeError} for an unknown e-mail address.
   * @throws {Refusal} E18, E19 for a client or a redirect URI that isn't registered.
   */
  logIn(authorizeUrl: string | URL, email?: string): Promise<URL>
  /** Approves in the app. @param userId id or e-mail; absent: everybody. Likewise below. */
  approve(userId?: string): void
  decline(userId?: string): void
  revoke(userId?: string): void
  /** Ends the approval, as happens after 90 days. */
  lapse(userId?: string): void
  expireAccess(userId?: string): void
  /** Evicts the tokens, as another login with the same client does. */
  evict(userId?: string): void
  /** @throws {RangeError} naming each knob that is unknown or has an impossible value. */
  setKnobs(knobs: Partial<Knobs>): void
  addFault(fault: Fault): void
  clearFaults(): void
  /** Moves the sandbox's clock forward, without waiting. */
  advance(ms: number): void
  /** The newest 10,000 requests to the API, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** The registered webhooks. */
  readonly webhooks: readonly Webhook[]
  /** Registers a webhook as another program of the same person would. */
  addWebhook(accountId: string, url: string): Webhook
  /** The newest 1,000 attempts to deliver to a webhook, oldest first. */
  readonly deliveries: readonly SeenDelivery[]
  /** The newest 1,000 feed items in people's apps, oldest first. */
  readonly feed: readonly FeedItem[]
  /** Closes the listeners and all connections. */
  stop(): Promise<void>
}

/**
 * Starts a simulated Monzo: the pages of auth.monzo.com, the API, and an admin port to control it.
 * @throws {AppError} ADDRESS_IN_USE, ADDRESS_UNUSABLE.
 * @throws {RangeError} for impossible knobs.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, seed = 1, knobs = {}, host = '127.0.0.1', ports = {} } = options
  const clients = options.clients ?? [SANDBOX_CLIENT]
  const fetch = options.fetch ?? globalThis.fetch
  const world = createWorld({ clock, seed, knobs, clients, fetch })
  const { bank, courier, feed, grants, faults, journal, webhooks } = world
  const [auth, api, admin] = await listenAll(host, [
    [createAuthApp(world), ports.auth ?? 0],
    [createApiApp(world), ports.api ?? 0],
    [createAdminApp(world), ports.admin ?? 0],
  ])
  const idOf = (user: string | undefined) =>
    user === undefined ? undefined : personOf(world, user).id
  return {
    authUrl: auth.url,
    apiUrl: api.url,
    adminUrl: admin.url,
    bank,
    registerClient: (client) => world.clients.register(client),
    logIn: async (authorizeUrl, email) => logInHeadlessly(world, authorizeUrl, email),
    approve: (user) => void grants.approve(idOf(user)),
    decline: (user) => void grants.decline(idOf(user)),
    revoke: (user) => void grants.revoke(idOf(user)),
    lapse: (user) => void grants.lapse(idOf(user)),
    expireAccess: (user) => void grants.expireAccess(idOf(user)),
    evict: (user) => void grants.evict(idOf(user)),
    setKnobs: (change) => world.setKnobs(change),
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    advance: (ms) => world.advance(ms),
    get requests() {
      return journal.requests
    },
    get webhooks() {
      return webhooks.list()
    },
    addWebhook: webhooks.add,
    get deliveries() {
      return [...courier.deliveries]
    },
    get feed() {
      return [...feed.items]
    },
    async stop() {
      courier.stop()
      await Promise.all([auth, api, admin].map((listener) => listener.close()))
    },
  }
}

type Wanted = readonly [app: Parameters<typeof listen>[0], port: number]

/** Starts all three listeners, or none: when one fails, those already open are closed. */
async function listenAll(
  host: string,
  [auth, api, admin]: readonly [Wanted, Wanted, Wanted],
): Promise<readonly [Listener, Listener, Listener]> {
  const open: Listener[] = []
  const start = async ([app, port]: Wanted) => {
    const listener = await listen(app, host, port)
    open.push(listener)
    return listener
  }
  try {
    return [await start(auth), await start(api), await start(admin)]
  } catch (error) {
    await Promise.all(open.map((listener) => listener.close()))
    throw error
  }
}
