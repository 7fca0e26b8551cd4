import { type Html, html } from './html.ts'
import { renderMoment } from './moment.ts'
import type { ScrapeNews } from './scrapes.ts'
import type { Seen } from './verdict.ts'

/** What the status page says of the exporter itself. Times in Unix ms. */
export interface ExporterFacts {
  readonly scrapes: ScrapeNews
  /** Whether tokens.json holds the newest tokens; absent where none is used. */
  readonly areTokensPersisted?: boolean | undefined
  /** Absent without webhooks. */
  readonly webhooks?:
    | undefined
    | {
        readonly isFailing: boolean
        readonly lastDeliveryAtMs?: number | undefined
      }
  readonly keepsHistory: boolean
}

const QUIET_MS = 5 * 60_000 // Prometheus asks every minute, or more often

/** Rows for whether Prometheus asks, whether the tokens are safe, and what is switched on. */
export function renderExporterFacts(facts: ExporterFacts, { nowMs, hasOAuth }: Seen): Html {
  const { scrapes, areTokensPersisted, webhooks, keepsHistory } = facts
  return html`<dl>
<dt>Prometheus</dt><dd>${renderScrapes(scrapes, nowMs)}</dd>
${areTokensPersisted === undefined ? undefined : html`<dt>Tokens</dt><dd>${areTokensPersisted ? 'Safe on disk' : AT_RISK}</dd>`}
<dt>Webhooks</dt><dd>${renderWebhooks(webhooks, nowMs)}</dd>
${keepsHistory ? undefined : html`<dt>History</dt><dd>${hasOAuth ? NO_HISTORY : NO_HISTORY_WITH_TOKENS}</dd>`}
</dl>`
}

const AT_RISK =
  'Only in memory. If the exporter stops now, somebody has to log in again. The log says why; most often the disk is full or read-only.'
const NO_HISTORY = html`Off: only what happens from now on is known. To have the years before, set <code>history = true</code>, restart, and log in again.`
const NO_HISTORY_WITH_TOKENS = html`Off. With <code>history = true</code>, the last 88 days are read and kept.`

function renderScrapes({ startedAtMs, lastAtMs, refusedAtMs }: ScrapeNews, nowMs: number): Html {
  const isQuiet = nowMs - (lastAtMs ?? Number.NEGATIVE_INFINITY) > QUIET_MS
  const last =
    lastAtMs === undefined
      ? html`No scrape since the start, ${renderMoment(startedAtMs, nowMs)}.`
      : html`Last scrape ${renderMoment(lastAtMs, nowMs)}${isQuiet ? '.' : undefined}`
  if (!isQuiet) return last
  if (refusedAtMs !== undefined)
    return html`${last} One was refused ${renderMoment(refusedAtMs, nowMs)}, without the right token: set <code>credentials</code> in <code>prometheus.yml</code> to <code>stats_token</code>.`
  return lastAtMs === undefined
    ? html`${last} Is the scrape config below in <code>prometheus.yml</code>?`
    : html`${last} Is Prometheus running? Its Targets page says what is wrong.`
}

function renderWebhooks(webhooks: ExporterFacts['webhooks'], nowMs: number): Html {
  if (!webhooks) return html`Off: payments show with the next poll`
  const { isFailing, lastDeliveryAtMs } = webhooks
  if (isFailing)
    return html`On, but not registered for every account. The log says why; the exporter keeps trying.`
  return lastDeliveryAtMs === undefined
    ? html`On, nothing delivered since the start`
    : html`On, last delivery ${renderMoment(lastDeliveryAtMs, nowMs)}`
}
