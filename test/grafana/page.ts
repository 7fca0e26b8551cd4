import type { TestContext } from 'node:test'
import { build } from 'esbuild'
import { type openBrowser, openPage } from '../browser/browser.ts'
import { serve } from '../fakes/serve.ts'
import type { Shown, ShownPage } from './page/shown.ts'

const FOLDER = 'test/grafana'
const HTML = `<!doctype html><html lang="en"><title>Dashboards</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css"><body><script src="script.js"></script></body></html>`
const DATA_URLS = ['.gif', '.png', '.svg', '.ttf', '.woff', '.woff2']

/** Grafana's own components with our page around them, as one script and one stylesheet. */
export async function bundlePage(): Promise<{ readonly script: string; readonly style: string }> {
  const { outputFiles } = await build({
    entryPoints: [`${FOLDER}/page/page.tsx`],
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: Object.fromEntries(DATA_URLS.map((ending) => [ending, 'dataurl'])),
    logLevel: 'error',
  })
  const textOf = (ending: string) =>
    outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { script: textOf('.js'), style: textOf('.css') }
}

/** A page that reads and draws dashboards, at a moment that stands still. */
export async function openDashboards(
  t: TestContext,
  browser: NonNullable<Awaited<ReturnType<typeof openBrowser>>>,
  { script, style }: Awaited<ReturnType<typeof bundlePage>>,
  atMs: number,
) {
  const page = await openPage(t, browser, {
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    deviceScaleFactor: 1,
  })
  await page.clock.setFixedTime(atMs)
  await page.goto(await servePage(t, script, style))
  return {
    /** What a person reads, by the title of the panel. */
    read: (shown: Shown): Promise<Record<string, string[]>> =>
      page.evaluate((all) => (globalThis as unknown as ShownPage).read(all), shown),
    /** @returns a picture of the dashboard. */
    async draw(shown: Shown): Promise<Buffer> {
      await page.setViewportSize({ width: shown.width, height: 800 })
      await page.evaluate((all) => (globalThis as unknown as ShownPage).draw(all), shown)
      return page.screenshot({ fullPage: true })
    },
    /** What stands on the page, by the title of the panel. */
    texts: (): Promise<Record<string, string>> =>
      page.evaluate(() => (globalThis as unknown as ShownPage).texts()),
  }
}

const servePage = (t: TestContext, script: string, style: string): Promise<string> =>
  serve(t, (request, response) => {
    const [type, text] = {
      '/script.js': ['text/javascript', script],
      '/style.css': ['text/css', style],
    }[request.url ?? ''] ?? ['text/html', HTML]
    response.setHeader('content-type', `${type}; charset=utf-8`).end(text)
  })
