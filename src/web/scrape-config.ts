import { type Html, html } from './html.ts'

/** What a scrape config depends on. */
export interface ScrapeDeps {
  /** Of the listener that is meant to be scraped. A proxy in front of it should keep `/stats` inside. */
  readonly origin: () => string
  /** `redirect_uri`, for whose host name a certificate is. */
  readonly publicUrl: URL
  readonly isStatsTokenSet: () => boolean
}

/** Where Prometheus finds the metrics, as this machine would say it. */
export const statsUrl = ({ origin }: ScrapeDeps): string => `${origin()}/stats`

/** The scrape config, in a block to copy from. The token in it is a placeholder. */
export function renderScrapeConfig(deps: ScrapeDeps): Html {
  return html`<p>Add this to <code>prometheus.yml</code>, then reload Prometheus:</p>
<pre id="scrape-config" tabindex="0" role="region" aria-label="Scrape config">${scrapeConfig(deps)}</pre>
<p><button type="button" class="plain" data-copy="scrape-config" hidden>Copy</button></p>
<p class="quiet">If Prometheus runs on another machine or in a container, the target is this exporter’s address as seen from there.</p>`
}

function scrapeConfig({ origin, publicUrl, isStatsTokenSet }: ScrapeDeps): string {
  const { protocol, host, hostname } = new URL(origin())
  const isHttps = protocol === 'https:'
  const lines = [
    'scrape_configs:',
    '  - job_name: monzo',
    '    metrics_path: /stats',
    ...(isHttps ? ['    scheme: https'] : []),
    ...(isHttps && hostname !== publicUrl.hostname
      ? [
          '    tls_config:',
          `      server_name: ${publicUrl.hostname.replace(/^\[(.*)\]$/, "'$1'")}`,
        ]
      : []),
    ...(isStatsTokenSet() ? ['    authorization:', "      credentials: '<stats_token>'"] : []),
    '    static_configs:',
    `      - targets: ['${host}']`,
  ]
  return lines.join('\n')
}
