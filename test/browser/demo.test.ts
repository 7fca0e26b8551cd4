import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMain } from '../e2e/program.ts'
import { inspect, openBrowser, openPage } from './browser.ts'
import { approve, askForMail, openMail, shoot, showsHeading } from './clicks.ts'

test('The demo, clicked through as a person would, ends with a scrape config and a balance', async (t) => {
  const browser = await openBrowser(t)
  if (!browser) return
  const demo = startMain(t, ['demo'])
  const [link = ''] = await demo.says(/^http:\S+\/authorize\?key=\S+$/m)
  const { origin } = new URL(link)
  const page = await openPage(t, browser)
  const phone = await openPage(t, browser)

  await page.goto(origin)
  await showsHeading(page, 'Nobody is logged in')
  assert.match(await page.content(), /the money is not real/)
  await page.goto(link)
  await showsHeading(page, 'Log in to Monzo')
  assert.doesNotMatch(page.url(), /key/)
  await askForMail(page)
  await openMail(page)

  await showsHeading(page, 'Now approve in the Monzo app')
  await shoot(page, 'approve')
  const [, phoneUrl = ''] = await demo.says(/^Step 2: .*: (\S+)\/phone$/m)
  await phone.goto(`${phoneUrl}/phone`)
  await shoot(phone, 'phone')
  await approve(phone, phoneUrl)
  await showsHeading(page, 'Connected')
  await page.bringToFront()
  await inspect(page, 'Connected')
  await shoot(page, 'connected')

  const config = await page.getByRole('region', { name: 'Scrape config' }).textContent()
  assert.match(config ?? '', /metrics_path: \/stats/)
  assert.match(config ?? '', new RegExp(`targets: \\['${new URL(origin).host}'\\]`))
  await page.getByRole('link', { name: 'To the status page' }).click()
  await showsHeading(page, 'Connected')
  await page.getByText('Balances last read').waitFor()
  await page.getByText('No scrape since the start').waitFor()
  assert.ok((await fetch(`${origin}/stats`)).ok)
  await page.getByText('Last scrape').waitFor()
  await page.getByText(/everything since .* is known/).waitFor()
  await shoot(page, 'status')
  await page.getByRole('link', { name: 'Metrics' }).click()
  assert.match((await page.locator('pre').textContent()) ?? '', /^monzo_balance\{/m)
})
