import { type Html, html } from './html.ts'

/** What a scrape config depends on. */
export interface ScrapeDeps {
  readonly publicUrl: URL
  readonly prefix: string
  readonly isStatsTokenSet: () => boolean
}

/** The scrape config, in a block to copy from. The token in it is a placeholder. */
export function renderScrapeConfig(deps: ScrapeDeps): Html {
  return html`<p>Add this to <code>prometheus.yml</code>, then reload Prometheus:</p>
<pre id="scrape-config" tabindex="0" role="region" aria-label="Scrape config">${scrapeConfig(deps)}</pre>
<p><button type="button" class="plain" data-copy="scrape-config" hidden>Copy</button></p>
<p class="quiet">If Prometheus runs on another machine, the target is this exporter’s address as seen from there.</p>`
}

function scrapeConfig({ publicUrl, prefix, isStatsTokenSet }: ScrapeDeps): string {
  const lines = [
    'scrape_configs:',
    '  - job_name: monzo',
    `    metrics_path: ${prefix}/stats`,
    ...(publicUrl.protocol === 'https:' ? ['    scheme: https'] : []),
    ...(isStatsTokenSet() ? ['    authorization:', "      credentials: '<stats_token>'"] : []),
    '    static_configs:',
    `      - targets: ['${publicUrl.host}']`,
  ]
  return lines.join('\n')
}
