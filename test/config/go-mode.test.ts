import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callbackUrlOf } from '../../src/config/callback.ts'
import { GO_SETTINGS } from '../../src/config/go-settings.ts'
import { SETTING_KEYS } from '../../src/config/settings.ts'
import { CLIENT, folder } from './folder.ts'

/** What its users put on the command line. */
const OAUTH_FLAGS = {
  monzo_oauth_client_id: 'oauth2client_0000Go',
  monzo_oauth_client_secret: 'mnzconf.R28=',
  monzo_oauth_external_url: 'https://monzo.example.com',
}
/** The same, as its users put it into a Deployment. */
const OAUTH_ENV = {
  MONZO_OAUTH_CLIENT_ID: 'oauth2client_0000Go',
  MONZO_OAUTH_CLIENT_SECRET: 'mnzconf.R28=',
  MONZO_OAUTH_EXTERNAL_URL: 'https://monzo.example.com',
}

describe("the Go exporter's words", () => {
  for (const [what, sources] of [
    ['flags', { flags: OAUTH_FLAGS }],
    ['variables', { env: OAUTH_ENV }],
  ] as const) {
    it(`as ${what} bring that program's defaults with them`, async (t) => {
      const { config } = await folder(t).load(sources)
      assert.equal(config.client_id, 'oauth2client_0000Go')
      assert.equal(config.client_secret, 'mnzconf.R28=')
      assert.deepEqual(config.server_addr, { port: 8080 })
      assert.deepEqual(config.metrics_addr, { port: 9036 })
      assert.equal(config.poll_interval.ms, 30_000)
      assert.equal(config.legacy_metrics, true)
      assert.equal(config.go_mode, true)
      assert.equal(callbackUrlOf(config), 'https://monzo.example.com/token/callback')
    })
  }
  it('set ports and seconds of our own settings', async (t) => {
    const numbers = { monzo_oauth_port: '8081', metrics_port: '9037', scrape_interval: '60' }
    const { config } = await folder(t).load({ flags: { ...OAUTH_FLAGS, ...numbers } })
    assert.deepEqual(config.server_addr, { port: 8081 })
    assert.deepEqual(config.metrics_addr, { port: 9037 })
    assert.equal(config.poll_interval.ms, 60_000)
  })
  it('can be tokens of several people alone: then only the metrics port is opened', async (t) => {
    for (const sources of [
      { flags: { monzo_access_tokens: 'one,two,three' } },
      { env: { MONZO_ACCESS_TOKENS: 'one,two,three' } },
    ]) {
      const { config } = await folder(t).load(sources)
      assert.deepEqual(config.access_tokens, ['one', 'two', 'three'])
      assert.deepEqual(config.metrics_addr, { port: 9036 })
      assert.equal(config.server_addr, undefined)
    }
  })
  it('open the main port beside tokens when somebody asks for it', async (t) => {
    const flags = { monzo_access_tokens: 'one', monzo_oauth_port: '9036', metrics_port: '9037' }
    assert.deepEqual((await folder(t).load({ flags })).config.server_addr, { port: 9036 })
  })
  it('may be empty where that program took it for nothing', async (t) => {
    const flags = { ...OAUTH_FLAGS, monzo_access_tokens: '' }
    const env = { MONZO_OAUTH_PORT: '', METRICS_PORT: '', MONZO_ACCESS_TOKENS: '' }
    const { config } = await folder(t).load({ flags, env })
    assert.deepEqual([config.server_addr, config.access_tokens], [{ port: 8080 }, []])
  })
  it('are not used when only empty variables are there', async (t) => {
    const env = { MONZO_OAUTH_CLIENT_ID: '', METRICS_PORT: '' }
    const { config } = await folder(t, { 'config.toml': CLIENT }).load({ env })
    assert.equal(config.go_mode, false)
    assert.equal(callbackUrlOf(config), 'http://127.0.0.1:8080/callback')
  })
  it('are told from what Kubernetes announces of a Service named metrics or monzo-oauth', async (t) => {
    const port = 'tcp://10.0.0.7:9036'
    const env = { METRICS_PORT: port, MONZO_OAUTH_PORT: port }
    const { config } = await folder(t, { 'config.toml': CLIENT }).load({ env })
    assert.equal(config.go_mode, false)
  })
  it('name a setting of ours each, but for the one without effect', () => {
    const keys = GO_SETTINGS.flatMap(({ key }) => key ?? [])
    assert.equal(new Set(keys).size, GO_SETTINGS.length - 1)
    for (const key of keys) assert.ok(SETTING_KEYS.includes(key))
    for (const { description } of GO_SETTINGS) assert.match(description, /^[A-Z].*\.$/)
  })
})

