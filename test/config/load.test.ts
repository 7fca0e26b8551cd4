import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { CLIENT, folder } from './folder.ts'

const CLIENT_ENV = {
  MONZO_EXPORTER_CLIENT_ID: 'oauth2client_0000FromEnv',
  MONZO_EXPORTER_CLIENT_SECRET: 'mnzconf.RW52',
}

describe('a configuration', () => {
  it('has a default for everything but the client', async (t) => {
    const { cwd, load } = folder(t, { 'config.toml': CLIENT })
    const { config, file } = await load()
    assert.deepEqual(config, {
      client_id: 'oauth2client_0000Example',
      client_secret: 'mnzconf.c2VjcmV0',
      server_addr: { host: '127.0.0.1', port: 8080 },
      redirect_uri: new URL('http://127.0.0.1:8080'),
      tokens_file: join(cwd, 'tokens.json'),
      access_tokens: [],
      poll_interval: { ms: 15_000 },
      stale_after: { ms: 300_000 },
      pots: true,
      transactions: true,
      legacy_metrics: false,
      webhooks: false,
      reminder: false,
      history: false,
      history_folder: join(cwd, 'history'),
      account_names: {},
      category_names: {},
      trusted_proxies: [],
      log_level: 'info',
      log_format: 'text',
      monzo_api_url: new URL('https://api.monzo.com'),
      monzo_auth_url: new URL('https://auth.monzo.com'),
      go_mode: false,
    })
    assert.equal(file, join(cwd, 'config.toml'))
  })
  it('can be the six keys of the Rust exporter, unchanged', async (t) => {
    const toml = [
      'account_id = "acc_00009ExampleExample0A"',
      'client_id = "oauth2client_00009ExampleExample0"',
      'client_secret = "mnzconf.abcdef/ghi+jk/lmno=="',
      'server_addr = "0.0.0.0:8080"',
      'redirect_uri = "http://127.0.0.1:8080"',
      'auth_key = "$Kq1wJ@HF18yN^4I"',
    ]
    const { config } = await folder(t, { 'config.toml': toml.join('\n') }).load()
    assert.equal(config.account_id, 'acc_00009ExampleExample0A')
    assert.equal(config.client_secret, 'mnzconf.abcdef/ghi+jk/lmno==')
    assert.deepEqual(config.server_addr, { host: '0.0.0.0', port: 8080 })
    assert.equal(config.auth_key, '$Kq1wJ@HF18yN^4I')
  })
  it('needs no file when the environment says enough', async (t) => {
    const { cwd, load } = folder(t)
    const { config, file } = await load({ env: CLIENT_ENV })
    assert.equal(config.client_id, 'oauth2client_0000FromEnv')
    assert.equal(config.tokens_file, join(cwd, 'tokens.json'))
    assert.equal(file, undefined)
  })
  it('needs no client with tokens of the playground', async (t) => {
    const { load } = folder(t)
    const { config } = await load({ env: { MONZO_EXPORTER_ACCESS_TOKENS: 'one, two,' } })
    assert.deepEqual(config.access_tokens, ['one', 'two'])
  })
  it('is read from a file with a byte-order mark and Windows line ends', async (t) => {
    const toml = `\ufeff${CLIENT}pots = false\n`.replaceAll('\n', '\r\n')
    assert.equal((await folder(t, { 'config.toml': toml }).load()).config.pots, false)
  })
})

describe('of several layers', () => {
  it('flags win over the environment, and that over the file', async (t) => {
    const { load } = folder(t, {
      'config.toml': `${CLIENT}poll_interval = "10s"\nlog_level = "warn"\nlog_format = "json"`,
    })
    const { config } = await load({
      env: { MONZO_EXPORTER_POLL_INTERVAL: '20s', MONZO_EXPORTER_LOG_LEVEL: 'error' },
      flags: { poll_interval: '30s' },
    })
    assert.deepEqual(
      [config.poll_interval.ms, config.log_level, config.log_format],
      [30_000, 'error', 'json'],
    )
  })
  it('a higher one mends what is wrong in a lower one', async (t) => {
    const { load } = folder(t, { 'config.toml': 'client_id = ""\nclient_secret = "mnzconf.xxxx"' })
    assert.equal((await load({ env: CLIENT_ENV })).config.client_secret, 'mnzconf.RW52')
  })
  it('takes booleans as true, false, and as a flag alone', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}pots = false` })
    const env = { MONZO_EXPORTER_TRANSACTIONS: 'False' }
    const { config } = await load({ env, flags: { pots: true, legacy_metrics: 'true' } })
    assert.deepEqual([config.pots, config.transactions, config.legacy_metrics], [true, false, true])
  })
  it('lets an empty variable empty a list', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}trusted_proxies = ["10.0.0.1"]` })
    assert.deepEqual((await load()).config.trusted_proxies, ['10.0.0.1'])
    const { config } = await load({ env: { MONZO_EXPORTER_TRUSTED_PROXIES: '' } })
    assert.deepEqual(config.trusted_proxies, [])
  })
  it('ignores the variables by which Kubernetes announces a Service of our name', async (t) => {
    const { load } = folder(t, { 'config.toml': CLIENT })
    const link = { SERVICE_HOST: '10.0.0.7', SERVICE_PORT: '8080', SERVICE_PORT_HTTP: '8080' }
    const port = { PORT: 'tcp://10.0.0.7:8080', PORT_8080_TCP: 'tcp://10.0.0.7:8080' }
    const more = { PORT_8080_TCP_ADDR: '10.0.0.7', METRICS_PORT: 'tcp://10.0.0.7:9036' }
    const names = Object.entries({ ...link, ...port, ...more })
    const env = Object.fromEntries(names.map(([name, value]) => [`MONZO_EXPORTER_${name}`, value]))
    assert.ok(await load({ env }))
  })
  it('ignores variables of others', async (t) => {
    const { load } = folder(t, { 'config.toml': CLIENT })
    assert.ok(
      await load({ env: { MONZO_EXPORTERS: '', HOME: '/', MONZO_EXPORTER_POTS: undefined } }),
    )
  })
})

