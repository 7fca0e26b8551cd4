import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { TLS } from '../web/self-signed.ts'
import { setUp } from './harness.ts'
import { askTls } from './nginx.ts'

const setups: [title: string, settings: (port: number) => Record<string, string>][] = [
  ['with the defaults', () => ({})],
  [
    'behind a proxy that keeps the metrics inside',
    () => ({ redirect_uri: 'https://example.org/monzo' }),
  ],
  ['with a listener for metrics, as in Go mode', (port) => ({ metrics_addr: `:${port}` })],
  ['at localhost', (port) => ({ server_addr: `localhost:${port}` })],
]
for (const [title, settings] of setups)
  it(`shows a scrape config that finds the metrics ${title}`, async (t) => {
    const given = settings(await freePort())
    const { app, get } = await setUp(t, { settings: given })
    const page = await (await get(`${app.origin}/`)).text()
    const [, path = ''] = /metrics_path: (\S+)/.exec(page) ?? []
    const [, target = ''] = /targets: \[&#39;(\S+)&#39;\]/.exec(page) ?? []
    assert.match(await (await get(`http://${target}${path}`)).text(), /^monzo_up 0$/m)
    assert.equal(target, new URL(app.metricsOrigin ?? app.origin).host)
  })

it('shows one that verifies the certificate of a listener with TLS', async (t) => {
  const folder = await createFolder(t)
  const [tls_cert_file, tls_key_file] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
  await writeFile(tls_cert_file, TLS.cert)
  await writeFile(tls_key_file, TLS.key, { mode: 0o600 })
  const redirect_uri = 'https://monzo.example.org'
  const { app } = await setUp(t, { settings: { tls_cert_file, tls_key_file, redirect_uri } })
  const { text } = await askTls(`${app.origin}/`)
  assert.match(text, /scheme: https\n {4}tls_config:\n {6}server_name: monzo\.example\.org\n/)
  assert.ok(text.includes(`targets: [&#39;${new URL(app.origin).host}&#39;]`))
})
