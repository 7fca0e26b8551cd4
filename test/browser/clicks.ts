import { resolve } from 'node:path'
import type { Page } from 'playwright-core'

/** What the page is headed that waits for the phone. */
export const APPROVE = 'Now approve in the Monzo app'

/** Clicks the printed link and everything after it, up to the phone. */
export async function begin(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await askForMail(page)
  await openMail(page)
  await showsHeading(page, APPROVE)
}

export async function giveKey(page: Page, key: string, button: string): Promise<void> {
  await page.getByLabel('Key').fill(key)
  await page.getByRole('button', { name: button }).click()
}

/** What a person does on Monzo's side, up to the mail: types the address, opens the mailbox. */
export async function askForMail(page: Page, email = 'sam@example.com'): Promise<void> {
  await page.getByLabel('Your e-mail address').fill(email)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('link', { name: 'Open the mailbox' }).click()
}

/** Opens the newest mail's link in this browser. */
export async function openMail(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Open here' }).first().click()
}

/** The newest mail's link, to be opened elsewhere. */
export const copyMailLink = async (page: Page): Promise<string> =>
  (await page.getByText('/magic/').first().textContent()) ?? ''

/** Approves in the Monzo app. */
export async function approve(phone: Page, authUrl: string): Promise<void> {
  await phone.goto(`${authUrl}/phone`)
  await phone.getByLabel('Your PIN').fill('1234')
  await phone.getByRole('button', { name: 'Approve' }).click()
  await phone.getByRole('button', { name: 'Remove access' }).waitFor()
}

export const showsHeading = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

const PICTURE = { width: 440, height: 820 } // what a glance takes in; and small files

/** A picture for README, when the environment asks for them: a test run leaves no changes behind. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (!process.env['MONZO_EXPORTER_SCREENSHOTS']) return
  const before = page.viewportSize()
  await page.setViewportSize(PICTURE)
  await page.screenshot({ path: resolve(`docs/screenshots/${name}.png`), animations: 'disabled' })
  if (before) await page.setViewportSize(before)
}
