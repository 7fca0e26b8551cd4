import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { LoginStatus } from '../../src/login/login-flow.ts'
import type { PastSummary } from '../../src/readings/past.ts'
import { setupPages } from '../web/fake-site.ts'
import { inspect, openBrowser, openPage } from './browser.ts'
import { APPROVE, approve, begin, giveKey, showsHeading } from './clicks.ts'
import { KEY, startSite } from './site.ts'

const WHILE_POLLS_WAIT = { timeout: 60_000 } // a failed one is tried again, later each time
const BACK = '/callback?code=c&state=s'

/** The page as a browser sees it that comes back from Monzo, on a clock that stands still. */
async function openWaiting(
  t: TestContext,
  browser: Browser,
  login: () => LoginStatus = () => ({ id: 'login-1', state: 'awaiting_approval' }),
) {
  let asked = 0
  const watch = () => {
    asked++
    return login()
  }
  const { origin, flow } = await setupPages(t, { watch })
  flow.standings = { s: 'same_browser' }
  const page = await openPage(t, browser)
  await page.clock.install()
  await page.goto(origin + BACK)
  /** @returns how often the page has asked. */
  return { page, asked: () => asked }
}

test('The waiting page in a browser', { concurrency: 3 }, async (t) => {
  const browser = await openBrowser(t)
  if (!browser) return
  const running: Promise<void>[] = []

  running.push(
    t.test('says how far reading the history is, until that is over', async (t) => {
      let login: LoginStatus = { id: 'login-1', state: 'awaiting_approval' }
      const read = (history: PastSummary): void => {
        login = { id: 'login-1', state: 'connected', history }
      }
      const { page, asked } = await openWaiting(t, browser, () => login)
      await showsHeading(page, APPROVE)
      read({ transactions: 0, progress: { transactions: 0 } })
      await page.clock.runFor('00:01')
      await showsHeading(page, 'Connected')
      await page.getByText('Reading your history', { exact: true }).waitFor()
      read({ transactions: 3412, progress: { year: 2021, transactions: 3412 } })
      await page.clock.runFor('00:01')
      const progress = page.getByText('Reading your history: 2021, 3,412 transactions')
      await progress.waitFor()
      await inspect(page, 'the page that reads history in')
      read({ transactions: 12_345, knownSinceMs: 0 })
      await page.clock.runFor('00:01')
      await page.getByText('Finished reading your history.').waitFor()
      const before = asked()
      await page.clock.runFor('00:10')
      assert.equal(asked(), before)
    }),
  )

  running.push(
    t.test('says after two minutes what to do, goes on asking, and can start again', async (t) => {
      let login: LoginStatus = { id: 'login-1', state: 'awaiting_approval' }
      const { page, asked } = await openWaiting(t, browser, () => login)
      await showsHeading(page, APPROVE)
      const help = page.getByText('Look in the feed of the Monzo app')
      await page.clock.runFor('01:55')
      assert.equal(await help.isVisible(), false)
      await page.clock.runFor('00:10')
      await showsHeading(page, 'Not approved yet')
      await help.waitFor()
      assert.equal(await page.title(), 'Not approved yet · Monzo exporter')
      await page.getByRole('button', { name: 'Start again' }).waitFor()
      await inspect(page, 'the waiting page that waits no longer')
      await page.clock.runFor('03:00')
      // Its fetches take real time, so each second waits for what the last one has begun.
      const settled = () => page.evaluate(async () => (await fetch('/')).text())
      await settled()
      const before = asked()
      for (let second = 0; second < 20; second++) {
        await page.clock.runFor('00:01')
        await settled()
      }
      assert.ok(asked() - before <= 5, `asked ${asked() - before} times in 20 s, not every ten`)
      login = { ...login, state: 'connected' }
      await page.clock.runFor('00:11')
      await showsHeading(page, 'Connected')
    }),
  )

  running.push(
    t.test('says why Monzo can’t be reached, as long as it can’t', async (t) => {
      const site = await startSite(t)
      const page = await openPage(t, browser)
      await begin(page, site.links[0] ?? '')
      site.sandbox.addFault({ kind: 'html', status: 403, count: 'forever' })
      const trouble = page.locator('[data-trouble]')
      await trouble.waitFor(WHILE_POLLS_WAIT)
      assert.match((await trouble.textContent()) ?? '', /^The last poll failed\. .*not from Monzo/)
      await inspect(page, 'the waiting page behind a firewall')
      site.sandbox.clearFaults()
      await trouble.waitFor({ ...WHILE_POLLS_WAIT, state: 'hidden' })
      site.sandbox.approve()
      await showsHeading(page, 'Connected')
    }),
  )

  running.push(
    t.test('says when the exporter itself does not answer', async (t) => {
      const { page } = await openWaiting(t, browser)
      await page.context().setOffline(true)
      await page.clock.runFor('00:20')
      const trouble = page.getByText('The exporter does not answer. Is it still running?')
      await trouble.waitFor()
      await page.context().setOffline(false)
      await page.clock.runFor('00:06')
      await trouble.waitFor({ state: 'hidden' })
    }),
  )

  running.push(
    t.test('a login that has ended is renewed with three clicks', async (t) => {
      const site = await startSite(t)
      const page = await openPage(t, browser)
      const phone = await openPage(t, browser)
      await begin(page, site.links[0] ?? '')
      site.sandbox.approve()
      await showsHeading(page, 'Connected')
      await page.goto(site.origin)
      await showsHeading(page, 'Connected')

      site.sandbox.evict()
      await showsHeading(page, 'You have to log in again')
      const clicks: string[] = []
      await page.exposeFunction('clicked', (what: string) => clicks.push(what))
      await page.context().addInitScript(COUNT_CLICKS)
      await page.evaluate(COUNT_CLICKS)
      await giveKey(page, KEY, 'Authorize')
      await page.getByLabel('Your e-mail address').fill('sam@example.com')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.goto(`${site.sandbox.authUrl}/mail`) // a person’s own mail program
      await page.getByRole('link', { name: 'Open here' }).first().click()
      await showsHeading(page, APPROVE)
      await approve(phone, site.sandbox.authUrl)
      await showsHeading(page, 'Connected')
      assert.deepEqual(clicks, ['Authorize', 'Continue', 'Open here'])
    }),
  )
  await Promise.all(running)
})

const COUNT_CLICKS = `document.addEventListener(
  'click',
  ({ target, isTrusted }) => {
    const what = target.closest('a, button, summary')
    if (isTrusted && what) globalThis.clicked(what.textContent.trim())
  },
  true,
)`