describe('paths', () => {
  it('are relative to the file in the file, and to the working directory elsewhere', async (t) => {
    const { cwd, load } = folder(t, {
      'etc/our.toml': `${CLIENT}tls_cert_file = "cert.pem"\ntokens_file = "../logins.json"`,
    })
    const env = { MONZO_EXPORTER_TLS_KEY_FILE: 'key.pem', MONZO_EXPORTER_CONFIG: 'etc/our.toml' }
    const { config, file } = await load({ env })
    assert.equal(config.tls_cert_file, join(cwd, 'etc/cert.pem'))
    assert.equal(config.tokens_file, join(cwd, 'logins.json'))
    assert.equal(config.tls_key_file, join(cwd, 'key.pem'))
    assert.equal(file, join(cwd, 'etc/our.toml'))
  })
  it('keep tokens.json beside the config.toml that was named, from wherever it is run', async (t) => {
    const { cwd, load } = folder(t, { 'etc/our.toml': CLIENT })
    const { config } = await load({ flags: { config: 'etc/our.toml' } })
    assert.equal(config.tokens_file, join(cwd, 'etc/tokens.json'))
  })
  it('name the file by flag rather than by variable', async (t) => {
    const { load } = folder(t, { 'a.toml': `${CLIENT}pots = false`, 'b.toml': CLIENT })
    const env = { MONZO_EXPORTER_CONFIG: 'b.toml' }
    assert.equal((await load({ env, flags: { config: 'a.toml' } })).config.pots, false)
  })
  it('name the file as the person did in its faults', async (t) => {
    const { refusal } = folder(t, { 'etc/our.toml': `${CLIENT}pots = 1` })
    const error = await refusal({ flags: { config: './etc/our.toml' } })
    assert.equal(error.message, './etc/our.toml:4: pots: expected true or false')
  })
})

describe('stale_after', () => {
  const cases: readonly (readonly [toml: string, ms: number])[] = [
    ['', 300_000],
    ['poll_interval = "2m"', 300_000],
    ['poll_interval = "1h"', 7_200_000],
    ['poll_interval = "1h"\nstale_after = "5m"', 300_000],
    ['stale_after = "1s"', 1000],
  ]
  for (const [toml, ms] of cases) {
    it(`is ${ms} ms with ${JSON.stringify(toml)}`, async (t) => {
      const { config } = await folder(t, { 'config.toml': CLIENT + toml }).load()
      assert.equal(config.stale_after.ms, ms)
    })
  }
})

describe('URLs', () => {
  const cases: readonly (readonly [given: string, href: string])[] = [
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['https://example.com/monzo/', 'https://example.com/monzo'],
    ['https://example.com/monzo', 'https://example.com/monzo'],
    ['http://[::1]:8080', 'http://[::1]:8080/'],
    ['HTTPS://Example.COM/callbacks', 'https://example.com/callbacks'],
  ]
  for (const [given, href] of cases) {
    it(`make ${href} of redirect_uri ${given}`, async (t) => {
      const { config } = await folder(t, {
        'config.toml': `${CLIENT}redirect_uri = "${given}"`,
      }).load()
      assert.equal(config.redirect_uri.href, href)
    })
  }
  for (const host of ['localhost:1', '127.0.0.1:1', '127.9.9.9', '[::1]:1']) {
    it(`may be plain http for a simulated Monzo at ${host}`, async (t) => {
      const { load } = folder(t, { 'config.toml': CLIENT })
      const { config } = await load({ flags: { monzo_api_url: `http://${host}` } })
      assert.equal(config.monzo_api_url.host, host)
    })
  }
})
