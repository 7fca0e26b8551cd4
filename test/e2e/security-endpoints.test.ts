import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { setUp } from './harness.ts'

const LISTED = [...readFileSync('docs/security.md', 'utf8').matchAll(/^\| `([A-Z]+) (\/\S+)` \|/gm)]
const CALLS = LISTED.map(([, method, path]) => `${method} ${path}`)
const PATHS = LISTED.map(([, , path = '']) => path)

/** Rooms that hold addresses of Monzo's; `OURS` are our own, that a browser opens. */
const ROOMS_OF_MONZO = /^monzo\//
const OURS = ['/authorize', '/callback', '/token/callback', '/token/start']
/** Who may speak to the network at all; whoever only names a type of these modules does not. */
const MAY_CALL: Readonly<Record<string, string>> = {
  'monzo/transport.ts': 'the calls with a token',
  'monzo/token-endpoint.ts': 'the token endpoint',
  'monzo/http-fetch.ts': 'what carries them',
  'cli/doctor/monzo.ts': 'HEAD / at Monzo, without a token',
  'cli/demo.ts': 'the simulated Monzo',
  'cli/health-probe.ts': 'the exporter on this machine',
  'web/waiting-script.ts': 'runs in the browser',
}
const SPEAKS = /(?<!async )\bfetch\(|\b(?:http|https)Request\b.*=|\brequestHttps?\b/
const OUTWARD =
  /^import (?!type )\{([^}]*)\} from 'node:(?:https?|http2|net|tls|dgram|child_process|dns)'/gm
const INWARD = /^(?:type .*|createServer.*|Server.*|createSecureContext|isIP.*|BlockList|)$/

const COMMENT = /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !name.startsWith('sandbox/'))
  .map((name) => ({ name, text: readFileSync(`src/${name}`, 'utf8').replace(COMMENT, '') }))

/** Every address in a text: `/path`, alone in a string or behind a base. */
const pathsIn = (text: string): readonly string[] =>
  [...text.matchAll(/['"`](?:\$\{[^'"`]*\})?(\/[a-z][\w/:-]*)/g)].map(([, path = '']) => path)

describe('The list of Monzo’s endpoints in docs/security.md', () => {
  it('holds every address that the code could call, and no other', () => {
    const found = sources
      .filter(({ name }) => ROOMS_OF_MONZO.test(name))
      .flatMap(({ text }) => pathsIn(text))
      .filter((path) => !OURS.includes(path))
    assert.deepEqual([...new Set(found)].sort(), [...new Set(PATHS)].sort())
  })
  it('would miss no address that somebody adds', () => {
    for (const added of [
      "this.#get('/receipts', {}, signal)",
      `{ method: 'POST', path: \`/pots/\${id}/deposit\` }`,
      `fetch(\`\${baseUrl}/attachment/upload\`)`,
    ])
      assert.equal(pathsIn(added).filter((path) => !PATHS.includes(path)).length, 1, added)
  })
  it('writes only to log in and out, for webhooks, and for the reminder; never by PUT', () => {
    const transport = sources.find(({ name }) => name === 'monzo/transport.ts')?.text ?? ''
    assert.match(transport, /readonly method: 'GET' \| 'POST' \| 'DELETE'\n/)
    const writes = CALLS.filter((call) => !call.startsWith('GET '))
    assert.deepEqual(writes, [
      ...['POST /oauth2/token', 'POST /oauth2/logout'],
      ...['POST /webhooks', 'DELETE /webhooks/:id', 'POST /feed'],
    ])
    const found = sources
      .filter(({ name }) => ROOMS_OF_MONZO.test(name))
      .flatMap(({ text }) => [...text.matchAll(/method: '(POST|DELETE)', path: ['"`]([^'"`]*)/g)])
      .map(([, method, path]) => `${method} ${path}`)
    assert.deepEqual(['POST /oauth2/token', ...found], writes)
  })
  it('is complete because nobody else speaks to the network', () => {
    for (const { name, text } of sources) {
      const outward = [...text.matchAll(OUTWARD)]
        .flatMap(([, names = '']) => names.split(',').map((part) => part.trim()))
        .filter((part) => !INWARD.test(part))
      const speaks = outward.length > 0 || SPEAKS.test(text)
      assert.ok(!speaks || name in MAY_CALL, `${name} calls somebody`)
    }
  })
  it('is what logins, polls, refreshes, refusals, notices and an old tokens.json really call', async (t) => {
    const exporter = await setUp(t, { settings: { webhooks: 'true', reminder: 'true' } })
    await exporter.connect()
    await exporter.stop()
    const file = await exporter.tokens()
    const almostNinetyDaysAgo = exporter.clock.now() - 83 * 86_400_000 + 60_000
    file.logins[0].authorized_at = new Date(almostNinetyDaysAgo).toISOString()
    await writeFile(exporter.tokensFile, JSON.stringify(file))
    exporter.sandbox.addWebhook(exporter.account, `${exporter.origin}/webhook/old`)
    const aged = await exporter.start()
    await exporter.clock.advance(120_000)
    await aged.stop()
    await rm(exporter.tokensFile)
    const renewed = await exporter.start()
    await exporter.connect()
    await exporter.connect('robin@example.com')
    exporter.sandbox.expireAccess()
    await exporter.clock.advance(20 * 60_000)
    exporter.sandbox.evict()
    await exporter.clock.advance(60_000)
    await exporter.logIn()
    exporter.sandbox.approve()
    await exporter.clock.advance(60_000)
    await renewed.stop()

    const { access_token, refresh_token } = (await exporter.tokens()).logins.at(-1)
    const rust = { access_token, expires_at: '2026-11-23T09:00:00.123456789Z', refresh_token }
    await writeFile(exporter.tokensFile, JSON.stringify(rust))
    const { stop } = await exporter.start()
    await exporter.clock.advance(60_000)
    await stop()
    await rm(exporter.tokensFile)
    const wrong = await exporter.start({ account_id: 'acc_0000NotOne' })
    await exporter.logIn()
    exporter.sandbox.approve()
    await exporter.clock.advance(60_000)
    await wrong.stop()
    const seen = new Set(exporter.sandbox.requests.map(({ endpoint }) => endpoint))
    assert.deepEqual([...seen].sort(), [...CALLS].sort())
  })
})
