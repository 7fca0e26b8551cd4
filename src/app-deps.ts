import type { Config } from './config/settings.ts'
import type { Clock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import type { BuildInfo } from './metrics/meters.ts'
import type { HttpFetch } from './monzo/http-fetch.ts'
import type * as OAuth from './monzo/oauth.ts'
import type { LoginStateName } from './readings/login-state-name.ts'
import type * as Pages from './web/pages.ts'
import type * as TlsFiles from './web/tls-files.ts'

/** What the exporter is built from, and all that it sees of the world. */
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
  /** openid-client, at the first login or refresh. */
  readonly oauth: () => Promise<typeof OAuth>
  /** Node's TLS, to serve HTTPS. */
  readonly tlsFiles: () => Promise<typeof TlsFiles>
  /** Express and the pages for people, at the first page view. */
  readonly pages: () => Promise<typeof Pages>
}

/** What can change while it runs: settings that are live, and what there is to say of them. */
export type Reconfigured = Pick<AppDeps, 'config' | 'warnings'>

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
