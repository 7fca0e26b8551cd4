import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { createContext } from '../fakes/context.ts'
import { TLS } from '../web/self-signed.ts'

const CONFIG = `client_id = "oauth2client_0000A"
client_secret = "mnzconf.hunter2"
monzo_api_url = "http://127.0.0.1:1"
monzo_auth_url = "http://127.0.0.1:1"
`
const FILES = { 'cert.pem': TLS.cert, 'key.pem': TLS.key }
const WITH_TLS = 'tls_cert_file = "cert.pem"\ntls_key_file = "key.pem"\n'

/** Serves until the test ends. @returns all of the log up to the line that says where. */
async function logOf(t: TestContext, toml: string): Promise<string> {
  const files = { ...FILES, 'config.toml': CONFIG + toml }
  const { context, stop, stderr } = await createContext(t, ['serve'], files)
  const log = new PassThrough()
  log.pipe(context.stderr)
  const code = run({ ...context, stderr: log })
  t.after(async () => {
    stop()
    assert.equal(await code, 0)
  })
  while (!stderr().includes('Serving')) await once(log, 'data')
  return stderr()
}

describe('the log of a start', () => {
  const cases: readonly (readonly [toml: string, place: RegExp])[] = [
    ['server_addr = "127.0.0.1:0"', /http:\/\/127\.0\.0\.1:\d+\.$/m],
    [
      'server_addr = ":0"',
      /http:\/\/(?:127\.0\.0\.1|\[::1\]):\d+ \(and every other address of this machine\)\.$/m,
    ],
    [
      'server_addr = "127.0.0.1:0"\nmetrics_addr = "0.0.0.0:0"',
      /http:\/\/127\.0\.0\.1:\d+ and http:\/\/127\.0\.0\.1:\d+ \(and every other IPv4 address of this machine\)\.$/m,
    ],
    [
      `server_addr = "127.0.0.1:0"\nmetrics_addr = "127.0.0.1:0"\nredirect_uri = "https://127.0.0.1:8080"\n${WITH_TLS}`,
      /https:\/\/127\.0\.0\.1:\d+ and https:\/\/127\.0\.0\.1:\d+, by https only: a scrape config needs "scheme: https"\.$/m,
    ],
  ]
  for (const [toml, place] of cases)
    it(`says where metrics are served, at how many addresses and how: ${toml}`, async (t) => {
      const log = await logOf(t, toml)
      assert.match(log, new RegExp(`Serving /stats at ${place.source}`, 'm'))
    })
})

describe('balances that others can read', () => {
  const cases: readonly (readonly [toml: string, key: string])[] = [
    ['server_addr = ":0"', 'server_addr'],
    ['server_addr = "127.0.0.1:0"\nmetrics_addr = ":0"', 'metrics_addr'],
    ['server_addr = "127.0.0.1:0"\nredirect_uri = "https://monzo.example.com"', 'redirect_uri'],
  ]
  for (const [toml, key] of cases) {
    const told = new RegExp(
      `${key} can be reached from other machines: .*stats_token.*balances are open to whoever reaches it`,
    )
    it(`are warned about by start, page, check-config and doctor: ${toml}`, async (t) => {
      const log = await logOf(t, toml)
      assert.match(log, new RegExp(`WARN .*${told.source}`))
      const [origin = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? []
      assert.match(await (await fetch(origin)).text(), told)
      for (const command of ['check-config', 'doctor']) {
        const files = { 'config.toml': CONFIG + toml }
        const { context, stdout, stderr } = await createContext(t, [command], files)
        await run(context)
        assert.match(stdout() + stderr(), told, command)
      }
    })
    it(`are not with a token for them: ${toml}`, async (t) => {
      const files = { 'config.toml': `${CONFIG}stats_token = "0123456789abcdef"\n${toml}` }
      const { context, stderr } = await createContext(t, ['check-config'], files)
      assert.equal(await run(context), 0)
      assert.doesNotMatch(stderr(), /balances/)
    })
  }
})
