import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CLIENT, folder } from './folder.ts'

const EXPOSED =
  'can be reached from other machines: without stats_token, your balances are open to whoever reaches it.'
const PROXIED =
  'redirect_uri can be reached from other machines: unless the proxy there refuses /stats and /metrics, set stats_token, or your balances are open to whoever reaches it.'
const FORWARDED = 'unless something forwards it, logins will not come back.'
const setUri = (url: string) => `Set redirect_uri to "${url}", here and at Monzo.`
const HTTP =
  'redirect_uri begins with "http://", but with tls_cert_file only https is answered: let it begin with "https://", here and at Monzo.'
const HTTPS =
  'redirect_uri begins with "https://", but without tls_cert_file only http is answered: set tls_cert_file and tls_key_file, or let it begin with "http://", here and at Monzo.'
const TLS = 'tls_cert_file = "cert.pem"\ntls_key_file = "key.pem"\n'
const only = (host: string, example = 'http://192.168.1.2:8080') =>
  `redirect_uri leads to ${host}, which on another machine is that machine itself, though server_addr listens for others: unless you log in on this machine only, or forward its port to yours, set redirect_uri, here and at Monzo, to the address at which browsers reach it, such as "${example}".`
const elsewhere = (host: string, own: string) =>
  `redirect_uri leads to ${host}, but server_addr listens at ${own} only: ${FORWARDED}`
const UNOPENABLE =
  'redirect_uri names no address that a browser can open: use 127.0.0.1 or a host name.'
const UNREACHABLE =
  'webhooks is on, but redirect_uri is an address that Monzo cannot reach: until it is a public one, balances change with each poll only.'

const cases: readonly (readonly [toml: string, ...warnings: string[]])[] = [
  [''],
  ['auth_key = "a long enough key"'],
  [
    'auth_key = "$Kq1wJ@HF18yN^4I"',
    "auth_key is the one that the Rust exporter's README publishes: choose your own.",
  ],
  ['auth_key = "short"', 'auth_key is short: 12 characters or more are hard to guess.'],
  [
    'redirect_uri = "http://localhost:9999"',
    `redirect_uri leads to port 9999 of this machine, but server_addr listens on 8080: ${FORWARDED} ${setUri('http://127.0.0.1:8080')}`,
  ],
  [
    'redirect_uri = "http://127.0.0.1"',
    `redirect_uri leads to port 80 of this machine, but server_addr listens on 8080: ${FORWARDED} ${setUri('http://127.0.0.1:8080')}`,
  ],
  ['redirect_uri = "http://127.0.0.1:9999"\ntrusted_proxies = ["127.0.0.1"]'],
  ['server_addr = "127.0.0.1:0"'],
  [TLS, HTTP],
  [`${TLS}redirect_uri = "https://127.0.0.1:8080"`],
  ['redirect_uri = "https://127.0.0.1:8080"', HTTPS],
  ['server_addr = ":8080"\nredirect_uri = "https://nas:8080"\nstats_token = "0123456789"', HTTPS],
  ['redirect_uri = "https://monzo.example.com"', PROXIED],
  ['redirect_uri = "https://monzo.example.com"\ntrusted_proxies = ["127.0.0.1"]', PROXIED],
  ['redirect_uri = "https://monzo.example.com"\nstats_token = "0123456789abcdef"'],
  ['redirect_uri = "http://0.0.0.0:8080"', UNOPENABLE],
  // The default redirect_uri, seen from another machine, is that machine.
  ['server_addr = "0.0.0.0:8080"', only('127.0.0.1'), `server_addr ${EXPOSED}`],
  [
    'server_addr = "[::]:8080"\nredirect_uri = "http://localhost:8080"',
    only('localhost'),
    `server_addr ${EXPOSED}`,
  ],
  [
    `${TLS}server_addr = ":8443"\nredirect_uri = "https://[::1]:8443"`,
    only('[::1]', 'https://192.168.1.2:8443'),
    `server_addr ${EXPOSED}`,
  ],
  [
    'server_addr = ":8080"\ntrusted_proxies = ["10.0.0.1"]\nstats_token = "0123456789abcdef"',
    only('127.0.0.1'),
  ],
  [
    'server_addr = ":8080"\nmetrics_addr = "10.0.0.1:9036"',
    only('127.0.0.1'),
    `server_addr ${EXPOSED}`,
    `metrics_addr ${EXPOSED}`,
  ],
  ['server_addr = ":8080"\nstats_token = "0123456789abcdef"', only('127.0.0.1')],
  ['server_addr = ":8080"\nredirect_uri = "http://nas:8080"', `server_addr ${EXPOSED}`],
  ['metrics_addr = ":9036"', `metrics_addr ${EXPOSED}`],
  // Nobody listens where the link leads.
  [
    'server_addr = "192.168.1.5:8080"',
    `${elsewhere('127.0.0.1', '192.168.1.5')} ${setUri('http://192.168.1.5:8080')}`,
    `server_addr ${EXPOSED}`,
  ],
  [
    'server_addr = "[::1]:8080"\nmetrics_addr = "localhost:9036"',
    `${elsewhere('127.0.0.1', '::1')} ${setUri('http://[::1]:8080')}`,
  ],
  [
    'redirect_uri = "http://[::1]:8080"',
    `${elsewhere('[::1]', '127.0.0.1')} ${setUri('http://127.0.0.1:8080')}`,
  ],
  [
    'server_addr = "0.0.0.0:8080"\nredirect_uri = "http://[::1]:8080"',
    `${elsewhere('[::1]', '0.0.0.0')} ${setUri('http://127.0.0.1:8080')}`,
    `server_addr ${EXPOSED}`,
  ],
  [
    'server_addr = "127.0.0.2:8080"',
    `${elsewhere('127.0.0.1', '127.0.0.2')} ${setUri('http://127.0.0.2:8080')}`,
  ],
  [
    'redirect_uri = "http://192.168.1.5:8080"',
    `${elsewhere('192.168.1.5', '127.0.0.1')} Set server_addr to ":8080".`,
    PROXIED,
  ],
  [
    'redirect_uri = "http://nas:8080"',
    `${elsewhere('nas', '127.0.0.1')} Set server_addr to ":8080".`,
    PROXIED,
  ],
  [
    'server_addr = "192.168.1.5:8080"\nredirect_uri = "http://192.168.1.6:8080"',
    `${elsewhere('192.168.1.6', '192.168.1.5')} Set server_addr to ":8080".`,
    `server_addr ${EXPOSED}`,
  ],
  [
    'server_addr = "192.168.1.5:8080"\nredirect_uri = "http://192.168.1.5:8080"',
    `server_addr ${EXPOSED}`,
  ],
  ['server_addr = "192.168.1.5:8080"\nredirect_uri = "http://nas:8080"', `server_addr ${EXPOSED}`],
  ['redirect_uri = "http://nas"\nstats_token = "0123456789abcdef"'],
  // localhost means both loopback addresses.
  ['redirect_uri = "http://localhost:8080"'],
  ['redirect_uri = "http://localhost:8080"\nserver_addr = "[::1]:8080"'],
  ['server_addr = "localhost:8080"'],
  ['server_addr = "LOCALHOST:8080"\nredirect_uri = "http://[::1]:8080"'],
  ['webhooks = true\nreminder = true\nlegacy_metrics = true', UNREACHABLE],
  ['webhooks = true\nredirect_uri = "https://192.168.1.2"', PROXIED, UNREACHABLE],
  ['webhooks = true\nredirect_uri = "https://[fd00::2]/monzo"', PROXIED, UNREACHABLE],
  ['webhooks = true\nredirect_uri = "http://nas"', PROXIED, UNREACHABLE],
  ['webhooks = true\nredirect_uri = "http://0.0.0.0:8080"', UNOPENABLE, UNREACHABLE],
  ['webhooks = true\nredirect_uri = "http://[::]:8080"', UNOPENABLE, UNREACHABLE],
  ['webhooks = true\nreminder = true\nredirect_uri = "https://monzo.example.com"', PROXIED],
  [
    'stale_after = "15s"',
    'stale_after is not longer than poll_interval: balances will come and go between polls.',
  ],
]