describe('beside our own words', () => {
  it("that program's defaults give way to config.toml", async (t) => {
    const toml = 'poll_interval = "7s"\nmetrics_addr = "127.0.0.1:1"\nlegacy_metrics = false\n'
    const { load } = folder(t, { 'config.toml': toml })
    const { config } = await load({ flags: OAUTH_FLAGS })
    assert.equal(config.poll_interval.ms, 7000)
    assert.deepEqual(config.metrics_addr, { host: '127.0.0.1', port: 1 })
    assert.equal(config.legacy_metrics, false)
    assert.deepEqual(config.server_addr, { port: 8080 })
  })
  it('its variables win over config.toml, and any flag over its variables', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}poll_interval = "10s"` })
    const env = { METRICS_SCRAPE_INTERVAL: '20' }
    assert.equal((await load({ env })).config.poll_interval.ms, 20_000)
    const flags = { poll_interval: '25s' }
    assert.equal((await load({ env, flags })).config.poll_interval.ms, 25_000)
  })
  it('its flags win over our variables', async (t) => {
    const env = { ...OAUTH_ENV, MONZO_EXPORTER_SERVER_ADDR: '127.0.0.1:1' }
    const { config } = await folder(t).load({ env, flags: { monzo_oauth_port: '2' } })
    assert.deepEqual(config.server_addr, { port: 2 })
  })
  it('the rest of a login may come from config.toml', async (t) => {
    const { load } = folder(t, { 'config.toml': CLIENT })
    const { config } = await load({ flags: { metrics_port: '9037' } })
    assert.equal(callbackUrlOf(config), 'http://127.0.0.1:8080/token/callback')
  })
})

describe('what is told once', () => {
  const EXPOSED =
    'can be reached from other machines: without stats_token, your balances are open to whoever reaches it.'
  const ports = [`server_addr ${EXPOSED}`, `metrics_addr ${EXPOSED}`]
  const cases: readonly (readonly [
    what: string,
    sources: { flags?: Record<string, string>; env?: Record<string, string> },
    ...warnings: string[],
  ])[] = [
    [
      'that an interval was raised',
      { env: { ...OAUTH_ENV, METRICS_SCRAPE_INTERVAL: '1' } },
      'METRICS_SCRAPE_INTERVAL is below 5 seconds and was raised to that.',
      ...ports,
    ],
    [
      'that an interval was raised, of the two that were given the one that counts',
      { env: { ...OAUTH_ENV, METRICS_SCRAPE_INTERVAL: '1' }, flags: { scrape_interval: '-3' } },
      '--scrape-interval is below 5 seconds and was raised to that.',
      ...ports,
    ],
    [
      'nothing of an interval that a higher layer overrides',
      { env: { ...OAUTH_ENV, METRICS_SCRAPE_INTERVAL: '1' }, flags: { poll_interval: '9s' } },
      ...ports,
    ],
    [
      'that the refresh interval has no effect',
      {
        env: { ...OAUTH_ENV, MONZO_OAUTH_REFRESH_INTERVAL: '600' },
        flags: { monzo_oauth_refresh_interval: 'x' },
      },
      '--monzo-oauth-refresh-interval has no effect: tokens are refreshed when it is time.',
      ...ports,
    ],
    [
      'that a secret shows, and how to give it instead',
      { flags: { monzo_access_tokens: 'one' } },
      `metrics_addr ${EXPOSED}`,
      '--monzo-access-tokens shows its secret to every user of this machine (in "ps"): use MONZO_ACCESS_TOKENS or --access-tokens-file.',
    ],
  ]
  for (const [what, sources, ...warnings] of cases)
    it(`is ${what}`, async (t) =>
      assert.deepEqual((await folder(t).load(sources)).warnings, warnings))
  it('is that a variable of a common name turned on the habits of the Go exporter', async (t) => {
    const { load } = folder(t, { 'config.toml': `${CLIENT}server_addr = "127.0.0.1:8080"` })
    const { warnings } = await load({ env: { METRICS_PORT: '9036' } })
    assert.equal(
      warnings[0],
      "METRICS_PORT is a setting of the Go exporter, so that program's defaults hold: unset it unless you mean that.",
    )
  })
})

describe('a fault', () => {
  const cases: readonly (readonly [
    what: string,
    sources: { flags?: Record<string, string>; env?: Record<string, string> },
    message: string,
  ])[] = [
    [
      'is both words for one thing in the environment',
      { env: { ...OAUTH_ENV, MONZO_EXPORTER_CLIENT_ID: 'oauth2client_0000' } },
      'MONZO_OAUTH_CLIENT_ID: cannot stand beside MONZO_EXPORTER_CLIENT_ID: keep one of the two',
    ],
    [
      'is both words for one thing among the flags',
      { flags: { ...OAUTH_FLAGS, scrape_interval: '30', poll_interval: '30s' } },
      '--scrape-interval: cannot stand beside --poll-interval: keep one of the two',
    ],
    [
      "is that program's secret beside the file of ours",
      { env: { ...OAUTH_ENV, MONZO_EXPORTER_CLIENT_SECRET_FILE: 'secret' } },
      'MONZO_EXPORTER_CLIENT_SECRET_FILE: cannot stand beside MONZO_OAUTH_CLIENT_SECRET: keep one of the two',
    ],
    [
      'is a client without the other two flags',
      { flags: { monzo_oauth_client_id: 'oauth2client_0000Go' } },
      '2 faults in the configuration:\n--monzo-oauth-client-secret: is missing: --monzo-oauth-client-id needs it\n--monzo-oauth-external-url: is missing: --monzo-oauth-client-id needs it',
    ],
    [
      'is a client without its URL: there was no default for it',
      {
        env: {
          MONZO_OAUTH_CLIENT_ID: 'oauth2client_0000Go',
          MONZO_OAUTH_CLIENT_SECRET: 'mnzconf.R28=',
        },
      },
      'MONZO_OAUTH_EXTERNAL_URL: is missing: MONZO_OAUTH_CLIENT_ID needs it',
    ],
    [
      'is nothing to log in with',
      { flags: { metrics_port: '9036' } },
      '--monzo-oauth-client-id, --monzo-oauth-client-secret and --monzo-oauth-external-url: are missing: give all three, or --monzo-access-tokens and none of them',
    ],
    [
      'is tokens beside a client',
      { flags: { ...OAUTH_FLAGS, monzo_access_tokens: 'one' } },
      '--monzo-access-tokens: cannot stand beside --monzo-oauth-client-id: log in with a client, or use tokens of the playground',
    ],
    [
      'is a port that is none',
      { flags: { ...OAUTH_FLAGS, monzo_oauth_port: '127.0.0.1:8080', metrics_port: '65536' } },
      '2 faults in the configuration:\n--monzo-oauth-port: expected a port: 0 to 65535\n--metrics-port: expected a port: 0 to 65535',
    ],
    [
      'is an empty port on the command line',
      { flags: { ...OAUTH_FLAGS, metrics_port: '' } },
      '--metrics-port: is empty: leave it out or give a value',
    ],
    [
      'is an interval with a unit',
      { env: { ...OAUTH_ENV, METRICS_SCRAPE_INTERVAL: '30s' } },
      'METRICS_SCRAPE_INTERVAL: expected a whole number of seconds, such as 30',
    ],
    [
      'is one port for both',
      { flags: { ...OAUTH_FLAGS, metrics_port: '8080' } },
      '--metrics-port: takes the address of server_addr: choose another port, or leave it out',
    ],
    [
      'is the port that the metrics have by default',
      { flags: { ...OAUTH_FLAGS, monzo_oauth_port: '9036' } },
      '--monzo-oauth-port: takes the address of metrics_addr, which is :9036 here: choose another port',
    ],
    [
      'is only the port itself where it is none, not also a clash with its default',
      { flags: { monzo_access_tokens: 'one', monzo_oauth_port: 'x', metrics_port: '8080' } },
      '--monzo-oauth-port: expected a port: 0 to 65535',
    ],
    [
      'is a URL that has the callback in it already',
      {
        flags: { ...OAUTH_FLAGS, monzo_oauth_external_url: 'https://a.example/token/callback' },
      },
      '--monzo-oauth-external-url: must not end in "/callback": drop it here, as the exporter adds it (at Monzo it stays)',
    ],
    [
      "is what that program's README says to replace",
      { flags: { ...OAUTH_FLAGS, monzo_oauth_client_id: 'my-client-id-from-monzo-playground' } },
      '--monzo-oauth-client-id: is still the placeholder from the example: replace it with your own',
    ],
  ]
  for (const [what, sources, message] of cases)
    it(what, async (t) => {
      const error = await folder(t).refusal(sources)
      assert.equal(error.message, message)
      assert.equal(error.code, 'CONFIG_INVALID')
    })
  it('of a lower layer is mended by a higher one', async (t) => {
    const env = { ...OAUTH_ENV, METRICS_PORT: 'nine' }
    const { config } = await folder(t).load({ env, flags: { metrics_port: '9' } })
    assert.deepEqual(config.metrics_addr, { port: 9 })
  })
  it('is nothing at all but an interval without effect', async (t) => {
    const error = await folder(t).refusal({ flags: { monzo_oauth_refresh_interval: '10' } })
    assert.equal(error.code, 'NOTHING_CONFIGURED')
    assert.match(error.message, /--monzo-oauth-client-id[\s\S]*--monzo-access-tokens/)
  })
})
