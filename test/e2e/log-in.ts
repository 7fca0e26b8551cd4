import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { renderConfigFile } from '../../src/config/new-file.ts'
import { SANDBOX_CLIENT } from '../../src/sandbox/sandbox.ts'
import { freePort } from '../fakes/free-port.ts'
import { eventually } from './harness.ts'
import { startMain } from './program.ts'

const EMAIL = 'sam@example.com'

/** The simulated Monzo as a process of its own, and a config.toml for an exporter in front of it. */
export async function startMonzo(t: TestContext) {
  const origin = `http://127.0.0.1:${await freePort()}`
  const monzo = startMain(t, ['sandbox', '--redirect-uri', origin])
  const [, authUrl = '', apiUrl = ''] = await monzo.says(
    /Login pages: (\S+)[\s\S]*\nAPI: +(\S+)[\s\S]*Ctrl-C/,
  )
  const config = renderConfigFile([
    { key: 'client_id', value: SANDBOX_CLIENT.clientId },
    { key: 'client_secret', value: SANDBOX_CLIENT.clientSecret },
    { key: 'server_addr', value: new URL(origin).host },
    { key: 'redirect_uri', value: origin },
    { key: 'auth_key', value: 'a key that is long enough' },
    { key: 'history', value: true },
    { key: 'monzo_api_url', value: apiUrl },
    { key: 'monzo_auth_url', value: authUrl },
  ])
  return { origin, authUrl, apiUrl, config }
}

/**
 * What a person does in a browser, by its requests: opens the link, types the e-mail address, and
 * opens the mail.
 * @returns the page on which that ends, and where Monzo's login pages are.
 */
export async function logIn(link: string) {
  const authorize = await fetch(link, { redirect: 'manual' })
  const cookie = authorize.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const loginPage = await fetch(authorize.headers.get('location') ?? '')
  const form = await loginPage.text()
  const body = new URLSearchParams({ ...hiddenIn(form), email: EMAIL })
  const sent = await fetch(loginPage.url, { method: 'POST', body })
  assert.equal(sent.status, 200)
  const { origin: authUrl } = new URL(loginPage.url)
  const mail = await (await fetch(`${authUrl}/mail`)).text()
  const [, magic = ''] = /href="([^"]*\/magic\/[^"]+)"/.exec(mail) ?? []
  const landed = await fetch(new URL(magic, authUrl), { redirect: 'manual' })
  const page = await fetch(landed.headers.get('location') ?? '', { headers: { cookie } })
  const text = await page.text()
  assert.equal(page.status, 200, text)
  return { page: text, authUrl }
}

/** The whole login: {@link logIn}, and then Approve in the Monzo app, while the page waits for that. */
export async function logInAndApprove(link: string): Promise<void> {
  const { page, authUrl } = await logIn(link)
  const phone = await (await fetch(`${authUrl}/phone`)).text()
  const [, form = ''] = /action="\/phone\/approve"([\s\S]*?)<\/form>/.exec(phone) ?? []
  const body = new URLSearchParams(hiddenIn(form))
  const tapped = await fetch(`${authUrl}/phone/approve`, { method: 'POST', body })
  assert.equal(tapped.status, 200)
  const [waiting = ''] = /\/login\/[\w-]+/.exec(page) ?? []
  await fetch(new URL(waiting, link)) // makes the exporter look for the approval every second
}

/** Waits until an exporter has read balances, and all of the past. */
export const exportsHistory = (origin: string): Promise<void> =>
  eventually(async () => {
    const stats = await (await fetch(`${origin}/stats`)).text()
    assert.match(stats, /^monzo_balance\{/m)
    assert.match(stats, /^monzo_received_past_month\{/m)
  })

/** What a form sends besides what is typed. */
const hiddenIn = (form: string): Record<string, string> =>
  Object.fromEntries(
    [...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, unescaped(value)],
    ),
  )

const unescaped = (html: string) => html.replaceAll('&amp;', '&').replaceAll('&quot;', '"')
