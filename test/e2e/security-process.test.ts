import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { freePort } from '../fakes/free-port.ts'
import { createFolder } from '../fakes/world.ts'
import { TLS } from '../web/self-signed.ts'
import { eventually } from './harness.ts'
import { askTls } from './nginx.ts'
import { startMain } from './program.ts'

async function start(t: TestContext, toml: string, files: Record<string, string> = {}) {
  const cwd = await createFolder(t)
  const client = 'client_id = "oauth2client_0000A"\nclient_secret = "mnzconf.hunter-secret"\n'
  for (const [name, text] of Object.entries({ 'config.toml': client + toml, ...files }))
    await writeFile(join(cwd, name), text, { mode: 0o600 })
  return startMain(t, [], { cwd })
}

const weak: [title: string, key: string, warning: RegExp][] = [
  [
    'published',
    '$Kq1wJ@HF18yN^4I',
    /auth_key is the one that the Rust exporter.s README publishes/g,
  ],
  ['short', 'hunter2', /auth_key is short/g],
]
for (const [title, key, warning] of weak)
  it(`warns once of a ${title} key and of metrics that anybody can read, and of a login that only this machine can make, in the log and on the status page`, async (t) => {
    const port = await freePort()
    const toml = `server_addr = "0.0.0.0:${port}"\nredirect_uri = "http://127.0.0.1:${port}"\n`
    const exporter = await start(t, `${toml}auth_key = "${key}"\n`)
    await exporter.says(/authorize\?key=/)
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
    assert.equal((await fetch(`http://127.0.0.1:${port}/stats`)).status, 200)
    const leads =
      /redirect_uri leads to 127\.0\.0\.1, which on another machine is that machine itself/g
    for (const pattern of [warning, /server_addr can be reached from other machines/g, leads]) {
      assert.equal(exporter.stderr().match(pattern)?.length, 1)
      assert.equal(page.replaceAll('&#39;', "'").match(pattern)?.length, 1)
    }
    assert.doesNotMatch(exporter.stderr() + page, /hunter|Kq1wJ/)
  })

it('serves HTTPS from its own certificate, with cookies for this host alone', async (t) => {
  const origin = `https://127.0.0.1:${await freePort()}`
  const toml = [
    `server_addr = "${new URL(origin).host}"`,
    `redirect_uri = "${origin}"`,
    'auth_key = "a long enough key"',
    'tls_cert_file = "cert.pem"',
    'tls_key_file = "key.pem"',
  ]
  const files = { 'cert.pem': TLS.cert, 'key.pem': TLS.key }
  const exporter = await start(t, toml.join('\n'), files)
  await exporter.says(/authorize\?key=/)
  await eventually(() => askTls(`${origin}/-/healthy`))
  const { status, headers, cookies } = await askTls(`${origin}/authorize?key=a+long+enough+key`)
  assert.equal(status, 303)
  assert.match(headers.location ?? '', /^https:\/\/auth\.monzo\.com\//)
  assert.match(cookies.join(), /^__Host-monzo_exporter_login=.*; Secure$/)
  assert.equal(headers['strict-transport-security'], 'max-age=31536000')
  exporter.child.kill('SIGTERM')
  assert.equal(await exporter.ended(), 0)
})
