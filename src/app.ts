import type { RequestListener } from 'node:http'
import { authorizeLink } from './auth/authorize-link.ts'
import { lateOAuth } from './auth/late-oauth.ts'
import type { Login } from './auth/login.ts'
import { createLoginFlow } from './auth/login-flow.ts'
import { Logins } from './auth/logins.ts'
import { openTokens } from './auth/open-tokens.ts'
import { assembleSnapshot } from './collect/assemble.ts'
import { Collector } from './collect/collector.ts'
import type { Snapshot } from './collect/snapshot.ts'
import { callbackUrlOf } from './config/callback.ts'
import type { Config } from './config/settings.ts'
import { type Clock, instantOf } from './lib/clock.ts'
import type { HttpFetch } from './lib/http-fetch.ts'
import { createInFlight } from './lib/in-flight.ts'
import type { Log } from './lib/log.ts'
import type { LoginStateName } from './lib/login-state-name.ts'
import { repeat } from './lib/repeat.ts'
import { singleFlight } from './lib/single-flight.ts'
import type { LoadLate } from './load-late.ts'
import { renderExposition } from './metrics/exposition.ts'
import { snapshotGauges } from './metrics/legacy.ts'
import { type BuildInfo, createMeters } from './metrics/meters.ts'
import { addProcessMetrics } from './metrics/process-metrics.ts'
import { createPublisher } from './metrics/publisher.ts'
import { MonzoClient } from './monzo/client.ts'
import { createListener } from './web/listener.ts'
import { type Listening, listen } from './web/serve.ts'
import { openTlsFiles } from './web/tls-files.ts'

export interface AppDeps {
  readonly config: Config
  /** Sentences for the log and the top of the status page. */
  readonly warnings: readonly string[]
  readonly build: BuildInfo
  /** Of this process, for whoever finds its tokens file locked. */
  readonly pid: number
  readonly clock: Clock
  readonly fetch: HttpFetch
  readonly random: () => number
  /** Unguessable, URL-safe text, new for every call. */
  readonly randomText: () => string
  readonly log: Log
  /** Loads Express and openid-client when they are first needed. */
  readonly loadLate: LoadLate
  /** Prints the one line that holds a secret. */
  readonly printLink: (link: string) => void
  /** Told where every login stands whenever one changes. */
  readonly onLoginStates?: (states: readonly LoginStateName[]) => void
}

export interface App {
  /** Where it listens, as a browser on this machine would say it; no slash at the end. */
  readonly origin: string
  /** Of `metrics_addr`, if there is one. */
  readonly metricsOrigin?: string | undefined
  /** Lets replies that cost a one-time token arrive and be saved first. */
  stop(): Promise<void>
}

/**
 * Builds every part from its row of the house, and starts it. No logic: who may log in is in
 * `auth`, when to poll in `collect`, what to show in `metrics`.
 * @throws {AppError} TOKENS_LOCKED, TOKENS_DAMAGED, TOKENS_UNREADABLE, ADDRESS_IN_USE, ADDRESS_UNUSABLE,
 *   CONFIG_INVALID for certificates that can't be used. Nothing runs then.
 */
