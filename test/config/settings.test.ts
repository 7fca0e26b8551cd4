import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  aboutSetting,
  envName,
  flagName,
  flagOptions,
  readSettings,
  SETTING_KEYS,
  withDefaults,
} from '../../src/config/settings.ts'

it('derives environment name and flag from the key', () => {
  assert.equal(envName('poll_interval'), 'MONZO_EXPORTER_POLL_INTERVAL')
  assert.equal(flagName('poll_interval'), '--poll-interval')
})

it('has defaults that its own kinds can read', () => {
  for (const isGoMode of [false, true]) {
    const values = withDefaults({}, isGoMode, '/etc')
    assert.ok('value' in readSettings(values, new Map()))
    for (const key of SETTING_KEYS) {
      const { default: own, goDefault = own, isPath } = aboutSetting(key)
      const told = isGoMode ? goDefault : own
      assert.deepEqual(values[key], isPath && told ? `/etc/${told}` : told, key)
    }
  }
})

it('describes every setting in whole sentences', () => {
  for (const { description, flag } of flagOptions()) assert.match(description, /^[A-Z].*\.$/, flag)
})

it('has one flag for every setting, and one more for the file of every secret', () => {
  const flags = flagOptions().map(({ flag }) => flag)
  assert.equal(new Set(flags).size, flags.length)
  const secrets = flagOptions().filter(({ isSecret }) => isSecret)
  assert.deepEqual(
    secrets.map(({ key }) => key),
    ['client_secret', 'auth_key', 'access_tokens', 'stats_token'],
  )
  for (const { flag } of secrets) assert.ok(flags.includes(`${flag}-file`))
  assert.equal(flags.length, SETTING_KEYS.length + secrets.length)
})

it('describes a flag as the command line needs it', () => {
  const flagOf = (key: string) => flagOptions().find((option) => option.key === key)
  assert.deepEqual(flagOf('pots'), {
    key: 'pots',
    flag: '--pots',
    takesValue: false,
    valueName: 'true|false',
    negatable: true,
    description: 'Read pots.',
    default: 'true',
    isSecret: false,
    isEveryday: false,
  })
  assert.deepEqual(flagOf('client_secret_file'), {
    key: 'client_secret_file',
    flag: '--client-secret-file',
    takesValue: true,
    valueName: 'FILE',
    negatable: false,
    description: 'A file that holds client_secret.',
    isSecret: false,
    isEveryday: true,
  })
})
