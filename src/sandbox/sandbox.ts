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

/** What the types below are made of. */
export type { Bank, Fault, Knobs, SandboxClient, SeenRequest }

/** Made up: has the odd characters that real secrets have, and that must be form-encoded. */
export const SANDBOX_CLIENT: SandboxClient = {
  clientId: 'oauth2client_0000SandboxClient00000',
  clientSecret: 'mnzconf.sandbox+secret/with=signs==',
  redirectUris: [],
}

/** How to start a sandbox; only the clock has to be given. */
export interface SandboxOptions {
  readonly clock: Clock
  /** Decides on everything that happens by itself. Default 1. */
  readonly seed?: number
  readonly knobs?: Partial<Knobs>
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: free ones. */
  readonly ports?: { readonly auth?: number; readonly api?: number; readonly admin?: number }
  /** Registered at the developer portal, with where they may redirect to. Default: SANDBOX_CLIENT. */
  readonly clients?: readonly SandboxClient[]
  /** What webhooks are delivered with. Default: plain HTTP. */
  readonly fetch?: HttpFetch
}

/** A simulated Monzo that answers on three ports. URLs have no slash at the end. */
export interface Sandbox {
  readonly authUrl: string
  readonly apiUrl: string
  readonly adminUrl: string
  /** Everybody's money, for tests. */
  readonly bank: Bank
  /** A client of the same id is replaced. */
  registerClient(client: SandboxClient): void
  /**
   * The person's clicks, without a browser: e-mail address, mail, link.
   * @returns the callback URL that Monzo redirects to.
   * @throws {RangeError} for an unknown e-mail address; rejects with a `Refusal` for a client or a
   *   redirect URI that isn't registered.
   */
  logIn(authorizeUrl: string | URL, email?: string): Promise<URL>
  /** What a person taps in the app. Everywhere: a user's id or e-mail; absent: everybody's. */
  approve(userId?: string): void
  decline(userId?: string): void
  revoke(userId?: string): void
  /** As after 90 days. */
  lapse(userId?: string): void
  expireAccess(userId?: string): void
  /** As if somebody else had logged in with the same client. */
  evict(userId?: string): void
  /** @throws {RangeError} naming impossible ones. */
  setKnobs(knobs: Partial<Knobs>): void
  addFault(fault: Fault): void
  clearFaults(): void
  /** Moves the sandbox's time on; nobody waits. */
  advance(ms: number): void
  /** The newest ten thousand requests to the API, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** What clients have registered. */
  readonly webhooks: readonly Webhook[]
  /** As somebody else's program would. */
  addWebhook(accountId: string, url: string): Webhook
  /** The newest thousand attempts to deliver to webhooks, oldest first. */
  readonly deliveries: readonly SeenDelivery[]
  /** The newest thousand cards in people's apps, oldest first. */
  readonly feed: readonly FeedItem[]
  /** Closes the listeners and cuts all connections. */
  stop(): Promise<void>
}

/**
 * Starts a simulated Monzo: the pages of auth.monzo.com, the API, and a port to direct it by.
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

/** All three or none: what is open already is closed when another one can't be. */
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