export async function startApp(deps: AppDeps): Promise<App> {
  const { config, clock, random, randomText, log } = deps
  const meters = createMeters(deps.build, config.legacy_metrics)
  addProcessMetrics(meters.registries)
  const authKey = config.auth_key ?? randomText()
  const hasOAuth = config.client_id !== undefined
  const oauth = lateOAuth(() => deps.loadLate('oauth'), {
    clientId: config.client_id ?? '',
    clientSecret: config.client_secret ?? '',
    authUrl: config.monzo_auth_url,
    apiUrl: config.monzo_api_url,
    redirectUrl: callbackUrlOf(config),
    fetch: deps.fetch,
    clock,
    onCall: meters.apiRequest,
  })
  const stopping = new AbortController()
  const inFlight = createInFlight()
  // Before anything is sent or listened to: a second instance must do none of it.
  const { store, lock } = await openTokens({
    path: config.tokens_file,
    isUsed: hasOAuth,
    clock,
    random,
    randomText,
    pid: deps.pid,
    log,
    onChange: () => publisher.changed(),
  })

  const createClient = (login: Login, accessToken: (refused?: string) => Promise<string>) =>
    new MonzoClient({
      baseUrl: config.monzo_api_url,
      fetch: deps.fetch,
      clock,
      random,
      gate: login.gate,
      accessToken,
      onCall: meters.apiRequest,
      onUnreadable: (endpoint) => meters.unreadableRecord({ endpoint }),
    })

  const collector = new Collector({
    clock,
    log,
    pollIntervalMs: config.poll_interval.ms,
    accountId: config.account_id,
    withPots: config.pots,
    onPolled({ seconds, reasons }) {
      meters.polled({ seconds })
      for (const reason of reasons) meters.pollFailed({ reason })
      publisher.changed()
    },
  })

  const askForLogin = (sentence: string) => {
    log.warn({}, `${sentence}: open the link printed on standard output.`)
    deps.printLink(authorizeLink(config.redirect_uri, authKey))
  }
  const logins = new Logins({
    clock,
    random,
    randomId: randomText,
    log,
    accountId: config.account_id,
    clientId: config.client_id,
    store,
    stopping: stopping.signal,
    refresh: async (refreshToken) => (await oauth()).refresh(refreshToken),
    logOut: (login, token) => createClient(login, async () => token).logOut(clock.timeout(5000)),
    onRefresh: (outcome) => meters.tokenRefreshed({ outcome }),
    onAdded: (login) => collector.add(polled(login)),
    onRemoved: (login) => collector.remove(login.id),
    onRenewed: (login) => collector.wake(login.id),
    onChanged() {
      publisher.changed()
      deps.onLoginStates?.(logins.all.map(({ state }) => state.state))
    },
    onPersonNeeded: askForLogin,
  })
  const polled = (login: Login) => ({
    id: login.id,
    reader: createClient(login, (refused) => login.tokens.accessToken(refused)),
    pace: () => login.pace,
    isAwaitingApproval: () => login.state.state === 'awaiting_approval',
    userId: () => login.userId,
    refreshIfDue: () => login.tokens.refreshIfDue(),
    onUserId: (userId: string) => logins.identify(login, userId),
    onAccounts: (accountIds: readonly string[]) => logins.accountsRead(login, accountIds),
    onForbidden: () => logins.accountsForbidden(login),
  })

  const snapshot = (): Snapshot =>
    assembleSnapshot(
      logins.all.map((login) => ({
        login: {
          userId: login.userId,
          state: login.state.state,
          accessTokenExpiresAtMs: login.accessTokenExpiresAtMs,
          authorizationExpiresAtMs: login.authorizationExpiresAtMs,
        },
        isCandidate: login.isCandidate,
        ...collector.collected(login.id),
      })),
      {
        now: instantOf(clock),
        staleAfterMs: config.stale_after.ms,
        areTokensPersisted: hasOAuth ? store.isPersisted() : undefined,
      },
    )
  const gauges = snapshotGauges(config.legacy_metrics)
  const publisher = createPublisher({
    clock,
    snapshot,
    render: (readings) => renderExposition(readings, meters.registries, gauges),
    onError: (error) => log.error({ err: error }, 'The metrics could not be rendered.'),
  })

  const createFlow = async () => {
    const accept = logins.accept.bind(logins)
    const flow = createLoginFlow({ clock, randomText, oauth: await oauth(), accept })
    // A code works once, as a refresh token does: its exchange is not cut off either.
    return { ...flow, finish: (query: URLSearchParams) => inFlight.track(flow.finish(query)) }
  }
  const loadPages = async (): Promise<RequestListener> => {
    const { createPages } = await deps.loadLate('pages')
    return createPages({
      flow: hasOAuth ? await createFlow() : undefined,
      logins: () => logins.all.map((login) => login.status()),
      polls: () =>
        logins.all.map(({ id }) => {
          const { lastPollAt, lastSuccessAt, problem } = collector.collected(id).history
          const lastPollAtMs = lastPollAt?.wallMs
          return { loginId: id, lastPollAtMs, lastSuccessAtMs: lastSuccessAt?.wallMs, problem }
        }),
      watch(id) {
        collector.watch(id)
        return logins.find(id)
      },
      authKey,
      publicUrl: config.redirect_uri,
      redirectUrl: callbackUrlOf(config),
      isGoMode: config.go_mode,
      authOrigin: config.monzo_auth_url.origin,
      isStatsTokenSet: config.stats_token !== undefined,
      trustedProxies: config.trusted_proxies,
      notices: () => [...deps.warnings, ...logins.notices],
      version: deps.build.version,
      clock,
      log,
    })
  }
  const machines = {
    exposition: () => publisher.current(),
    statsToken: config.stats_token,
    publicUrl: config.redirect_uri,
    ready: () => (snapshot().accounts.length > 0 ? undefined : 'no fresh balance is exported'),
    log,
  }

  const opened: Listening[] = []
  let stopRounds: () => Promise<void> = async () => undefined
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stopping'))
    await Promise.all([
      ...opened.map((listening) => listening.close()),
      collector.stop(),
      stopRounds(),
      inFlight.settled(),
    ])
    await logins.stop()
    await publisher.stop()
    await lock.release()
  }
  const open = async (setting: 'server_addr' | 'metrics_addr', listener: RequestListener) => {
    const address = config[setting]
    if (!address) return undefined
    const tls = await openTlsFiles(config, { clock, log })
    const listening = await listen(listener, address, { clock, setting, tls })
    opened.push(listening)
    return listening.origin
  }
  try {
    await publisher.start()
    // Addresses before tokens: where one is in use, none must be spent.
    const origin = await open(
      'server_addr',
      createListener({ ...machines, pages: singleFlight(loadPages) }),
    )
    const metricsOrigin = await open(
      'metrics_addr',
      createListener({ ...machines, isRootMetrics: config.go_mode }),
    )
    if (hasOAuth) {
      await logins.restore()
      stopRounds = repeat(clock, config.poll_interval.ms, () => logins.attend())
    } else logins.usePlayground(config.access_tokens)
    const origins = [origin, metricsOrigin].filter((one) => one !== undefined)
    log.info({}, `Serving /stats at ${origins.join(' and ')}.`)
    if (hasOAuth && logins.all.length === 0) askForLogin('Nobody is logged in')
    else if (hasOAuth && config.auth_key === undefined && config.account_id === undefined)
      askForLogin('More people may be added while this runs')
    return { origin: origin ?? '', metricsOrigin, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
