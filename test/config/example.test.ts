import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from '@iarna/toml'
import { aboutSetting, SETTING_KEYS } from '../../src/config/settings.ts'
import { folder } from './folder.ts'

const example = readFileSync('config.toml.example', 'utf8')
const everyday = parse(example)
const whole = parse(example.replaceAll(/^# (\w+ = )/gm, '$1'))
const prose = example.replaceAll(/\n# /g, ' ')

describe('config.toml.example', () => {
  it('has every setting of the table, and no other', () => {
    assert.deepEqual(Object.keys(whole).toSorted(), SETTING_KEYS.toSorted())
  })
  it('explains every setting in the words of --help', () => {
    for (const key of SETTING_KEYS) assert.ok(prose.includes(aboutSetting(key).description), key)
  })
  it('leaves the six everyday settings to fill in', () => {
    assert.deepEqual(Object.keys(everyday), [
      'account_id',
      'client_id',
      'client_secret',
      'server_addr',
      'redirect_uri',
      'auth_key',
    ])
  })
  it('tells the true defaults', () => {
    for (const key of SETTING_KEYS) {
      const { default: value } = aboutSetting(key)
      if (value !== undefined) assert.deepEqual(whole[key], value, key)
    }
  })
  it('names its own placeholders when it is used unedited', async (t) => {
    const error = await folder(t, { 'config.toml': example }).refusal()
    const named = [...error.message.matchAll(/: (\w+): is still the placeholder/g)]
    assert.deepEqual(
      named.map(([, key]) => key),
      ['account_id', 'client_id', 'client_secret', 'auth_key'],
    )
    assert.match(error.message, /^4 faults/)
  })
  it('is recognized in the wording of the Rust exporter, too', async (t) => {
    const toml = `account_id = "acc_${'x'.repeat(22)}"
client_id = "oauth2client_${'x'.repeat(22)}"
client_secret = "mnzconf.xxxxxx/xxxxxx/${'x'.repeat(60)}"
server_addr = "0.0.0.0:8080"
redirect_uri = "http://127.0.0.1:8080"
auth_key = ""`
    const { message } = await folder(t, { 'config.toml': toml }).refusal()
    assert.equal(message.match(/is still the placeholder/g)?.length, 3)
    assert.match(message, /config\.toml:6: auth_key: is empty/)
  })
})

it('tokens.json.example is JSON in the shape of version 1', () => {
  const file = JSON.parse(readFileSync('tokens.json.example', 'utf8'))
  assert.equal(file.version, 1)
  assert.deepEqual(Object.keys(file.logins[0]), [
    'user_id',
    'client_id',
    'access_token',
    'refresh_token',
    'expires_at',
    'expires_in',
    'authorized_at',
  ])
})
