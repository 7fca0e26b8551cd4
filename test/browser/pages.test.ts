import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { systemClock } from '../../src/lib/clock.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { LoginStatus } from '../../src/login/login-flow.ts'
import { SANDBOX_CLIENT, startSandbox } from '../../src/sandbox/sandbox.ts'
import type { ExporterFacts } from '../../src/web/exporter-facts.ts'
import { KEY, setupPages } from '../web/fake-site.ts'
import { inspect, openBrowser, openPage } from './browser.ts'
import { askForMail, giveKey, showsHeading } from './clicks.ts'

const NOW_MS = Date.parse('2026-11-22T10:00:00Z')
const LONG = 'Ein_sehr_langer_Name_ohne_jedes_Leerzeichen_'.repeat(6)
const NAMES = [LONG, '🏖️🏖️🏖️ holiday 👩‍👩‍👧‍👦', 'חיסכון לטיול הגדול', '‮override‬', '<b>&amp;']

const ACCOUNTS = [
  { accountId: 'acc_0000Current', accountType: 'uk_retail' },
  { accountId: 'acc_0000Other', accountType: 'uk_retail' },
  { accountId: 'acc_0000Joint', accountType: 'uk_retail_joint' },
]
/** As much as the page can say of an exporter that is not well. */
const FACTS_IN_TROUBLE: ExporterFacts = {
  scrapes: { startedAtMs: NOW_MS - 1000, refusedAtMs: NOW_MS },
  areTokensPersisted: false,
  webhooks: { isFailing: true },
  keepsHistory: false,
}

const LOGINS: readonly LoginStatus[] = [
  {
    ...{ id: 'd', userId: 'user_00009ZxYdOra', state: 'connected', sinceMs: NOW_MS },
    ...{ lastPollAtMs: NOW_MS, lastSuccessAtMs: NOW_MS, accounts: ACCOUNTS },
    authorizationExpiresAtMs: NOW_MS + 3 * 86_400_000,
    history: { transactions: 12_345, knownSinceMs: 0, incompleteSinceMs: NOW_MS },
  },
  {
    id: 'a',
    userId: 'user_00009ZxYAnNa',
    state: 'connected',
    sinceMs: NOW_MS,
    lastPollAtMs: NOW_MS,
    lastSuccessAtMs: NOW_MS,
    accounts: ACCOUNTS,
    lost: { sinceMs: NOW_MS, isAll: false, accountIds: ['acc_0000Joint'] },
    problem: { message: `Monzo said ${LONG}`, hint: 'Nothing to do: it is tried again.' },
  },
  { id: 'b', userId: 'user_00009ZxYbEnn', state: 'awaiting_approval', sinceMs: NOW_MS },
  { id: 'c', userId: 'user_00009ZxYcArl', state: 'reauthorization_required', sinceMs: NOW_MS },
]

test('Every page of the exporter can be read by everybody, light and dark, narrow and wide', async (t) => {
  const browser = await openBrowser(t)
  if (!browser) return
  const page = await openPage(t, browser)

  await t.test('and what could not be read would be found', async () => {
    await page.setContent('<h1 style="color: #999; min-width: 400px">Hello</h1><img src="x">')
    await assert.rejects(inspect(page, 'a bad page'), /image-alt/)
    await page.setContent(
      '<html lang="en"><title>x</title><main><h1 style="width: 400px">Hello</h1></main></html>',
    )
    await assert.rejects(inspect(page, 'a wide page'), /scrolled sideways at 320 px/)
  })

  await t.test('the status page, in every state', async (t) => {
    let logins: readonly LoginStatus[] = []
    const site = await setupPages(t, {
      logins: () => logins,
      accountNames: () => ({ acc_0000Other: LONG }),
      facts: () => FACTS_IN_TROUBLE,
      warnings: () => ['auth_key is short', `metrics can be read by ${LONG}`],
      isStatsTokenSet: () => true,
    })
    for (const shown of [[], ...LOGINS.map((login) => [login]), LOGINS]) {
      logins = shown
      await page.goto(site.origin)
      await page.evaluate(
        "for (const part of document.querySelectorAll('details')) part.open = true",
      )
      await inspect(page, `status of ${shown.length} logins`)
    }
  })

  await t.test('the pages of a login', async (t) => {
    const { origin, flow } = await setupPages(t, { isStatsTokenSet: () => true })
    flow.standings = { s: 'same_browser', o: 'other_browser', u: 'used' }
    const refusal = new AppError('WRONG_ACCOUNT', `acc_${LONG} is not seen`, {
      hint: `See ${LONG}`,
    })
    const paths: [path: string, outcome?: LoginStatus | Error][] = [
      ['/authorize'],
      ['/authorize?key=wrong'],
      ['/callback?code=c&state=s', { id: 'login-1', state: 'awaiting_approval' }],
      ['/callback?code=c&state=s', { id: 'login-1', state: 'connected' }],
      ['/callback?code=c&state=s', refusal],
      ['/callback?code=c&state=s', new Error('a bug')],
      ['/callback?code=c&state=o'],
      ['/callback?code=c&state=u'],
      ['/callback?state=s'],
    ]
    for (const [path, outcome = flow.outcome] of paths) {
      flow.outcome = outcome
      await page.goto(origin + path)
      await inspect(page, path)
    }
  })

  await t.test('the ids to copy, after the key', async (t) => {
    const { origin } = await setupPages(t, {
      logins: () => LOGINS.slice(0, 1),
      accountNames: () => ({ acc_0000Other: LONG }),
      categories: () => ['category_0000Cats', LONG],
    })
    await page.goto(origin)
    await giveKey(page, KEY, 'Show account and category ids')
    await showsHeading(page, 'Names for accounts and categories')
    await inspect(page, 'the ids')
  })

  await t.test('addresses that are none, and playground tokens', async (t) => {
    const { origin } = await setupPages(t)
    const playground = await setupPages(t, { flow: undefined })
    for (const address of [
      `${origin}/nowhere/${LONG}`,
      `${origin}/?a=1&a=2`,
      `${origin}/assets/help`,
      playground.origin,
      `${playground.origin}/authorize`,
    ]) {
      await page.goto(address)
      await inspect(page, address)
    }
  })

  await t.test('shows where the keyboard is, on everything that can be reached', async (t) => {
    const { origin } = await setupPages(t)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto(origin)
      const reached = await tabThrough(page)
      for (const [name, outline] of reached) assert.match(outline, /^solid [23]px$/, name)
      assert.deepEqual([...new Set(reached.map(([name]) => name))].slice(0, 6), [
        'Monzo exporter',
        'key',
        'Authorize',
        'Redirect URL to register with Monzo',
        'Copy',
        'developers.monzo.com',
      ])
    }
  })
})

