import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { LoginStatus } from '../../src/login/login-flow.ts'
import type { ExporterFacts } from '../../src/web/exporter-facts.ts'
import { FACTS, KEY, setupPages } from '../web/fake-site.ts'
import { inspect, openBrowser, openPage } from './browser.ts'
import { showsHeading } from './clicks.ts'

const NOW_MS = Date.parse('2026-11-22T10:00:00Z')
const HOUR_MS = 3_600_000
const SAM: LoginStatus = {
  ...{ id: 'a', userId: 'user_00009ZxYSam', state: 'connected' },
  sinceMs: NOW_MS - 24 * HOUR_MS,
  authorizationExpiresAtMs: NOW_MS + 88 * 24 * HOUR_MS,
  ...{ lastPollAtMs: NOW_MS - 5000, lastSuccessAtMs: NOW_MS - 5000 },
  accounts: [{ accountId: 'acc_0000Sam', accountType: 'uk_retail' }],
}
const ENDED: LoginStatus = { ...SAM, state: 'reauthorization_required' }
const QUIET: ExporterFacts = {
  ...{ ...FACTS, areTokensPersisted: false, keepsHistory: false },
  scrapes: { startedAtMs: NOW_MS - HOUR_MS, refusedAtMs: NOW_MS - 10 * 60_000 },
  webhooks: { isFailing: false, lastDeliveryAtMs: NOW_MS - 60_000 },
}
const READ = '22 Nov 2026, 09:59 UTC (5 seconds ago)'

/** What the page shows beside a term. */
const shown = (page: Page, term: string) => page.locator(`dt:text-is("${term}") + dd`)

test('The status page in a browser', { concurrency: 3 }, async (t) => {
  const browser = await openBrowser(t, ['--host-resolver-rules=MAP monzo.lan 127.0.0.1'])
  if (!browser) return
  const running: Promise<void>[] = []

  running.push(
    t.test('shows times in the browser’s zone, and in UTC without JavaScript', async (t) => {
      const { origin } = await setupPages(t, { logins: () => [SAM] })
      const berlin = await openPage(t, browser, { timezoneId: 'Europe/Berlin' })
      await berlin.goto(origin)
      await shown(berlin, 'Balances last read').getByText('22 Nov 2026, 10:59 CET').waitFor()
      const plain = await openPage(t, browser, { javaScriptEnabled: false })
      await plain.goto(origin)
      assert.equal(await shown(plain, 'Balances last read').textContent(), READ)
    }),
  )

  running.push(
    t.test('follows what happens without a reload, and leaves a typed key alone', async (t) => {
      let login = SAM
      const { origin } = await setupPages(t, { logins: () => [login] })
      const page = await openPage(t, browser, { timezoneId: 'Europe/London' })
      await page.clock.install()
      await page.goto(origin)
      await page.evaluate('globalThis.isSamePage = true')
      await page.getByText('Log in again, add a person').click()
      login = { ...SAM, lastSuccessAtMs: NOW_MS - 3000 }
      await page.clock.fastForward('00:03')
      await page.getByText('(3 seconds ago)').waitFor()
      assert.ok(await page.getByLabel('Key').isVisible(), 'what was opened stays open')
      await page.getByLabel('Key').fill(KEY)
      login = ENDED
      await page.clock.fastForward('00:03')
      await showsHeading(page, 'You have to log in again')
      await page.getByText('Not working').waitFor()
      assert.equal(await page.title(), 'You have to log in again · Monzo exporter')
      assert.equal(await page.getByLabel('Key').inputValue(), KEY)
      await page.getByLabel('Key').fill('')
      await page.getByText('Redirect URL to register').focus()
      await page.clock.fastForward('00:03')
      await page.locator('#login').getByLabel('Key').waitFor()
      await page.clock.fastForward('00:03')
      assert.equal(await page.evaluate('globalThis.isSamePage'), true)
    }),
  )

  running.push(
    t.test('says when the exporter does not answer any more, and when it does again', async (t) => {
      const { origin } = await setupPages(t, { logins: () => [SAM] })
      const page = await openPage(t, browser)
      await page.clock.install()
      await page.goto(origin)
      await page.context().setOffline(true)
      await page.clock.fastForward('00:05')
      const alert = page.getByRole('alert')
      assert.equal(await alert.count(), 0, 'once is no outage')
      await page.clock.fastForward('00:20')
      await alert.getByText(/^The exporter does not answer\. What you see is from \d/).waitFor()
      await inspect(page, 'the status page of an exporter that is silent')
      await page.context().setOffline(false)
      await page.clock.fastForward('00:05')
      await alert.waitFor({ state: 'hidden' })
    }),
  )

  running.push(
    t.test('copies the redirect URL, also on plain http in a home network', async (t) => {
      const { origin } = await setupPages(t)
      for (const address of [origin, origin.replace('127.0.0.1', 'monzo.lan')]) {
        const page = await openPage(t, browser, {
          permissions: ['clipboard-read', 'clipboard-write'],
        })
        await page.goto(address)
        assert.equal(await page.evaluate('isSecureContext'), address === origin)
        await page.getByRole('button', { name: 'Copy' }).first().click()
        await page.getByRole('button', { name: 'Copied' }).waitFor()
        await page.getByLabel('Key').focus()
        await page.keyboard.press('Control+V')
        assert.equal(await page.getByLabel('Key').inputValue(), 'http://127.0.0.1:8080/callback')
      }
    }),
  )

  running.push(
    t.test('breaks no time in two, at any width', async (t) => {
      const lost = { sinceMs: NOW_MS - HOUR_MS, isAll: true, accountIds: ['acc_0000Sam'] }
      const { origin } = await setupPages(t, {
        logins: () => [{ ...SAM, lost }],
        facts: () => QUIET,
      })
      for (const width of [320, 390, 768, 1280]) {
        const page = await openPage(t, browser, { viewport: { width, height: 800 } })
        await page.goto(origin)
        const lines = await page.evaluate<number[]>(
          "[...document.querySelectorAll('time, .distance')].map((one) => one.getClientRects().length)",
        )
        assert.ok(lines.length > 10)
        assert.deepEqual(new Set(lines), new Set([1]), `${width} px`)
      }
    }),
  )
  await Promise.all(running)
})
