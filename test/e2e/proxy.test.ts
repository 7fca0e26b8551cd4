import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createServer } from 'node:tls'
import { setUpLogin } from '../cli/sandbox-login.ts'
import { type Play, startProxy } from '../fakes/connect-proxy.ts'
import { freePort } from '../fakes/free-port.ts'
import { TLS } from '../web/self-signed.ts'
import { eventually } from './harness.ts'
import { startMain } from './program.ts'

/** Serves a plain port by TLS as well. @returns its origin. */
async function withTls(t: TestContext, origin: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  const server = createServer(TLS, (socket) => {
    const plain = connect(Number(port), hostname)
    socket.pipe(plain).pipe(socket)
    socket.on('error', () => plain.destroy())
    plain.on('error', () => socket.destroy())
    t.after(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A simulated Monzo that speaks TLS, a login there, and a proxy in front of it. */
async function setup(t: TestContext, play?: Play) {
  const { sandbox, inFolder, logins } = await setUpLogin(t)
  const proxy = await startProxy(t, play)
  const { cwd, tokensFile } = await inFolder(
    [],
    logins.map((login) => ({ ...login, expires_at: '2020-01-01T00:00:00.000Z' })),
  )
  sandbox.expireAccess()
  const ca = join(cwd, 'ca.pem')
  await writeFile(ca, TLS.cert)
  const apiUrl = await withTls(t, sandbox.apiUrl)
  const origin = `http://127.0.0.1:${await freePort()}`
  const env = {
    NODE_EXTRA_CA_CERTS: ca,
    HTTPS_PROXY: `http://us%40er:hunter2@${proxy.host}`,
    MONZO_EXPORTER_MONZO_API_URL: apiUrl,
    MONZO_EXPORTER_MONZO_AUTH_URL: apiUrl,
    MONZO_EXPORTER_SERVER_ADDR: new URL(origin).host,
  }
  const start = (args: readonly string[], more: Record<string, string> = {}) =>
    startMain(t, args, { cwd, env: { ...env, ...more } })
  const stats = async () => (await fetch(`${origin}/stats`)).text()
  return { ...proxy, sandbox, start, stats, tokensFile, logins, host: proxy.host, apiUrl }
}
const refusing: Play = (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')

describe('Behind a proxy of HTTPS_PROXY', () => {
  it('the exporter refreshes and polls, over a tunnel that is used again', async (t) => {
    const { asked, start, stats, tokensFile, logins, apiUrl } = await setup(t)
    const exporter = start([])
    await eventually(async () => assert.match(await stats(), /^monzo_up 1$/m))
    assert.match(await stats(), /^monzo_balance\{/m)
    const [stored] = JSON.parse(await readFile(tokensFile, 'utf8')).logins
    assert.notEqual(stored.refresh_token, logins[0]?.refresh_token)
    const { host: target } = new URL(apiUrl)
    const authorization = `Basic ${Buffer.from('us@er:hunter2').toString('base64')}`
    for (const one of asked) assert.deepEqual(one, { target, authorization })
    assert.ok(asked.length <= 6, `${asked.length} tunnels`)
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
    assert.doesNotMatch(exporter.stderr() + exporter.stdout(), /hunter2/)
  })
  it('doctor says through which one Monzo can be reached', async (t) => {
    const { asked, start, host } = await setup(t)
    const doctor = start(['doctor'])
    await doctor.ended()
    assert.match(
      doctor.stdout(),
      new RegExp(
        `Monzo's API at \\S+ can be reached, through the proxy ${host} \\(HTTPS_PROXY\\)\\.`,
      ),
    )
    assert.doesNotMatch(doctor.stdout(), /hunter2/)
    assert.ok(asked.length >= 1)
  })
  it('that refuses, its host is named in log and doctor, without its password', async (t) => {
    const { start, host, sandbox, stats } = await setup(t, refusing)
    const before = sandbox.requests.length
    const doctor = start(['doctor'])
    assert.equal(await doctor.ended(), 1)
    assert.match(
      doctor.stdout(),
      new RegExp(`the proxy ${host} \\(HTTPS_PROXY\\) refuses to connect .*\\(407\\)`),
    )
    const exporter = start([])
    await eventually(() => assert.match(exporter.stderr(), new RegExp(`the proxy ${host} .*407`)))
    await eventually(async () =>
      assert.match(await stats(), /^monzo_poll_failures_total\{reason="proxy_failed"\} 1$/m),
    )
    exporter.child.kill('SIGTERM')
    assert.equal(await exporter.ended(), 0)
    const said = doctor.stdout() + doctor.stderr() + exporter.stdout() + exporter.stderr()
    assert.doesNotMatch(said, /hunter2|us@er|Nothing to do/)
    assert.equal(sandbox.requests.length, before)
  })
  it('but exempt by NO_PROXY, Monzo is called directly', async (t) => {
    const { asked, start, stats } = await setup(t, refusing)
    start([], { no_proxy: '127.0.0.0/8' })
    await eventually(async () => assert.match(await stats(), /^monzo_up 1$/m))
    assert.deepEqual(asked, [])
  })
  it('that is none, nothing starts, and the address is not quoted', async (t) => {
    const { start } = await setup(t)
    const exporter = start([], { HTTPS_PROXY: 'socks5://hunter2@127.0.0.1:1080' })
    assert.equal(await exporter.ended(), 78)
    assert.match(
      exporter.stderr(),
      /^error: HTTPS_PROXY is not the address of an HTTP proxy\nhint: /,
    )
    assert.doesNotMatch(exporter.stderr(), /hunter2/)
  })
})