test('Every page of the simulated Monzo, too', async (t) => {
  const browser = await openBrowser(t)
  if (!browser) return
  const sandbox = await startSandbox({
    clock: systemClock,
    knobs: { livelyEveryMs: 0 },
    clients: [{ ...SANDBOX_CLIENT, redirectUris: ['http://127.0.0.1:1/callback'] }],
  })
  t.after(() => sandbox.stop())
  const { bank, authUrl } = sandbox
  const sam = bank.findPerson('sam@example.com') ?? assert.fail()
  const current = bank.accountsOf(sam.id).find(({ type }) => type === 'uk_retail') ?? assert.fail()
  for (const name of NAMES) bank.addPot(current.id, { name, balanceMinor: 123_456_789 })
  for (const [n, name] of NAMES.entries()) bank.addPerson({ email: `n${n}@example.com`, name })
  const page = await openPage(t, browser)
  const query = new URLSearchParams({
    client_id: SANDBOX_CLIENT.clientId,
    redirect_uri: 'http://127.0.0.1:1/callback',
    response_type: 'code',
    state: 's',
  })
  const look = async (path: string, name = path) => {
    if (path !== '') await page.goto(authUrl + path)
    await inspect(page, name)
  }
  await look('/')
  await look('/mail', 'an empty mailbox')
  await look('/nowhere')
  await look('/?client_id=unknown&response_type=code')
  await look(`/?${query}`, 'the address')
  await page.getByLabel('Your e-mail address').fill(`nobody-${LONG.slice(0, 50)}@example.com`)
  await page.getByRole('button').click()
  await showsHeading(page, 'Nobody here has that address')
  await look('', 'an unknown address')
  await page.goto(`${authUrl}/?${query}`)
  await askForMail(page)
  await look('', 'the mailbox')
  await look('/magic/expired')
  await look('/phone', 'the phone')
  const callback = await sandbox.logIn(`${authUrl}/?${query}`)
  await fetch(`${sandbox.apiUrl}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: SANDBOX_CLIENT.clientId,
      client_secret: SANDBOX_CLIENT.clientSecret,
      redirect_uri: 'http://127.0.0.1:1/callback',
      code: callback.searchParams.get('code') ?? '',
    }),
  })
  await look('/phone', 'the phone with a question')
  await page.getByRole('button', { name: 'Approve' }).click()
  await look('', 'the phone of a connected app')
  const pots = await page.locator('bdi').allTextContents()
  for (const name of NAMES) assert.ok(pots.includes(name), name)
})

/** Tabs once around. @returns what was focused, with the style and width of its outline. */
async function tabThrough(page: Page): Promise<[name: string, outline: string][]> {
  const reached: [string, string][] = []
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate<[string, string] | undefined>(`(() => {
      const { activeElement } = document
      if (activeElement === document.body) return undefined
      const { outlineStyle, outlineWidth } = getComputedStyle(activeElement)
      return [activeElement.id || activeElement.textContent, outlineStyle + ' ' + outlineWidth]
    })()`)
    if (!focused) break
    reached.push(focused)
  }
  return reached
}
