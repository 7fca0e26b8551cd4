import type { Response } from 'express'
import { assetPath } from './assets-route.ts'
import { type Html, html } from './html.ts'

/** Below `/assets`, because the routes at the top level are fixed. */
export const HELP_PATH = '/assets/help'

/** What every page needs to know about the site it is on. */
export interface Site {
  /** Stands before every link: `''` or `/monzo`. */
  readonly prefix: string
  readonly version: string
  /** Whether pages link to the metrics. Elsewhere than on loopback, a proxy should not hand them out. */
  readonly linksMetrics: boolean
}

/** One page; its title is usually its headline, too. */
export interface Page {
  readonly title: string
  /** Everything between header and footer. */
  readonly main: Html
  /** Where a browser without JavaScript goes after so many seconds. */
  readonly refresh?: { readonly afterSeconds: number; readonly path: string } | undefined
}

/** Sends a whole page. Headers for caching and security are set before any route runs. */
export function sendPage(response: Response, status: number, site: Site, page: Page): void {
  response.status(status).type('html').send(renderPage(site, page))
}

/** The headline of a page; it can be focused by the script. */
export function headline(text: string): Html {
  return html`<h1 tabindex="-1">${text}</h1>`
}

function renderPage(
  { prefix, version, linksMetrics }: Site,
  { title, main, refresh }: Page,
): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · Monzo exporter</title>
<link rel="stylesheet" href="${prefix}${assetPath('style.css')}">
<link rel="icon" type="image/svg+xml" href="${prefix}${assetPath('icon.svg')}">
${refresh && html`<noscript><meta http-equiv="refresh" content="${refresh.afterSeconds}; url=${refresh.path}"></noscript>`}
<script src="${prefix}${assetPath('script.js')}" defer></script>
</head>
<body>
<header class="top"><a href="${prefix}/"><img src="${prefix}${assetPath('icon.svg')}" width="28" height="28" alt="">Monzo exporter</a></header>
<main>
${main}
</main>
<footer class="bottom">
<a href="${prefix}/">Status</a>${linksMetrics ? html`<a href="${prefix}/stats">Metrics</a>` : undefined}<a href="${prefix}${HELP_PATH}">Docs</a><span>Version ${version}</span>
</footer>
</body>
</html>
`.toString()
}
