import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openBrowser, openPage } from '../browser/browser.ts'
import { approve, begin, giveKey, showsHeading } from '../browser/clicks.ts'
import { KEY, startSite } from '../browser/site.ts'
import { eventually } from './harness.ts'
import { askTls, findNginx } from './nginx.ts'

const RIGHT = `/authorize?${new URLSearchParams({ key: KEY })}`
const WRONG = '/authorize?key=wrong'

for (const prefix of ['stripped', 'kept', 'doubled'] as const)
  it(`leads a whole login through nginx, its prefix ${prefix}`, async (t) => {
    const nginx = await findNginx(t)
    if (!nginx) return
    const publicUrl = `${nginx.origin}/monzo`
    const site = await startSite(t, { publicUrl, settings: { trusted_proxies: '127.0.0.1' } })
    await nginx.start(site.listening, prefix)
    const ask = (path: string, headers: Record<string, string> = {}) =>
      askTls(path.startsWith('https:') ? path : publicUrl + path, { headers })

    for (const path of ['', '/', '/authorize', '/assets/style.css', '/nowhere']) {
      const { headers, text } = await ask(path)
      assert.equal(headers['strict-transport-security'], 'max-age=31536000', path)
      for (const [, link] of text.matchAll(/(?:href|src|action)="(\/[^"]*)"/g))
        assert.match(link ?? '', /^\/monzo\//)
    }
    assert.match((await ask('/')).text, new RegExp(`<code>${publicUrl}/callback</code>`))
    assert.deepEqual(site.links, [publicUrl + RIGHT.replaceAll('+', '%20')])

    const authorize = await ask(RIGHT)
    assert.equal(authorize.status, 303)
    const [cookie = ''] = authorize.cookies
    assert.match(cookie, /^__Host-monzo_exporter_login=[\w-]{32}; .*Path=\/; .*; Secure$/)
    const callback = await site.sandbox.logIn(authorize.headers.location ?? '')
    assert.equal(callback.origin + callback.pathname, `${publicUrl}/callback`)
    const page = await ask(callback.href, { cookie: cookie.split(';')[0] ?? '' })
    assert.equal(page.status, 200)
    assert.match(page.cookies.join(), /^__Host-monzo_exporter_login=; Max-Age=0; .*; Secure$/)
    const target = new URL(site.listening).host
    assert.match(page.text, /metrics_path: \/stats\n {4}static_configs:/)
    assert.ok(page.text.includes(`targets: [&#39;${target}&#39;]`), page.text)
    const [, login = ''] = /data-login="([^"]+)"/.exec(page.text) ?? []
    site.sandbox.approve()
    await eventually(async () =>
      assert.equal((await ask(nginx.origin + login)).text, '{"state":"connected"}'),
    )
    await eventually(async () => assert.match((await ask('/stats')).text, /^monzo_balance\{/m))
    assert.equal((await ask(callback.href)).headers.location, '/monzo/')
    assert.equal((await ask('/-/healthy')).text, 'ok')
  })

it('leads a browser through nginx: policy, cookies and upgrades stand in no link’s way', async (t) => {
  const nginx = await findNginx(t)
  const browser = nginx && (await openBrowser(t))
  if (!browser) return
  const site = await startSite(t, { publicUrl: `${nginx.origin}/monzo` })
  await nginx.start(site.listening, 'kept')
  const page = await openPage(t, browser, { ignoreHTTPSErrors: true })
  await page.goto(site.origin)
  await giveKey(page, KEY, 'Authorize')
  await showsHeading(page, 'Log in to Monzo')
  await begin(page, site.links[0] ?? '')
  await approve(await openPage(t, browser), site.sandbox.authUrl)
  await showsHeading(page, 'Connected')
  await page.getByRole('link', { name: 'To the status page' }).click()
  await showsHeading(page, 'Connected')
  assert.equal(page.url(), `${site.origin}/`)
})

const trust: [settings: Record<string, string>, status: number, title: string][] = [
  [
    { trusted_proxies: '127.0.0.1' },
    303,
    'counts guesses by the address that a trusted nginx names',
  ],
  [{}, 429, 'counts guesses by nginx’s own address when nobody said to trust it'],
]
for (const [settings, expected, title] of trust)
  it(`${title}, and believes no visitor's X-Forwarded-For`, async (t) => {
    const nginx = await findNginx(t)
    if (!nginx) return
    const publicUrl = `${nginx.origin}/monzo`
    const site = await startSite(t, { publicUrl, settings })
    await nginx.start(site.listening, 'stripped')
    const guess = (times: number) => ({
      from: '127.0.0.2',
      headers: { 'x-forwarded-for': `198.51.100.${times}` },
    })
    for (let times = 0; times < 10; times++)
      assert.equal((await askTls(publicUrl + WRONG, guess(times))).status, 401)
    assert.equal((await askTls(publicUrl + WRONG, guess(11))).status, 429)
    assert.equal((await askTls(publicUrl + RIGHT, guess(12))).status, 429)
    assert.equal((await askTls(publicUrl + RIGHT, { from: '::1' })).status, expected)
  })
