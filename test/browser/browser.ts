import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findProgram } from '../e2e/program.ts'

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-lcd-text', // gray edges: pictures of a third of the size
]
/** A page that says no, an exporter that can't be reached, and a header that counts by https only. */
const EXPECTED =
  /status of [45]\d\d|net::ERR_(?:CONNECTION|EMPTY_RESPONSE|SOCKET|INTERNET)|Opener-Policy header has been ignored/
const GIVE_UP_MS = 20_000 // far more than a page needs on a busy machine

/**
 * Debian's chromium for all tests of a file; skips them, saying why, where it is not installed.
 * @param args of its command line, besides what keeps it quiet.
 */
export async function openBrowser(
  t: TestContext,
  args: readonly string[] = [],
): Promise<Browser | undefined> {
  const executablePath = findProgram(t, 'chromium', 'chromium')
  if (executablePath === undefined) return undefined
  const browser = await chromium.launch({ executablePath, args: [...QUIET, ...args] })
  t.after(() => browser.close())
  return browser
}

/**
 * A page in a browser profile of its own. The test fails for whatever a page breaks silently:
 * scripts that throw, and what the policy of a page stops.
 */
export async function openPage(
  t: TestContext,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  context.setDefaultTimeout(GIVE_UP_MS)
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text()))
      complaints.push(message.text())
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  t.after(async () => {
    await context.close()
    assert.deepEqual(complaints, [])
  })
  return context.newPage()
}

interface Finding {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

const WIDTHS = [320, 390, 768, 1280]
const THEMES = ['light', 'dark'] as const

/**
 * Looks at the page as it is now, in both themes, narrow and wide: axe finds nothing, and nothing
 * has to be scrolled sideways.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source)
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 })
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme })
      const where = `${name}, ${width} px, ${colorScheme}`
      const findings = await page.evaluate<readonly Finding[]>(
        'axe.run().then(({ violations }) => violations)',
      )
      const words = findings.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])
      assert.deepEqual(words, [], where)
    }
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(overflow, 0, `${name} has to be scrolled sideways at ${width} px`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
