import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KEY, startSite } from '../browser/site.ts'
import { freePort } from '../fakes/free-port.ts'
import { eventually } from './harness.ts'
import { askTls } from './nginx.ts'
import { findProxy, PROXIES } from './proxies.ts'

const RIGHT = `/authorize?${new URLSearchParams({ key: KEY })}`
const WRONG = '/authorize?key=a-wrong-key'

/** Ways to write the paths of metrics that a proxy and the exporter may read differently. */
const METRICS = ['stats', 'metrics'].flatMap((name) => [
  ...[`/${name}`, `/${name}/`, `/${name}//`, `/${name}?x=1`, `/${name};x=1`, `/${name}/.`],
  ...[`//${name}`, `/./${name}`, `/x/../${name}`, `/%2e/${name}`, `/${name.replace('t', '%74')}`],
])

for (const proxy of PROXIES)
  describe(proxy.name, () => {
    for (const prefix of ['kept', 'stripped'] as const)
      it(`leads a whole login through, its prefix ${prefix}; no metrics outside, no key in its log`, async (t) => {
        const found = await findProxy(t, proxy)
        if (!found) return
        const port = await freePort()
        const origin = `https://127.0.0.1:${port}`
        const publicUrl = `${origin}/monzo`
        const site = await startSite(t, { publicUrl, settings: { trusted_proxies: '127.0.0.1' } })
        const { accessLog } = await found.start(port, new URL(site.listening).host, prefix)
        const ask = (path: string, headers: Record<string, string> = {}) =>
          askTls(path.startsWith('https:') ? path : publicUrl + path, { headers })

        for (const path of ['', '/', '/authorize', '/assets/style.css', '/nowhere'])
          for (const [, link] of (await ask(path)).text.matchAll(
            /(?:href|src|action)="(\/[^"]*)"/g,
          ))
            assert.match(link ?? '', /^\/monzo\//, path)
        assert.ok((await ask('/')).text.includes(`<code>${publicUrl}/callback</code>`))

        const authorize = await ask(RIGHT)
        assert.equal(authorize.status, 303)
        const [cookie = ''] = authorize.cookies
        const callback = await site.sandbox.logIn(authorize.headers.location ?? '')
        assert.equal(callback.origin + callback.pathname, `${publicUrl}/callback`)
        const page = await ask(callback.href, { cookie: cookie.split(';')[0] ?? '' })
        assert.equal(page.status, 200)
        const [, login = ''] = /data-login="([^"]+)"/.exec(page.text) ?? []
        site.sandbox.approve()
        await eventually(async () =>
          assert.equal((await ask(origin + login)).text, '{"state":"connected"}'),
        )
        await eventually(async () =>
          assert.match(await (await fetch(`${site.listening}/stats`)).text(), /^monzo_balance\{/m),
        )

        for (const path of ['/stats', '/stats/', '/metrics', '/metrics/', '/stats?x=1'])
          assert.equal((await ask(path)).status, 404, path)
        for (const prefixed of ['', '/monzo', '//monzo'])
          for (const path of METRICS.map((metrics) => prefixed + metrics)) {
            const { status, text } = await askTls(origin, { path })
            assert.ok([400, 403, 404].includes(status), `${path}: ${status}`)
            assert.doesNotMatch(text, /monzo_up|monzo_balance/, path)
          }
        assert.notEqual((await ask(origin)).status, 200)
        for (const path of ['/authorize', '/monzostats'])
          assert.equal((await ask(origin + path)).status, 404, path)

        await ask('/webhook/a-wrong-key') // the secret of webhooks is their path
        await guess(publicUrl)
        // By another name, the exporter redirects to its own, and the address there has the key, too.
        await ask(WRONG, { host: `localhost:${port}` })
        await ask('/the-last-request') // logs are written late
        await eventually(async () => assert.match(await accessLog(), /\/monzo\/the-last-request/))
        assert.match(await accessLog(), /\/monzo\/authorize/)
        assert.doesNotMatch(await accessLog(), /wrong-key|a\+key|a%20key|key with/)
      })
  })

/** Ten guesses from an address block it, whatever it claims to be, and no other address. */
async function guess(publicUrl: string): Promise<void> {
  const wrong = (from: string, claimed: string) =>
    askTls(publicUrl + WRONG, { from, headers: { 'x-forwarded-for': claimed } })
  for (let times = 0; times < 10; times++)
    assert.equal((await wrong('127.0.0.2', `198.51.100.${times}`)).status, 401)
  assert.equal((await wrong('127.0.0.2', '198.51.100.11')).status, 429)
  assert.equal((await wrong('::1', '127.0.0.2')).status, 401)
}
