import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { eventually, setUp } from '../e2e/harness.ts'
import { askTls } from '../e2e/nginx.ts'
import { findProgram, startProgram } from '../e2e/program.ts'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { TLS } from '../web/self-signed.ts'

/** The first block for nginx on a page of docs, as a whole server. */
function serverOf(page: string): string {
  const [, block = ''] = /```nginx\n([\s\S]+?)```/.exec(readFileSync(page, 'utf8')) ?? []
  const tls = 'listen 443 ssl; ssl_certificate c; ssl_certificate_key k;'
  return `server { ${tls} location / { return 404; } ${block} }`
}
const SERVERS: [where: string, server: string][] = [
  ['deploy/nginx', readFileSync('deploy/nginx/monzo-exporter.conf', 'utf8')],
  ['docs/security.md', serverOf('docs/security.md')],
]
const EXPORTER = '127.0.0.1:8080'

/** nginx with that server; changed is only where everything is. */
async function startNginx(
  t: TestContext,
  {
    path,
    config,
    port,
    upstream,
  }: { path: string; config: string; port: number; upstream: string },
) {
  const folder = await createFolder(t)
  await mkdir(join(folder, 'logs'))
  await writeFile(join(folder, 'cert.pem'), TLS.cert)
  await writeFile(join(folder, 'key.pem'), TLS.key, { mode: 0o600 })
  const server = config
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl; listen [::1]:${port} ssl;`)
    .replace(/(?<=ssl_certificate )\S+(?=;)/, 'cert.pem')
    .replace(/(?<=ssl_certificate_key )\S+(?=;)/, 'key.pem')
    .replaceAll(EXPORTER, upstream)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${what};`)
    .join(' ')
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
http { access_log access.log; error_log error.log; ${paths} ${server} }`,
  )
  const nginx = startProgram(t, path, ['-p', folder, '-c', join(folder, 'nginx.conf')])
  const log = (name: string) => readFile(join(folder, name), 'utf8')
  return { nginx, accessLog: () => log('access.log'), errorLog: () => log('error.log') }
}

for (const [where, config] of SERVERS)
  it(`hands on pages and visitors’ addresses, and keeps metrics inside and secrets out of its logs, as ${where} has it`, async (t) => {
    const path = findProgram(t, 'nginx', 'nginx-light')
    if (!path) return
    const port = await freePort()
    const origin = `https://127.0.0.1:${port}`
    const exporter = await setUp(t, {
      settings: { redirect_uri: `${origin}/monzo`, trusted_proxies: '127.0.0.1' },
    })
    const { nginx, accessLog, errorLog } = await startNginx(t, {
      path,
      config,
      port,
      upstream: new URL(exporter.origin).host,
    })
    const ask = (where: string, from = '127.0.0.1') => askTls(origin + where, { from })
    await eventually(async () => {
      assert.equal(nginx.child.exitCode, null, nginx.stderr())
      assert.equal((await ask('/monzo/-/healthy')).text, 'ok')
    })
    for (const where of ['/monzo', '/monzo/'])
      assert.match((await ask(where)).text, new RegExp(`<code>${origin}/monzo/callback</code>`))
    const metrics = ['stats', 'metrics', 'stats/', 'metrics/', 'st%61ts', '/stats', './stats']
    for (const where of [...metrics.map((name) => `/monzo/${name}`), '/stats', '/'])
      assert.equal((await ask(where)).status, 404, where)
    assert.match(await exporter.stats(), /^monzo_up 0$/m)

    for (let times = 0; times < 10; times++) await ask('/monzo/authorize?key=wrong', '127.0.0.2')
    assert.equal((await ask('/monzo/authorize?key=wrong', '127.0.0.2')).status, 429)
    assert.equal((await ask('/monzo/authorize?key=wrong', '::1')).status, 401)
    for (const where of ['//authorize', '/authorize/', '/token/start', '//token//start'])
      await ask(`/monzo${where}?key=Hunter2`)
    await ask('/monzo/webhook/Hunter2')
    await exporter.stop()
    await ask('/monzo/authorize?key=Hunter2') // 502: errors are logged with their request line
    await ask('/monzo/webhook/Hunter2')
    assert.equal((await ask('/monzo/gone')).status, 502)
    assert.match(await accessLog(), /GET \/monzo HTTP/)
    await eventually(async () => assert.match(await errorLog(), /GET \/monzo\/gone HTTP/))
    assert.doesNotMatch((await accessLog()) + (await errorLog()) + nginx.stderr(), /key=|Hunter2/)
  })

it('hands on deliveries and nothing else, and logs no secret, as docs/webhooks.md has it', async (t) => {
  const path = findProgram(t, 'nginx', 'nginx-light')
  if (!path) return
  const port = await freePort()
  const origin = `https://127.0.0.1:${port}`
  const exporter = await setUp(t, { settings: { redirect_uri: origin, webhooks: 'true' } })
  const { accessLog, errorLog } = await startNginx(t, {
    ...{ path, port, config: serverOf('docs/webhooks.md') },
    upstream: new URL(exporter.origin).host,
  })
  await eventually(() => askTls(`${origin}/`))
  const deliver = () => askTls(`${origin}/webhook/Hunter2`, { method: 'POST', body: '{}' })
  assert.match((await deliver()).text, /^There is no such webhook/)
  for (const where of [
    '/stats',
    '/metrics',
    '/',
    '/authorize',
    '/webhook/../stats',
    '/webhook/%2e%2e/stats',
  ])
    assert.equal((await askTls(origin + where)).status, 404, where)
  await exporter.stop()
  assert.equal((await deliver()).status, 502)
  assert.doesNotMatch((await accessLog()) + (await errorLog()), /Hunter2/)
})
