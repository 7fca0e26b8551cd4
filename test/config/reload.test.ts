import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLive, planReload } from '../../src/config/reload.ts'
import {
  type Config,
  readSettings,
  SETTING_KEYS,
  type SettingKey,
} from '../../src/config/settings.ts'

/** Of every setting two values, as TOML has them. */
const VALUES: Readonly<Record<SettingKey, readonly [unknown, unknown]>> = {
  account_id: ['acc_0000A', 'acc_0000B'],
  client_id: ['oauth2client_0000A', 'oauth2client_0000B'],
  client_secret: ['mnzconf.one', 'mnzconf.two'],
  server_addr: ['127.0.0.1:8080', '127.0.0.1:8081'],
  redirect_uri: ['https://example.org/monzo', 'https://example.org/bank'],
  auth_key: ['one long enough key', 'another long enough key'],
  tokens_file: ['/one.json', '/other.json'],
  access_tokens: [[], ['eyJhb']],
  metrics_addr: ['127.0.0.1:9090', '127.0.0.1:9091'],
  stats_token: ['one-token', 'other-token'],
  tls_cert_file: ['/one.pem', '/other.pem'],
  tls_key_file: ['/one.key', '/other.key'],
  poll_interval: ['15s', '1m'],
  stale_after: ['5m', '10m'],
  pots: [true, false],
  transactions: [true, false],
  legacy_metrics: [false, true],
  webhooks: [false, true],
  reminder: [false, true],
  history: [false, true],
  history_folder: ['/one', '/other'],
  account_names: [{}, { acc_1: 'One' }],
  category_names: [{ groceries: 'Food' }, { groceries: 'Groceries' }],
  trusted_proxies: [[], ['10.0.0.1']],
  log_level: ['info', 'debug'],
  log_format: ['text', 'json'],
  monzo_api_url: ['https://api.monzo.com', 'https://api.example.org'],
  monzo_auth_url: ['https://auth.monzo.com', 'https://auth.example.org'],
}

const LIVE: readonly SettingKey[] = [
  'auth_key',
  'stats_token',
  'poll_interval',
  'stale_after',
  'pots',
  'transactions',
  'reminder',
  'account_names',
  'category_names',
  'trusted_proxies',
  'log_level',
  'log_format',
]

function configOf(changed: readonly SettingKey[] = []): Config {
  const given = SETTING_KEYS.map((key) => [key, VALUES[key][changed.includes(key) ? 1 : 0]])
  const read = readSettings(Object.fromEntries(given), new Map())
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return { ...read.value, go_mode: false }
}

describe('A setting that was changed', () => {
  for (const key of SETTING_KEYS)
    if (LIVE.includes(key))
      it(`is used at once when it is ${key}`, () => {
        const { config, taken, waiting } = planReload(configOf(), configOf([key]))
        assert.deepEqual([taken, waiting], [[key], []])
        assert.equal(textOf(config), textOf(configOf([key])))
      })
    else
      it(`waits for a restart, and is named, when it is ${key}`, () => {
        const { config, taken, waiting } = planReload(configOf(), configOf([key]))
        assert.deepEqual([taken, waiting], [[], [key]])
        assert.equal(textOf(config), textOf(configOf()))
      })
})

it('mixes what can change with what cannot', () => {
  const { config, taken, waiting } = planReload(configOf(), configOf([...SETTING_KEYS]))
  assert.deepEqual(taken, SETTING_KEYS.filter(isLive))
  assert.deepEqual([...taken, ...waiting].toSorted(), SETTING_KEYS.toSorted())
  assert.equal(textOf(config), textOf(configOf(taken)))
})
it('finds nothing to do where nothing has changed', () => {
  const { taken, waiting } = planReload(configOf(), configOf())
  assert.deepEqual([taken, waiting], [[], []])
})
it('takes a setting that was removed for changed', () => {
  const { auth_key: _key, server_addr: _address, ...rest } = configOf()
  const { config, taken, waiting } = planReload(configOf(), rest)
  assert.deepEqual([taken, waiting], [['auth_key'], ['server_addr']])
  assert.equal(config.auth_key, undefined)
  assert.deepEqual(config.server_addr, configOf().server_addr)
})

/** URLs that differ are deeply equal on Node 20. */
const textOf = (config: Config): string => JSON.stringify(config)
