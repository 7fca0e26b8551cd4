import type { RequestListener } from 'node:http'
import type { App, AppDeps, Reconfigured } from './app-deps.ts'
import { callbackUrlOf } from './config/callback.ts'
import { instantOf } from './lib/clock.ts'
import { createInFlight } from './lib/in-flight.ts'
import { repeat } from './lib/repeat.ts'
import { authorizeLink } from './login/authorize-link.ts'
import { Collector } from './login/collector.ts'
import { createLoginFlow } from './login/login-flow.ts'
import type { Login } from './login/session.ts'
import { Logins } from './login/sessions.ts'
import { renderExposition } from './metrics/exposition.ts'
import { snapshotGauges } from './metrics/legacy.ts'
import { createMeters } from './metrics/meters.ts'
import { addProcessMetrics } from './metrics/process-metrics.ts'
import { createPublisher } from './metrics/publisher.ts'
import { createCallLimit } from './monzo/call-limit.ts'
import { MonzoClient } from './monzo/client.ts'
import { lateOAuth } from './monzo/late-oauth.ts'
import { createNotices } from './notices/notices.ts'
import { polledLogin } from './polled-login.ts'
import { assembleSnapshot } from './readings/assemble.ts'
import { whyNotReady } from './readings/readiness.ts'
import type { Snapshot } from './readings/snapshot.ts'
import { openTokens } from './tokens/open-tokens.ts'
import { createBearerCheck } from './web/bearer-check.ts'
import { createListener } from './web/listener.ts'
import { type Listening, listen } from './web/serve.ts'
import { openTlsFiles, type TlsFiles } from './web/tls-files.ts'

const LONGEST_ROUND_MS = 60_000 // a tokens file that a person replaced is used soon

/**
 * Builds every part from its row of the house, and starts it. No logic: who may log in is in
 * `auth`, when to poll in `collect`, what to show in `metrics`.
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
    pid: deps.pid,
    log,
    onChange: () => publisher.changed(),
  })

  const limit = createCallLimit(clock)
  const createClient = (login: Login, accessToken: (refused?: string) => Promise<string>) =>
    new MonzoClient({
      baseUrl: config.monzo_api_url,
      fetch: deps.fetch,
      clock,
      random,
      gate: login.gate,
      run: limit.share(),
      accessToken,
      onCall: meters.apiRequest,
      onUnreadable: (endpoint) => meters.unreadableRecord({ endpoint }),
    })

  const collector = new Collector({
    clock,
    log,
    pollIntervalMs: () => live().poll_interval.ms,
    accountId: config.account_id,
    withPots: () => live().pots,
    withTransactions: () => live().transactions,
    keepsDescriptions: config.legacy_metrics,
    onPolled({ id, seconds, reasons }) {
      meters.polled({ seconds })
      for (const reason of reasons) meters.pollFailed({ reason })
      publisher.changed()
      notices.polled(id)
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
    wake: (hint) => collector.reread(hint, () => publisher.changed()),
    onDelivery: meters.webhookDelivered,
  })

  const printLink = () => deps.printLink(authorizeLink(config.redirect_uri, authKey()))
  const askForLogin = (sentence: string) => {
    log.warn({}, `${sentence}: open the link printed on standard output.`)
    printLink()
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
    async refresh(refreshToken) {
      const client = await oauth()
      return limit.run(() => client.refresh(refreshToken), stopping.signal)
    },
    logOut: (login, token) => createClient(login, async () => token).logOut(clock.timeout(5000)),
    onRefresh: (outcome) => meters.tokenRefreshed({ outcome }),
    onAdded(login) {
      const client = createClient(login, (refused) => login.tokens.accessToken(refused))
      const accounts = () => collector.collected(login.id).readings
      notices.add({ login, calls: client, accounts })
      collector.add(polledLogin(login, client, logins))
    },
    onRemoved({ id }) {
      collector.remove(id)
      notices.remove(id)
    },
    onRenewed: (login) => collector.wake(login.id),
    onChanged() {
      publisher.changed()
      deps.onLoginStates?.(logins.all.map(({ state }) => state.state))
    },
    onPersonNeeded: askForLogin,
    onConsentEnds() {
      if (live().auth_key === undefined) printLink() // nobody can know a random key otherwise
    },
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
        staleAfterMs: live().stale_after.ms,
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
      polls: () => logins.all.map(({ id }) => collector.pollStatus(id)),
      watch(id) {
        collector.watch(id)
        return logins.find(id)
      },
      authKey,
      publicUrl: config.redirect_uri,
      redirectUrl: callbackUrlOf(config),
      isGoMode: config.go_mode,
      addsPeople: config.account_id === undefined,
      authOrigin: config.monzo_auth_url.origin,
      isStatsTokenSet: () => live().stats_token !== undefined,
      trustedProxies: () => live().trusted_proxies,
      notices: () => [...running.warnings, ...logins.notices],
      version: deps.build.version,
      clock,
      log,
    })
  }
  let isBearer = createBearerCheck(config.stats_token)
  const machines = {
    exposition: () => publisher.current(),
    isAllowed: (authorization: string | undefined) => isBearer(authorization),
    publicUrl: config.redirect_uri,
    ready: () => whyNotReady(snapshot()),
    log,
  }

  /** Prints the link where somebody may want it now. */
  const invite = () => {
    if (!hasOAuth) return
    if (logins.all.length === 0) askForLogin('Nobody is logged in')
    else if (logins.all.some(({ isOver }) => isOver)) askForLogin('Somebody has to log in again')
    else if (live().auth_key === undefined && config.account_id === undefined)
      askForLogin('More people may be added while this runs')
  }
  const reconfigure = (next: Reconfigured): void => {
    const before = { key: authKey(), intervalMs: live().poll_interval.ms }
    running = next
    isBearer = createBearerCheck(live().stats_token)
    if (live().poll_interval.ms !== before.intervalMs) collector.spread()
    publisher.changed()
    if (authKey() !== before.key) invite()
  }

  const opened: Listening[] = []
  const roundMs = () => Math.min(live().poll_interval.ms, LONGEST_ROUND_MS)
  let stopRounds: () => Promise<void> = async () => undefined
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stopping'))
    await Promise.all([
      ...opened.map((listening) => listening.close()),
      collector.stop(),
      stopRounds(),
      inFlight.settled(),
      notices.settled(),
    ])
    await logins.stop()
    await publisher.stop()
    await lock.release()
  }
  let tls: TlsFiles | undefined
  const open = async (setting: 'server_addr' | 'metrics_addr', listener: RequestListener) => {
    const address = config[setting]
    if (!address) return undefined
    const listening = await listen(listener, address, { clock, setting, tls })
    opened.push(listening)
    return listening.origin
  }
  try {
    tls = await openTlsFiles(config, { clock, log })
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
      await logins.restore()
      stopRounds = repeat(clock, roundMs, () => logins.attend())
    } else logins.usePlayground(config.access_tokens)
    const origins = [origin, metricsOrigin].filter((one) => one !== undefined)
    log.info({}, `Serving /stats at ${origins.join(' and ')}.`)
    invite()
    return { origin: origin ?? '', metricsOrigin, reconfigure, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
