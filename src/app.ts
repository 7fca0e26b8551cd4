import type { RequestListener } from 'node:http'
import { callbackUrlOf } from './config/callback.ts'
import type { Config } from './config/settings.ts'
import type * as HistoryModule from './history/history.ts'
import type { Clock } from './lib/clock.ts'
import { createInFlight } from './lib/in-flight.ts'
import type { Log } from './lib/log.ts'
import { repeat } from './lib/repeat.ts'
import { originInWords } from './lib/url.ts'
import { authorizeLink, createLoginFlow } from './login/login-flow.ts'
import { Sessions } from './login/sessions.ts'
import { renderExposition } from './metrics/exposition.ts'
import { snapshotGauges } from './metrics/legacy.ts'
import { type BuildInfo, createMeters } from './metrics/meters.ts'
import { addProcessMetrics } from './metrics/process-metrics.ts'
import { createPublisher } from './metrics/publisher.ts'
import type { HttpFetch } from './monzo/http-fetch.ts'
import { createMonzo } from './monzo/monzo.ts'
import type * as OAuthModule from './monzo/oauth.ts'
import type { OAuth } from './monzo/oauth.ts'
import { createNotices } from './notices/notices.ts'
import { categoriesIn } from './readings/categories.ts'
import type { LoginStateName } from './readings/login-state-name.ts'
import { whyNotReady } from './readings/readiness.ts'
import { openTokens } from './tokens/open-tokens.ts'
import { Connections } from './web/connections.ts'
import { createListener } from './web/listener.ts'
import type * as PagesModule from './web/pages.ts'
import { createScrapes } from './web/scrapes.ts'
import { createBearerCheck } from './web/secret-check.ts'
import { type Listening, listen } from './web/serve.ts'
import type * as TlsFilesModule from './web/tls-files.ts'
import type { TlsSource } from './web/tls-files.ts'

/** Everything the exporter is built from, and its only access to the outside. */
export interface AppDeps {
  readonly config: Config
  /** Sentences for the log and the top of the status page. */
  readonly warnings: readonly string[]
  readonly build: BuildInfo
  /** Of this process; shown to anyone who finds the tokens file locked. */
  readonly pid: number
  readonly clock: Clock
  readonly fetch: HttpFetch
  readonly random: () => number
  /** Unguessable, URL-safe text, new for every call. */
  readonly randomText: () => string
  readonly log: Log
  readonly late: Late
  /** Prints the one line that holds a secret. */
  readonly printLink: (link: string) => void
  /** Told where every login stands whenever one changes. */
  readonly onLoginStates?: (states: readonly LoginStateName[]) => void
}

/**
 * Modules that are imported when they are first needed: an exporter that is logged in may go 90
 * days without a page view, and should not hold Express and openid-client in memory meanwhile.
 */
export interface Late {
  /** The past, if the setting `history` is on. */
  readonly history: () => Promise<typeof HistoryModule>
  /** openid-client, at the first page view or refresh. */
  readonly oauth: () => Promise<typeof OAuthModule>
  /** Node's TLS, to serve HTTPS. */
  readonly tlsFiles: () => Promise<typeof TlsFilesModule>
  /** Express and the pages for people, at the first page view. */
  readonly pages: () => Promise<typeof PagesModule>
}

/** What can change while it runs: settings that are live, and what there is to say of them. */
type Reconfigured = Pick<AppDeps, 'config' | 'warnings'>

/** An exporter that runs. */
export interface App {
  /** Where it listens, as a browser on this machine would say it; no slash at the end. */
  readonly origin: string
  /** Of `metrics_addr`, if there is one. */
  readonly metricsOrigin?: string | undefined
  /** Goes on with these settings. Only live ones may differ (`config/reload.ts` sees to that). */
  reconfigure(running: Reconfigured): void
  /** Lets replies that cost a one-time token arrive and be saved first. */
  stop(): Promise<void>
}

const LONGEST_ROUND_MS = 60_000 // a tokens file that a person replaced is used soon

/**
 * Builds every part from its row of the house, and starts it. No logic: who may log in and when to
 * poll is in `login`, what to show in `metrics`.
 * @throws {AppError} TOKENS_LOCKED, TOKENS_DAMAGED, TOKENS_UNREADABLE, ADDRESS_IN_USE, ADDRESS_UNUSABLE,
 *   CONFIG_INVALID for certificates that can't be used. Nothing runs then.
 */