const OLD =
  'client_id is one of around 2016 ("oauthclient_…"): if Monzo refuses it, make a new client at https://developers.monzo.com.'
const STRANGE =
  'client_secret does not start with "mnzconf." as those of confidential clients do: if Monzo refuses it, copy it again from https://developers.monzo.com.'

describe('warnings', () => {
  it('are told of clients that look otherwise than those of today, which are not refused', async (t) => {
    const clients: readonly (readonly [id: string, secret: string, ...warnings: string[]])[] = [
      ['oauthclient_000098Example', 'c2VjcmV0c2VjcmV0', OLD],
      ['oauthclient_000098Example', 'mnzconf.c2VjcmV0', OLD],
      ['oauth2client_0000Example', 'c2VjcmV0c2VjcmV0', STRANGE],
      ['oauth2client_0000Example', 'mnzconf.c2VjcmV0'],
    ]
    for (const [id, secret, ...warnings] of clients) {
      const toml = `client_id = "${id}"\nclient_secret = "${secret}"\n`
      assert.deepEqual((await folder(t, { 'config.toml': toml }).load()).warnings, warnings)
    }
  })
  for (const [toml, ...warnings] of cases) {
    it(`of ${JSON.stringify(toml)} are ${warnings.length}`, async (t) => {
      const loaded = await folder(t, { 'config.toml': CLIENT + toml }).load()
      assert.deepEqual(loaded.warnings, warnings)
    })
  }
  it('tell of secrets given as flags, and how to give them instead', async (t) => {
    const { load } = folder(t, { 'config.toml': CLIENT, key: 'a long enough key' })
    const { warnings } = await load({
      flags: { client_secret: 'mnzconf.b', auth_key_file: 'key', pots: false },
    })
    assert.deepEqual(warnings, [
      '--client-secret shows its secret to every user of this machine (in "ps"): use MONZO_EXPORTER_CLIENT_SECRET or --client-secret-file.',
    ])
  })
  it('tell that playground tokens have neither webhooks nor a reminder', async (t) => {
    const { load } = folder(t)
    const env = { MONZO_EXPORTER_ACCESS_TOKENS: 'one' }
    const { warnings } = await load({ env, flags: { webhooks: true, reminder: true } })
    assert.deepEqual(warnings, [
      'With access_tokens, webhooks is ignored: it needs an OAuth client.',
      'With access_tokens, reminder is ignored: it needs an OAuth client.',
    ])
  })
  it('do not speak of the redirect when no login comes that way', async (t) => {
    const { load } = folder(t)
    const env = { MONZO_EXPORTER_ACCESS_TOKENS: 'one' }
    const { warnings } = await load({ env, flags: { server_addr: '127.0.0.1:9999' } })
    assert.deepEqual(warnings, [])
  })
})
