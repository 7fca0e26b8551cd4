import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HELP } from '../../src/web/help-entries.ts'
import { setupPages } from '../web/fake-site.ts'
import { inspect, openBrowser, openPage } from './browser.ts'

test('The help opens what a person chooses, and is readable with everything open', async (t) => {
  const browser = await openBrowser(t)
  if (!browser) return
  const { origin } = await setupPages(t)
  const page = await openPage(t, browser)
  await page.goto(`${origin}/assets/help`)
  const answer = page.getByText('ssh -L 8080:127.0.0.1:8080 HOST')
  assert.equal(await answer.isVisible(), false)
  await page.getByText('The link does not open').click()
  assert.equal(await answer.isVisible(), true)

  await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true')
  const entries = HELP.flatMap((section) => section.entries)
  assert.equal(await page.locator('details[open]').count(), entries.length)
  await inspect(page, 'the help, all of it open')
})