export async function startApp(deps: AppDeps): Promise<App> {
  const { config, clock, random, randomText, log } = deps
  let running: Reconfigured = deps
  /** What can change while it runs is read through this, everything else from `config`. */
  const live = () => running.config
  const hasOAuth = config.client_id !== undefined
  const withWebhooks = hasOAuth && config.webhooks
  const meters = createMeters(deps.build, config.legacy_metrics, withWebhooks)
  addProcessMetrics(meters.registries)
  let randomKey: string | undefined // one for as long as it runs
  const authKey = (): string => {
    const { auth_key } = live()
    if (auth_key !== undefined) return auth_key
    randomKey ??= randomText()
    return randomKey
  }
  let oauth: OAuth | undefined // a failed import is tried again at the next refresh
  const loadOAuth = async (): Promise<OAuth> => {
    const { createOAuth } = await deps.late.oauth()
    oauth ??= createOAuth({
      clientId: config.client_id ?? '',
      clientSecret: config.client_secret ?? '',
      authUrl: config.monzo_auth_url,
      apiUrl: config.monzo_api_url,
      redirectUrl: callbackUrlOf(config),
      fetch: deps.fetch,
      clock,
      onCall: meters.apiRequest,
    })
    return oauth
  }
  const monzo = createMonzo({
    baseUrl: config.monzo_api_url,
    fetch: deps.fetch,
    clock,
    random,
    onCall: meters.apiRequest,
    onUnreadable: (endpoint) => meters.unreadableRecord({ endpoint }),
    oauth: loadOAuth,
  })
  const stopping = new AbortController()
  const exchanges = createInFlight()
  // Before anything is sent or listened to: a second instance must do none of it.
  const { store, lock } = await openTokens({
    path: config.tokens_file,
    isUsed: hasOAuth || config.history,
    clock,
    random,
    pid: deps.pid,
    log,
    onChange: () => publisher.changed(),
  })

  const history = config.history
    ? (await deps.late.history()).createHistory({
        ...{ clock, log, folder: config.history_folder },
        mayWrite: () => lock.ensureHeld(),
        onNews: () => publisher.changed(),
      })
    : undefined

  const printLink = () => deps.printLink(authorizeLink(config.redirect_uri, authKey()))
  const askForLogin = (sentence: string) => {
    log.warn({}, `${sentence}: open the link printed on standard output.`)
    printLink()
  }
  const sessions = new Sessions({
    clock,
    random,
    randomId: randomText,
    log,
    settings: live,
    monzo,
    store,
    pastOf:
      history &&
      (({ client, gate }) => history.ofLogin({ monzo: client, hurryFor: gate.hurryFor })),
    stopping: stopping.signal,
    onRefresh: (outcome) => meters.tokenRefreshed({ outcome }),
    onPolled(session, { seconds, reasons }) {
      meters.polled({ seconds })
      for (const reason of reasons) meters.pollFailed({ reason })
      publisher.changed()
      notices.polled(session)
    },
    onRemoved: (session) => notices.removed(session),
    onChanged() {
      publisher.changed()
      deps.onLoginStates?.(sessions.all.map(({ state }) => state.state))
    },
    onPersonNeeded: askForLogin,
    onConsentEnds() {
      if (live().auth_key === undefined) printLink() // nobody can know a random key otherwise
    },
  })
  const notices = createNotices({
    clock,
    log,
    publicUrl: config.redirect_uri,
    clientSecret: config.client_secret,
    withWebhooks,
    withReminder: () => live().reminder,
    stopping: stopping.signal,
    sessions: () => sessions.all,
    onDelivery: meters.webhookDelivered,
  })

  const gauges = snapshotGauges(config.legacy_metrics)
  const publisher = createPublisher({
    clock,
    source: sessions,
    render: (readings) => renderExposition(readings, meters.registries, gauges),
    onError: (error) => log.error({ err: error }, 'The metrics could not be rendered.'),
  })

  const createFlow = async () => {
    const accept = sessions.accept.bind(sessions)
    const flow = createLoginFlow({ clock, randomText, oauth: await monzo.oauth(), accept })
    // A code works once, as a refresh token does: its exchange is not cut off either.
    return {
      ...flow,
      finish: (code: string, state: string) => exchanges.track(flow.finish(code, state)),
    }
  }
  const loadPages = async (): Promise<RequestListener> => {
    const { createPages } = await deps.late.pages()
    return createPages({
      flow: hasOAuth ? await createFlow() : undefined,
      logins: () => sessions.statuses,
      watch: (id) => sessions.watch(id),
      authKey,
      publicUrl: config.redirect_uri,
      redirectUrl: callbackUrlOf(config),
      isGoMode: config.go_mode,
      addsPeople: config.account_id === undefined,
      authOrigin: config.monzo_auth_url.origin,
      scrapeOrigin: () => opened.at(-1)?.origin ?? '', // of metrics_addr, if there is one
      isStatsTokenSet: () => live().stats_token !== undefined,
      trustedProxies: () => live().trusted_proxies,
      accountNames: () => live().account_names,
      categoryNames: () => live().category_names,
      categories: () => categoriesIn(sessions.snapshot({})),
      facts: () => ({
        scrapes: scrapes.news,
        areTokensPersisted: sessions.areTokensPersisted,
        webhooks: notices.webhooks,
        keepsHistory: config.history,
      }),
      warnings: () => [...running.warnings, ...store.warnings, ...sessions.warnings],
      version: deps.build.version,
      clock,
      log,
    })
  }
  const scrapes = createScrapes(clock)
  let isBearer = createBearerCheck(config.stats_token)
  const machines = {
    exposition: () => publisher.current(),
    isAllowed: (authorization: string | undefined) => isBearer(authorization),
    scrapes,
    publicUrl: config.redirect_uri,
    ready: () => whyNotReady(sessions.snapshot()),
    log,
  }

  /** Prints the link where somebody may want it now. */
  const invite = () => {
    if (!hasOAuth) return
    if (sessions.all.length === 0) askForLogin('Nobody is logged in')
    else if (sessions.all.some(({ isOver }) => isOver)) askForLogin('Somebody has to log in again')
    else if (live().auth_key === undefined && config.account_id === undefined)
      askForLogin('More people may be added while this runs')
  }
  const reconfigure = (next: Reconfigured): void => {
    const before = { key: authKey(), intervalMs: live().poll_interval.ms }
    running = next
    isBearer = createBearerCheck(live().stats_token)
    if (live().poll_interval.ms !== before.intervalMs) sessions.spread()
    publisher.changed()
    if (authKey() !== before.key) invite()
  }

  const opened: Listening[] = []
  const connections = new Connections()
  const roundMs = () => Math.min(live().poll_interval.ms, LONGEST_ROUND_MS)
  let stopRounds: () => Promise<void> = async () => undefined
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stopping'))
    await Promise.all([
      ...opened.map((listening) => listening.close()),
      stopRounds(),
      exchanges.settled(),
      notices.settled(),
    ])
    await sessions.stop()
    await history?.settled()
    await publisher.stop()
    await lock.release()
  }
  let tls: TlsSource | undefined
  const open = async (setting: 'server_addr' | 'metrics_addr', listener: RequestListener) => {
    const address = config[setting]
    if (!address) return undefined
    const publicUrl = config.redirect_uri
    const listening = await listen(listener, address, {
      ...{ clock, setting, publicUrl, tls, connections },
    })
    opened.push(listening)
    return listening.origin
  }
  try {
    if (config.tls_cert_file !== undefined)
      tls = (await deps.late.tlsFiles()).openTlsFiles(config, clock, log)
    // Addresses before tokens: where one is in use, none must be spent.
    const origin = await open(
      'server_addr',
      createListener({ ...machines, deliver: notices.deliver, pages: loadPages }),
    )
    const metricsOrigin = await open(
      'metrics_addr',
      createListener({ ...machines, isRootMetrics: config.go_mode }),
    )
    await publisher.start() // scrapes wait for it already
    if (hasOAuth) {
      await sessions.restore()
    } else sessions.usePlayground(config.access_tokens)
    stopRounds = repeat(clock, roundMs, async () => {
      if (hasOAuth) await sessions.look()
      sessions.lookAtBalances()
    })
    const places = [
      ...(origin ? [originInWords(origin, config.server_addr?.host)] : []),
      ...(metricsOrigin ? [originInWords(metricsOrigin, config.metrics_addr?.host)] : []),
    ]
    const advice = tls ? ', by https only: a scrape config needs "scheme: https"' : ''
    log.info({}, `Serving /stats at ${places.join(' and ')}${advice}.`)
    invite()
    return { origin: origin ?? '', metricsOrigin, reconfigure, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
